"""The keyword profile that every schema file is held to: the few keywords all our validators understand.

A schema is JSON Schema draft 4, the newest draft that the EventBridge schema registry takes. A keyword that
is not in `PROFILE`, or does not fit the type it stands with, is refused: validators would ignore it in
silence. An object lists either its properties or, as a map, one schema for all its values, which are scalars
(`additionalProperties`). `format` is only "date-time" and means RFC 3339 in UTC, ending in Z; it is enforced.
`"x-sensitive": true` marks a property that must not be logged. `examples` are values that the schema accepts; they are
for commands made from it, and no rule. `"x-kind"`, at the top of a file, says whether it is an "event" or a "command"
where that does not follow from who publishes it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from math import inf, isfinite
from typing import Any

from ensemble.contracts.findings import Finding
from functions.kit.errors import EnsembleError

Json = dict[str, Any]


class SchemaMisdeclared(EnsembleError):
    """Raised when a schema file is outside the profile or in the wrong place; `finding` says where, why, what to do."""

    def __init__(self, file: str, problem: str, fix: str = "") -> None:
        self.finding = Finding(file, problem, fix)
        super().__init__(str(self.finding))


def _is_number(value: object) -> bool:
    return (isinstance(value, int) and not isinstance(value, bool)) or (isinstance(value, float) and isfinite(value))


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

KINDS = ("event", "command")

TYPES = ("object", "array", "string", "number", "integer", "boolean")

PROFILE: Mapping[str, tuple[tuple[str, ...], Callable[[Any], bool]]] = {
    "type": (TYPES, _is_text),
    "description": (TYPES, _is_text),
    "examples": (TYPES, _is_list),
    "x-sensitive": (TYPES, lambda value: value is True),
    "x-kind": (("object",), lambda value: value in KINDS),
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

NO_RULES = frozenset({"description", "examples", "x-kind", "x-sensitive"})
"""Keywords that say nothing of which values are accepted."""

SHAPE = frozenset({"type", "properties", "required", "additionalProperties", "items"})
"""Keywords that say what a value is made of."""

RULES = tuple(keyword for keyword in PROFILE if keyword not in NO_RULES | SHAPE)
"""Keywords that narrow one value."""

INSTEAD: Mapping[str, tuple[str, str]] = {
    "$ref": ("the EventBridge registry and the bundles get each schema whole", "write what it refers to in its place"),
    "definitions": ("there is no `$ref` that could use them", "write each where it is used"),
    "$schema": ("it is draft 4 for all files", "leave it out"),
    "title": ("the file's name is the title", "leave it out, or make it the `description`"),
    "default": ("nobody would fill it in", "leave it out; a reader gives the value where the field is absent"),
    "allOf": ("compatibility of combinations is not always decidable", "merge its parts into one schema"),
    "anyOf": ("it is not one shape that a reader can rely on", "give each shape an optional field, or an event"),
    "oneOf": ("it is not one shape that a reader can rely on", "give each shape an optional field, or an event"),
    "not": ("compatibility of negations is not always decidable", "say what is allowed"),
    "const": ("draft 4 does not have it", "use an `enum` with one value"),
    "nullable": ("null of an optional field is absence", "leave the field out of `required`"),
    "pattern": ("compatibility of patterns is not decided", "use `enum`, or bounds of the length and a `description`"),
    "patternProperties": ("names of fields are declared", "use `properties`, or a map by `additionalProperties`"),
    "multipleOf": ("it does not hold for numbers as computers have them", "use an integer of the smaller unit"),
    "exclusiveMinimum": ("drafts differ in what it means", "use `minimum`"),
    "exclusiveMaximum": ("drafts differ in what it means", "use `maximum`"),
    "uniqueItems": ("validators in the bundles would have to compare all pairs", "let the reader ignore repetitions"),
}
"""Keywords that people expect and that are not in the profile: why not, and what to use instead."""

BOUNDS = (("minimum", "maximum"), ("minLength", "maxLength"), ("minItems", "maxItems"))

ROOT = "$"
"""The place of a file's own schema."""

_PROPERTY = re.compile(r"[a-z][a-z0-9_]*")


