"""What a bundle knows of the schemas, compiled at build, and which fields of an event a reaction is handed."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from functions.kit.envelope import VERSION, Detail
from functions.kit.errors import ContractViolation, PublicationRefused, SchemaViolation
from functions.kit.model import EVERY_EVENT, KIT_FIELDS, Doors

Validator = Callable[[Detail], Any]
Upcast = Callable[[Detail], Detail]
Shape = Any
"""What of a value may be said in two ways: `WHOLE` for a whole number, `[shape]` for the elements of a list,
`{"*": shape}` for the values of a map, `{name: shape}` for fields; a `?` after a name says that the field is optional.
None for a value that is said in one way only. The build leaves out fields of which there is nothing to say."""
_Tree = dict[str, Any]

WHOLE = "whole"


@dataclass(frozen=True, slots=True)
class Contracts:
    """What a service knows of the events it hears, by name, and of those it publishes.

    `sources`: who publishes an event. `newest`: its newest version, whose shape every reaction is handed.
    `readers`: a validator for each live major version. `upcasters`: for each major version but the newest, the
    next one and what makes it. `writers`: the version that is published, with its validator. `shapes`: of a reader
    (event, major version) or of an event that is published, where null and 1.0 mean something else. `doors`: what comes
    from outside, and the field that finds its row, by source and type.
    """

    sources: Mapping[str, str]
    newest: Mapping[str, str]
    readers: Mapping[tuple[str, int], Validator]
    upcasters: Mapping[tuple[str, int], tuple[int, Upcast]]
    writers: Mapping[str, tuple[str, Validator]]
    shapes: Mapping[tuple[str, int] | str, Shape] = field(default_factory=dict)
    doors: Doors = field(default_factory=dict)

    @classmethod
    def of_bundle(cls) -> Contracts:
        """Load `functions/contracts.py`, which exists only in a built bundle."""
        return cls.of(importlib.import_module("functions.contracts"))

    @classmethod
    def of(cls, module: Any) -> Contracts:
        """Return what a module holds that the build has made."""
        tables = (module.SOURCES, module.NEWEST, module.READERS, module.UPCASTERS, module.WRITERS)
        return cls(*tables, module.SHAPES, module.DOORS)

    def newest_version(self, type: str) -> str:
        """Return the newest version of an event the service hears; "1.0" when it has no schema."""
        return self.newest.get(type, "1.0")

    def received(self, source: str, detail: Detail) -> Detail:
        """Return the event in its newest shape, whatever live version it was sent in.

        Null of an optional field is absence, and 1.0 is 1 where a whole number is wanted. Raises ContractViolation when
        the source may not publish it, when its major version is not known, or when its schema, or after upcasting the
        next one, does not accept it.
        """
        type, sent, major = detail["type"], detail["version"], _major(detail["version"])
        if self.sources.get(type) != source:
            raise ContractViolation(f"{type} is not an event that {source} may publish")
        if (type, major) not in self.readers:
            raise ContractViolation(f"{type} has no live major version {sent}")
        detail = self._checked((type, major), detail, f"{type} {sent}")
        while (type, major) in self.upcasters:
            major, upcast = self.upcasters[type, major]
            detail = _upcast(detail, upcast, self.newest[type])
            detail = self._checked((type, major), detail, f"{type} {sent}, upcast to {major}.x")
        return detail

    def _checked(self, reader: tuple[str, int], detail: Detail, event: str) -> Detail:
        try:
            return _valid(detail, self.readers[reader], self.shapes.get(reader))
        except SchemaViolation as violation:
            raise ContractViolation(f"{event}: {violation}") from None

    def version_to_publish(self, type: str) -> str:
        """Return the version that the service publishes the event in."""
        return self.writers[type][0]

    def check_published(self, detail: Detail) -> Detail:
        """Return the event as it goes out: without the nulls of optional fields, and 1 for 1.0.

        Raises PublicationRefused unless it satisfies its own schema, closed to undeclared fields.
        """
        type = detail["type"]
        try:
            return _valid(detail, self.writers[type][1], self.shapes.get(type))
        except SchemaViolation as violation:
            raise PublicationRefused(f"{type}: {violation}") from None


def _valid(detail: Detail, validate: Validator, shape: Shape) -> Detail:
    """Return the event as it is meant, once a validator accepts it. Raises SchemaViolation.

    A validator takes neither null nor 1.0 for a whole number. So only what it refuses is looked at again, and what has
    none of both costs nothing.
    """
    try:
        validate(detail)
    except SchemaViolation:
        as_meant: Detail = meant(detail, shape)
        validate(as_meant)
        return as_meant
    return detail


def meant(value: Any, shape: Shape) -> Any:
    """Return the value without the nulls of optional fields, and with 1 where 1.0 stands for a whole number."""
    if shape == WHOLE:
        return int(value) if isinstance(value, float) and value.is_integer() else value
    if isinstance(shape, list) and isinstance(value, list):
        return [meant(element, shape[0]) for element in value]
    if not isinstance(shape, dict) or not isinstance(value, dict):
        return value
    if "*" in shape:
        return {name: meant(inner, shape["*"]) for name, inner in value.items() if inner is not None}
    return {
        name: meant(inner, shape.get(name, shape.get(f"{name}?")))
        for name, inner in value.items()
        if inner is not None or f"{name}?" not in shape
    }


def _major(version: str) -> int:
    found = VERSION.fullmatch(version)
    if found is None:
        raise ContractViolation("the envelope's version is not <major>.<minor>")
    return int(found[1])


def _upcast(detail: Detail, upcast: Upcast, version: str) -> Detail:
    """Return the event with its business fields made anew; it stays the same event."""
    envelope = {name: detail[name] for name in KIT_FIELDS if name in detail}
    fields = {name: value for name, value in detail.items() if name not in envelope}
    return {**upcast(fields), **envelope, "version": version}


@cache  # paths are declared, and their functions keep nothing
def selection(paths: tuple[str, ...]) -> Callable[[Mapping[str, Any]], Mapping[str, Any]]:
    """Compile paths (`total`, `address.country`, `lines[].name`, `coupon?`) to a function that keeps only these.

    A declared field that the event does not have is left out.
    """
    if EVERY_EVENT in paths:
        return dict
    tree: _Tree = {}
    for path in paths:
        _grow(tree, path.replace("[]", "").replace("?", "").split("."))
    return _keeping(tree)


def _grow(tree: _Tree, names: list[str]) -> None:
    """Add one path to the tree; an empty branch keeps the whole value."""
    branch = tree
    for position, name in enumerate(names):
        already = name in branch
        branch = branch.setdefault(name, {})
        if already and not branch:
            return
        if position == len(names) - 1:
            branch.clear()


def _keeping(tree: _Tree) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    whole = [name for name, branch in tree.items() if not branch]
    parts = [(name, _keeping(branch)) for name, branch in tree.items() if branch]

    def keep(data: Mapping[str, Any]) -> dict[str, Any]:
        kept = {name: data[name] for name in whole if name in data}
        for name, keep_inner in parts:
            if name in data:
                kept[name] = _cut(data[name], keep_inner)
        return kept

    return keep


def _cut(value: Any, keep: Callable[[Mapping[str, Any]], dict[str, Any]]) -> Any:
    if isinstance(value, dict):
        return keep(value)
    return [_cut(element, keep) for element in value] if isinstance(value, list) else value
