"""The shape of a service's stored state, as JSON Schema: what may lie in its rows, by the types of its dataclass."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from ensemble.contracts.profile import Json
from functions.kit.states import SENSITIVE, is_marked, meant, plain, stored_types

FORMATS = frozenset({"date", "datetime", "decimal"})
"""What texts are that are read as something else."""

DEFINITIONS = "definitions"

TYPES: Mapping[Any, Json] = {
    Any: {},
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    None: {"type": "null"},
    NoneType: {"type": "null"},
    datetime: {"type": "string", "format": "datetime"},
    date: {"type": "string", "format": "date"},
    Decimal: {"type": "string", "format": "decimal"},
}

MOST, LONGEST = 8, 4_000
"""How many examples are kept, and how many characters each may have."""


def shape_of(state: type) -> Json:
    """Return the shape of a state that the kit can read, nested dataclasses among its `definitions`.

    Fields without a default are `required`.
    """
    known = _Known()
    shape = known.dataclass(state)
    return shape | ({DEFINITIONS: known.definitions} if known.definitions else {})


class _Known:
    """The nested dataclasses of a shape, each under a name of its own: one may hold others of its own kind."""

    def __init__(self) -> None:
        self.definitions: dict[str, Json] = {}
        self._names: dict[type, str] = {}

    def dataclass(self, kind: Any) -> Json:
        required = {
            one.name for one in fields(kind) if one.init and one.default is MISSING and one.default_factory is MISSING
        }
        properties = {name: self.of(hint) for name, hint in stored_types(kind, are_marked=True).items()}
        return {"type": "object", "properties": properties} | ({"required": sorted(required)} if required else {})

    def of(self, hint: Any) -> Json:
        hint = meant(hint)
        origin, arguments = get_origin(hint), get_args(hint)
        if origin is Annotated:
            return self.of(arguments[0]) | ({SENSITIVE: True} if is_marked(hint) else {})
        kind = origin or hint
        if origin is Literal:
            return {"enum": [plain(value) for value in arguments]}
        if origin in (Union, UnionType):
            return self._either(arguments)
        if hint in TYPES:
            return dict(TYPES[hint])
        if isinstance(kind, type) and is_dataclass(kind):
            return {"$ref": f"#/{DEFINITIONS}/{self._name(kind)}"}
        if isinstance(kind, type) and issubclass(kind, Enum):
            return {"enum": [plain(member) for member in kind]}
        if kind is tuple and arguments and arguments[-1] is not ...:
            return {"type": "array", "items": [self.of(one) for one in arguments]}
        if kind in (list, tuple, set, frozenset, Sequence, Iterable):
            unique = {"uniqueItems": True} if kind in (set, frozenset) else {}
            return {"type": "array"} | ({"items": self.of(arguments[0])} if arguments else {}) | unique
        values = self.of(arguments[1]) if arguments else {}
        return {"type": "object"} | ({"additionalProperties": values} if values else {})

    def _either(self, arguments: Sequence[Any]) -> Json:
        shapes = [self.of(one) for one in arguments]
        if {} in shapes:
            return {}
        if all(shape.keys() == {"type"} and isinstance(shape["type"], str) for shape in shapes):
            return {"type": sorted(shape["type"] for shape in shapes)}
        return {"anyOf": shapes}

    def _name(self, kind: type) -> str:
        if kind not in self._names:
            name, number = kind.__name__, 2
            while name in self.definitions:
                name, number = f"{kind.__name__}{number}", number + 1
            self._names[kind], self.definitions[name] = name, {}
            self.definitions[name] |= self.dataclass(kind)
        return self._names[kind]


def with_examples(shape: Json, states: Iterable[Any]) -> Json:
    """Return the shape with some of these states as examples: its types do not say what a text looks like."""
    chosen, seen = list[Any](), set[tuple[str, str]]()
    for state in map(plain, states):
        places = {(name, json.dumps(value, sort_keys=True)) for name, value in state.items()}
        if len(chosen) < MOST and not places <= seen and len(json.dumps(state)) <= LONGEST:
            chosen.append(state)
            seen |= places
    return {"examples": chosen, **shape} if chosen else shape


def without_examples(shape: Json) -> Json:
    """Return what a shape says, whatever states were seen."""
    return {name: one for name, one in shape.items() if name != "examples"}


def resolved(shape: Json, root: Json) -> Json:
    """Return the shape itself, or the definition that it refers to."""
    return root[DEFINITIONS][shape["$ref"].rpartition("/")[2]] if "$ref" in shape else shape