def check(schema: Any, file: str, place: str = ROOT, *, is_property: bool = False) -> None:
    """Hold one schema, and those in it, to the profile. Raises SchemaMisdeclared with file, place and keyword."""
    if not isinstance(schema, dict):
        raise SchemaMisdeclared(file, f"{place} is not a schema", "let it be a JSON object with a `type`")
    for keyword in schema:
        if keyword not in PROFILE:
            raise _unknown(keyword, file, place)
    if not _is_text(schema.get("type")) or schema["type"] not in TYPES:
        raise _untyped(schema.get("type"), file, place)
    for keyword, value in schema.items():
        types, is_allowed = PROFILE[keyword]
        if schema["type"] not in types:
            raise SchemaMisdeclared(
                file,
                f"{place}: the keyword {keyword!r} does not fit the type {schema['type']}",
                f"leave it out, or make the type one of {', '.join(types)}",
            )
        if not is_allowed(value):
            problem = f"{place}: the keyword {keyword!r} cannot be {value!r:.80}"
            raise SchemaMisdeclared(file, problem, _ALLOWED.get(keyword, ""))
    if place != ROOT and "x-kind" in schema:
        problem = f"{place}: 'x-kind' belongs at the top of the file"
        raise SchemaMisdeclared(file, problem, "put it beside the file's own `type`")
    for lowest, highest in BOUNDS:
        if schema.get(lowest, -inf) > schema.get(highest, inf):
            raise SchemaMisdeclared(file, f"{place}: {lowest!r} is above {highest!r}, so nothing fits", "swap them")
    _check_property(schema, file, place, is_property)
    if schema["type"] == "object":
        _check_object(schema, file, place)
    if schema["type"] == "array":
        if "items" not in schema:
            raise SchemaMisdeclared(file, f"{place} is an array and needs `items`", "give the schema of its elements")
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


_ALLOWED = {
    "format": f"use {', '.join(sorted(FORMATS))}, the only one that every validator enforces alike; for any other form "
    "use `enum`, or bounds of the length and a `description`",
    "additionalProperties": "leave it out: readers are open and writers closed; for a map give the values' schema",
    "x-sensitive": "write true, or leave it out",
    "x-kind": 'write "event" or "command"',
    "required": "list at least one field once, or leave it out",
    "enum": "list different texts",
    "description": "write a sentence",
}
"""What to write where the value of a keyword is none that it can have."""


def _unknown(keyword: str, file: str, place: str) -> SchemaMisdeclared:
    known = f"use {', '.join(PROFILE)}"
    why, instead = INSTEAD.get(keyword, ("some validator would ignore it in silence", known))
    return SchemaMisdeclared(file, f"{place}: the keyword {keyword!r} is not in the profile: {why}", instead)


def _untyped(given: object, file: str, place: str) -> SchemaMisdeclared:
    if given == "null" or (isinstance(given, list) and "null" in given):
        problem = f"{place}: the type cannot be null: null of an optional field is absence"
        return SchemaMisdeclared(file, problem, "give its other type, and leave the field out of `required`")
    if isinstance(given, list):
        problem = f"{place}: the type cannot be a list: it is not one shape that a reader can rely on"
        return SchemaMisdeclared(file, problem, "give it one type, and the other one a field of its own")
    return SchemaMisdeclared(file, f"{place} needs a `type`", f"use one of {', '.join(TYPES)}")


def _check_property(schema: Json, file: str, place: str, is_property: bool) -> None:
    if is_property and "description" not in schema:
        raise SchemaMisdeclared(file, f"{place} needs a `description`", "say what it means, with its unit")
    if not is_property and "x-sensitive" in schema:
        problem = f"{place}: 'x-sensitive' belongs on a property, not on what it holds"
        raise SchemaMisdeclared(file, problem, "move it up to the property")


def _check_object(schema: Json, file: str, place: str) -> None:
    if ("properties" in schema) == ("additionalProperties" in schema):
        problem = f"{place} needs either `properties` or `additionalProperties`"
        raise SchemaMisdeclared(file, problem, "list its fields, or for a map give the values' schema")
    properties = schema.get("properties", {})
    for name in schema.get("required", []):
        if name not in properties:
            problem = f"{place}: 'required' names {name!r}, which is not in `properties`"
            raise SchemaMisdeclared(file, problem, "declare the field, or correct the name")
    for name, field in properties.items():
        if not _PROPERTY.fullmatch(name):
            problem = f"{place}.properties.{name}: a field is named in snake_case"
            raise SchemaMisdeclared(file, problem, "use lower-case letters, digits and _, a letter first")
        check(field, file, f"{place}.properties.{name}", is_property=True)
    if "additionalProperties" in schema:
        values = schema["additionalProperties"]
        check(values, file, f"{place}.additionalProperties")
        if values["type"] in ("object", "array"):
            problem = f"{place}: the values of a map are scalars, not {values['type']}s"
            raise SchemaMisdeclared(file, problem, "use an array of objects that have the key as a field")
