"""Takes the sensitive values out of an event or a state, and leaves the rest as it is. Pure.

Both are walked by what says their shape: an event by the schemas of all its versions together, a state by its own. What
is marked is replaced, by a value of its type. So is what none of them declares, or what is of another type than they
say: nobody has said that it may stay.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from ensemble.contracts.profile import Json
from ensemble.contracts.states.shape import resolved

FORGOTTEN = "(forgotten)"
"""What stands in the place of a text."""

SENSITIVE, SUBJECT = "x-sensitive", "x-subject"

OF_FORMAT: Mapping[str, str] = {
    "datetime": "1970-01-01T00:00:00+00:00",
    "date": "1970-01-01",
    "decimal": "0",
}
"""What stands in the place of a text that a state reads as something else."""

_KINDS: Mapping[type, frozenset[str]] = {
    str: frozenset({"string"}),
    bool: frozenset({"boolean"}),
    int: frozenset({"integer", "number"}),
    float: frozenset({"integer", "number"}),
    list: frozenset({"array"}),
    dict: frozenset({"object"}),
    type(None): frozenset({"null"}),
}


class Erasing:
    """Erases one value. `subjects`: whose values go; None takes all. `is_state`: what is left is read again, by the
    types of the state. `fields`: how many values were replaced."""

    def __init__(self, root: Json, *, subjects: Collection[str] | None, is_state: bool = False) -> None:
        self._root, self._subjects, self._is_state = root, subjects, is_state
        self.fields = 0

    def of(self, value: Any, shapes: Sequence[Json], *, is_theirs: bool = True) -> Any:
        """Return a value without what is sensitive in it.

        `shapes`: what it may be. `is_theirs`: whether what names no subject, nor lies in what does, is one of theirs.
        """
        shapes = list(self._alternatives(shapes))
        if value is None or {} in shapes:
            return value
        if any(SENSITIVE in shape for shape in shapes) or not _is_one_of(value, shapes):
            return self._replaced(value, shapes) if is_theirs else value
        if isinstance(value, dict):
            return self._of_fields(value, shapes, is_theirs)
        if isinstance(value, list):
            return [self.of(one, _elements(shapes, at), is_theirs=is_theirs) for at, one in enumerate(value)]
        return value

    def _alternatives(self, shapes: Sequence[Json]) -> Iterator[Json]:
        """Yield what a value may be, with what is referred to in its place; a mark goes along."""
        for shape in shapes:
            mark = {SENSITIVE: True} if SENSITIVE in shape else {}
            whole = resolved(shape, self._root)
            if "anyOf" in whole:
                yield from self._alternatives([one | mark for one in whole["anyOf"]])
            else:
                yield whole | mark

    def _of_fields(self, value: dict[str, Any], shapes: Sequence[Json], is_theirs: bool) -> dict[str, Any]:
        named = set(_named(value, shapes))
        if named and self._subjects is not None:
            is_theirs = not named.isdisjoint(self._subjects)
        return {name: self._of_field(name, one, shapes, is_theirs) for name, one in value.items()}

    def _of_field(self, name: str, value: Any, shapes: Sequence[Json], is_theirs: bool) -> Any:
        declared = list(_fields(shapes, name))
        if not declared:
            return self._replaced(value, []) if is_theirs else value
        return self.of(value, declared, is_theirs=is_theirs)

    def _replaced(self, value: Any, shapes: Sequence[Json]) -> Any:
        """Return what stands in the place of a value."""
        new = self._blank(value, list(self._alternatives(shapes)))
        self.fields += new != value
        return new

    def _blank(self, value: Any, shapes: Sequence[Json]) -> Any:
        if value is None:
            return None
        if isinstance(value, dict):
            return self._blank_fields(value, shapes)
        if isinstance(value, list):
            if not self._is_state:
                return []
            return [self._blank(one, list(self._alternatives(_elements(shapes, at)))) for at, one in enumerate(value)]
        if self._is_state:
            for shape in shapes:
                if "enum" in shape:
                    return next((one for one in shape["enum"] if type(one) is type(value)), shape["enum"][0])
                if shape.get("format") in OF_FORMAT:
                    return OF_FORMAT[shape["format"]]
        return FORGOTTEN if isinstance(value, str) else type(value)()

    def _blank_fields(self, value: dict[str, Any], shapes: Sequence[Json]) -> dict[str, Any]:
        """Blank an object; what names the fields of one are words of a program, what names those of a map is data."""
        is_map = any("additionalProperties" in shape for shape in shapes) or not shapes
        kept = {name: list(self._alternatives(list(_fields(shapes, name)))) for name in value}
        if is_map or not self._is_state:
            kept = {name: declared for name, declared in kept.items() if _is_declared(name, shapes)}
        return {name: self._blank(value[name], declared) for name, declared in kept.items()}


def subjects_in(value: Any, shapes: Sequence[Json]) -> Iterator[str]:
    """Yield whom an event says that it is about, at any depth."""
    if isinstance(value, dict):
        yield from _named(value, shapes)
        for name, one in value.items():
            yield from subjects_in(one, list(_fields(shapes, name)))
    elif isinstance(value, list):
        for one in value:
            yield from subjects_in(one, _elements(shapes, 0))


def _named(value: Mapping[str, Any], shapes: Sequence[Json]) -> Iterator[str]:
    for name, one in value.items():
        if isinstance(one, str | int) and any(SUBJECT in shape for shape in _fields(shapes, name)):
            yield str(one)


def _fields(shapes: Sequence[Json], name: str) -> Iterator[Json]:
    """Yield what a field of an object may be, where it is declared."""
    for shape in shapes:
        if name in shape.get("properties", {}):
            yield shape["properties"][name]
        elif isinstance(shape.get("additionalProperties"), dict):
            yield shape["additionalProperties"]
        elif "properties" not in shape and _may_be(shape, "object"):
            yield {}


def _is_declared(name: str, shapes: Sequence[Json]) -> bool:
    return any(name in shape.get("properties", {}) for shape in shapes)


def _elements(shapes: Sequence[Json], at: int) -> list[Json]:
    """Return what an element of a list may be."""
    found = []
    for shape in shapes:
        items = shape.get("items", {} if _may_be(shape, "array") else None)
        if isinstance(items, list):
            items = items[at] if at < len(items) else None
        if items is not None:
            found.append(items)
    return found


def _is_one_of(value: Any, shapes: Sequence[Json]) -> bool:
    """Whether a value is of a type that one of the shapes says; what says only its values has theirs."""
    kinds = _KINDS.get(type(value), frozenset())
    for shape in shapes:
        types = _types(shape)
        if not kinds.isdisjoint(types) or (not types and ("enum" not in shape or value in shape["enum"])):
            return True
    return False


def _may_be(shape: Json, kind: str) -> bool:
    """Whether a shape says that a value is of this type, or says nothing."""
    return kind in (_types(shape) or ([] if "enum" in shape else [kind]))


def _types(shape: Json) -> list[str]:
    """Return the types that a shape says; none where it says its values, or nothing."""
    types = shape.get("type", [])
    return types if isinstance(types, list) else [types]
