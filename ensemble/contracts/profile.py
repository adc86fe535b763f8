"""The keyword profile that every schema file is held to: the few keywords all our validators understand.

A schema is JSON Schema draft 4, the newest draft that the EventBridge schema registry takes. A keyword that
is not in `PROFILE`, or does not fit the type it stands with, is refused: validators would ignore it in
silence. An object lists either its properties or, as a map, one schema for all its values, which are scalars
(`additionalProperties`). `format` is only "date-time" and means RFC 3339 in UTC, ending in Z; it is enforced.
`"x-sensitive": true` marks a property that must not be logged. `examples` are values that the schema accepts; they are
for commands made from it, and no rule.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from math import inf, isfinite
from typing import Any

from functions.kit.errors import EnsembleError

Json = dict[str, Any]


class SchemaMisdeclared(EnsembleError):
    """Raised when a schema file is outside the profile or in the wrong place; names file, place and keyword."""


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def _is_length(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def _is_text_list(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(map(_is_text, value)) and len(set(value)) == len(value)


def _is_list(value: object) -> bool:
    return isinstance(value, list) and bool(value)


def _is_object(value: object) -> bool:
    return isinstance(value, dict) and bool(value)


DATE_TIME = r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]+)?Z\Z"
"""RFC 3339 in UTC, so that the order of the texts is the order in time."""

FORMATS = frozenset({"date-time"})
"""The formats that are enforced; there are no others."""

TYPES = ("object", "array", "string", "number", "integer", "boolean")

PROFILE: Mapping[str, tuple[tuple[str, ...], Callable[[Any], bool]]] = {
    "type": (TYPES, _is_text),
    "description": (TYPES, _is_text),
    "examples": (TYPES, _is_list),
    "x-sensitive": (TYPES, lambda value: value is True),
    "properties": (("object",), _is_object),
    "required": (("object",), _is_text_list),
    "additionalProperties": (("object",), _is_object),
    "items": (("array",), _is_object),
    "minItems": (("array",), _is_length),
    "maxItems": (("array",), _is_length),
    "enum": (("string",), _is_text_list),
    "minLength": (("string",), _is_length),
    "maxLength": (("string",), _is_length),
    "format": (("string",), lambda value: isinstance(value, str) and value in FORMATS),
    "minimum": (("number", "integer"), _is_number),
    "maximum": (("number", "integer"), _is_number),
}
"""Every keyword: the types it may stand with, and whether a value is one it can have."""

BOUNDS = (("minimum", "maximum"), ("minLength", "maxLength"), ("minItems", "maxItems"))

_PROPERTY = re.compile(r"[a-z][a-z0-9_]*")


def check(schema: Any, file: str, place: str = "$", *, is_property: bool = False) -> None:
    """Hold one schema, and those in it, to the profile. Raises SchemaMisdeclared with file, place and keyword."""
    if not isinstance(schema, dict):
        raise SchemaMisdeclared(f"{file}: {place} is not a schema")
    for keyword in schema:
        if keyword not in PROFILE:
            raise SchemaMisdeclared(
                f"{file}: {place}: the keyword {keyword!r} is not in the profile. Fix: use {', '.join(PROFILE)}"
            )
    if schema.get("type") not in TYPES:
        raise SchemaMisdeclared(f"{file}: {place} needs a `type`, one of {', '.join(TYPES)}")
    for keyword, value in schema.items():
        types, is_allowed = PROFILE[keyword]
        if schema["type"] not in types:
            raise SchemaMisdeclared(f"{file}: {place}: the keyword {keyword!r} does not fit the type {schema['type']}")
        if not is_allowed(value):
            raise SchemaMisdeclared(f"{file}: {place}: the keyword {keyword!r} cannot be {value!r}")
    for lowest, highest in BOUNDS:
        if schema.get(lowest, -inf) > schema.get(highest, inf):
            raise SchemaMisdeclared(f"{file}: {place}: {lowest!r} is above {highest!r}, so nothing fits")
    _check_property(schema, file, place, is_property)
    if schema["type"] == "object":
        _check_object(schema, file, place)
    if schema["type"] == "array":
        if "items" not in schema:
            raise SchemaMisdeclared(f"{file}: {place} is an array and needs `items`")
        check(schema["items"], file, f"{place}.items")


def without_examples(schema: Json) -> Json:
    """Return a schema of the profile as it is for whoever knows only its rules."""
    bare = {keyword: value for keyword, value in schema.items() if keyword != "examples"}
    if "properties" in bare:
        bare["properties"] = {name: without_examples(field) for name, field in bare["properties"].items()}
    for keyword in ("items", "additionalProperties"):
        if keyword in bare:
            bare[keyword] = without_examples(bare[keyword])
    return bare


def _check_property(schema: Json, file: str, place: str, is_property: bool) -> None:
    if is_property and "description" not in schema:
        raise SchemaMisdeclared(f"{file}: {place} needs a `description`")
    if not is_property and "x-sensitive" in schema:
        raise SchemaMisdeclared(f"{file}: {place}: 'x-sensitive' belongs on a property, not on what it holds")


def _check_object(schema: Json, file: str, place: str) -> None:
    if ("properties" in schema) == ("additionalProperties" in schema):
        raise SchemaMisdeclared(f"{file}: {place} needs either `properties` or `additionalProperties`")
    properties = schema.get("properties", {})
    for name in schema.get("required", []):
        if name not in properties:
            raise SchemaMisdeclared(f"{file}: {place}: 'required' names {name!r}, which is not in `properties`")
    for name, field in properties.items():
        if not _PROPERTY.fullmatch(name):
            raise SchemaMisdeclared(f"{file}: {place}.properties.{name}: a field is named in snake_case")
        check(field, file, f"{place}.properties.{name}", is_property=True)
    if "additionalProperties" in schema:
        values = schema["additionalProperties"]
        check(values, file, f"{place}.additionalProperties")
        if values["type"] in ("object", "array"):
            raise SchemaMisdeclared(f"{file}: {place}: the values of a map are scalars, not {values['type']}s")
