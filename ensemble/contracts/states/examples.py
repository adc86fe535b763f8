"""States as a recorded shape lets them be: those that it gives as examples, and others that differ in one place."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from ensemble.contracts.profile import Json
from ensemble.contracts.states.shape import resolved

MOST = 1_000
"""How many are made of one shape."""

DEEPEST = 3
"""How often a dataclass holds others of its own kind."""

OF_TYPE: dict[str, tuple[Any, ...]] = {
    "string": ("text-1",),
    "integer": (12, 0, -1),
    "number": (12.5, 12, 0, -1),
    "boolean": (True, False),
}
OF_FORMAT: dict[str, tuple[Any, ...]] = {
    "date": ("2026-01-01",),
    "datetime": ("2026-01-01T12:00:00+00:00", "2026-12-31T23:59:59.999000+05:30"),
    "decimal": ("12.50", "0"),
}


def states_of(shape: Json) -> list[Any]:
    """Return states of a shape, the plainest first. A text is only ever what an example has in its place."""
    bases = shape.get("examples") or [_fullest(shape, shape, 0)]
    return [*bases, *islice((other for base in bases for other in _varied(shape, base, shape)), MOST)]


def _fullest(shape: Json, root: Json, depth: int) -> Any:
    """Return one value with all that it may have."""
    if "$ref" in shape:
        depth, shape = depth + 1, resolved(shape, root)
    if "anyOf" in shape:
        return _fullest(next(one for one in shape["anyOf"] if one.get("type") != "null"), root, depth)
    if "properties" in shape:
        required = shape["properties"].keys() if depth < DEEPEST else shape.get("required", [])
        return {name: _fullest(shape["properties"][name], root, depth) for name in required}
    if isinstance(shape.get("items"), list):
        return [_fullest(one, root, depth) for one in shape["items"]]
    if shape.get("type") == "array":
        return [] if depth >= DEEPEST else [_fullest(shape.get("items", {}), root, depth)]
    if shape.get("type") == "object":
        return {} if depth >= DEEPEST else {"key-1": _fullest(shape.get("additionalProperties", {}), root, depth)}
    return _scalars(shape)[0]


def _scalars(shape: Json) -> list[Any]:
    if "enum" in shape:
        return list(shape["enum"])
    if "format" in shape:
        return list(OF_FORMAT[shape["format"]])
    types = shape.get("type", "string")
    listed = types if isinstance(types, list) else [types]
    values = [value for kind in listed for value in OF_TYPE.get(kind, ())]
    return values + ([None] if "null" in listed else [])


def _varied(shape: Json, value: Any, root: Json) -> Iterator[Any]:
    """Yield values of the shape that differ from this one in one place; a text is not made another."""
    shape = resolved(shape, root)
    if "anyOf" in shape:
        for one in shape["anyOf"]:
            if one.get("type") == "null":
                yield None
            elif value is None:
                yield _fullest(one, root, 0)
            else:
                yield from _varied(one, value, root)
    elif "properties" in shape and isinstance(value, dict):
        yield from _varied_fields(shape, value, root)
    elif isinstance(value, list) and "items" in shape:
        yield from _varied_elements(shape["items"], value, root)
    elif isinstance(value, dict) and "additionalProperties" in shape:
        yield {}
        for name, inner in value.items():
            yield from ({**value, name: other} for other in _varied(shape["additionalProperties"], inner, root))
    elif "enum" in shape:
        yield from (other for other in shape["enum"] if other != value)
    elif not isinstance(value, list | dict | str) and "type" in shape:
        yield from (other for other in _scalars(shape) if other != value)


def _varied_fields(shape: Json, value: dict[str, Any], root: Json) -> Iterator[dict[str, Any]]:
    required = set(shape.get("required", []))
    yield {name: one for name, one in value.items() if name in required}
    for name, one in value.items():
        if name not in required:
            yield {other: inner for other, inner in value.items() if other != name}
        if name in shape["properties"]:
            yield from ({**value, name: other} for other in _varied(shape["properties"][name], one, root))


def _varied_elements(items: Any, value: list[Any], root: Json) -> Iterator[list[Any]]:
    if not isinstance(items, list):
        yield []
    for at, one in enumerate(value):
        of = items[at] if isinstance(items, list) else items
        yield from ([*value[:at], other, *value[at + 1 :]] for other in _varied(of, one, root))
