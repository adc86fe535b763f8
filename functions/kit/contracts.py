"""What a bundle knows of the schemas, compiled at build, and which fields of an event a reaction is handed."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from functions.kit.envelope import Detail
from functions.kit.errors import ContractViolation, PublicationRefused, SchemaViolation
from functions.kit.model import ENVELOPE, EVERY_EVENT, EXTERNAL_ID, Doors

Validator = Callable[[Detail], Any]
Upcast = Callable[[Detail], Detail]
_Tree = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Contracts:
    """What a service knows of the events it hears, by name, and of those it publishes.

    `sources`: who publishes an event. `newest`: its newest version, whose shape every reaction is handed.
    `readers`: a validator for each live major version. `upcasters`: for each major version but the newest, the
    next one and what makes it. `writers`: the version that is published, with its validator. `doors`: what comes from
    outside, and the field that finds its row, by source and type.
    """

    sources: Mapping[str, str]
    newest: Mapping[str, str]
    readers: Mapping[tuple[str, int], Validator]
    upcasters: Mapping[tuple[str, int], tuple[int, Upcast]]
    writers: Mapping[str, tuple[str, Validator]]
    doors: Doors = field(default_factory=dict)

    @classmethod
    def of_bundle(cls) -> Contracts:
        """Load `functions/contracts.py`, which exists only in a built bundle."""
        return cls.of(importlib.import_module("functions.contracts"))

    @classmethod
    def of(cls, module: Any) -> Contracts:
        """Return what a compiled module of contracts holds."""
        tables = (module.SOURCES, module.NEWEST, module.READERS, module.UPCASTERS, module.WRITERS, module.DOORS)
        return cls(*tables)

    def newest_version(self, type: str) -> str:
        """Return the newest version of an event the service hears; "1.0" when it has no schema."""
        return self.newest.get(type, "1.0")

    def received(self, source: str, detail: Detail) -> Detail:
        """Return the event in its newest shape, whatever live version it was sent in.

        Raises ContractViolation when the source may not publish it, when its major version is not known, or
        when its schema, or after upcasting the next one, does not accept it.
        """
        type, sent, major = detail["type"], detail["version"], _major(detail["version"])
        if self.sources.get(type) != source:
            raise ContractViolation(f"{type} is not an event that {source} may publish")
        if (type, major) not in self.readers:
            raise ContractViolation(f"{type} has no live major version {sent}")
        self._check((type, major), detail, f"{type} {sent}")
        while (type, major) in self.upcasters:
            major, upcast = self.upcasters[type, major]
            detail = _upcast(detail, upcast, self.newest[type])
            self._check((type, major), detail, f"{type} {sent}, upcast to {major}.x")
        return detail

    def _check(self, reader: tuple[str, int], detail: Detail, event: str) -> None:
        try:
            self.readers[reader](detail)
        except SchemaViolation as violation:
            raise ContractViolation(f"{event}: {violation}") from None

    def version_to_publish(self, type: str) -> str:
        """Return the version that the service publishes the event in."""
        return self.writers[type][0]

    def check_published(self, detail: Detail) -> None:
        """Raise PublicationRefused unless the event satisfies its own schema, closed to undeclared fields."""
        try:
            self.writers[detail["type"]][1](detail)
        except SchemaViolation as violation:
            raise PublicationRefused(f"{detail['type']}: {violation}") from None


def _major(version: str) -> int:
    major, dot, minor = version.partition(".")
    if not (dot and major.isdecimal() and minor.isdecimal()):
        raise ContractViolation("the envelope's version is not <major>.<minor>")
    return int(major)


def _upcast(detail: Detail, upcast: Upcast, version: str) -> Detail:
    """Return the event with its business fields made anew; it stays the same event."""
    envelope = {name: detail[name] for name in (*ENVELOPE, EXTERNAL_ID) if name in detail}
    fields = {name: value for name, value in detail.items() if name not in envelope}
    return {**upcast(fields), **envelope, "version": version}


def selection(paths: tuple[str, ...]) -> Callable[[Mapping[str, Any]], Mapping[str, Any]]:
    """Compile paths (`total`, `address.country`, `lines[].name`, `coupon?`) to a function that keeps only these.

    A declared field that the event does not have is left out.
    """
    if EVERY_EVENT in paths:
        return dict
    tree: _Tree = {}
    for path in paths:
        _grow(tree, path.replace("[]", "").replace("?", "").split("."))
    return lambda data: _select(data, tree)


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


def _select(data: Mapping[str, Any], tree: _Tree) -> dict[str, Any]:
    return {name: _cut(data[name], branch) for name, branch in tree.items() if name in data}


def _cut(value: Any, branch: _Tree) -> Any:
    if not branch:
        return value
    if isinstance(value, list):
        return [_cut(element, branch) for element in value]
    return _select(value, branch) if isinstance(value, Mapping) else value
