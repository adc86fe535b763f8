"""Puts a schema as people have it into the words of the profile, where these say the same.

So every part, from the validators to the exports, knows the few keywords of the profile and no more. What cannot be
said in them is left as it is, and refused by `profile.check`.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil, floor, inf
from typing import Any

from ensemble.contracts.patterns import pattern
from ensemble.contracts.profile import INSTEAD, Json, SchemaMisdeclared, is_whole

PLACES = 5_000
"""Places of a schema that is written out: what refers to what refers ... may be endless, or nearly so."""

ANNOTATIONS = frozenset({"title", "default", "$comment"})
"""Keywords that say nothing of which values are accepted, and that no part would use."""

AT_THE_TOP = frozenset({"$schema", "$id", "id", "definitions", "$defs"})
"""Keywords of a file as a whole: what is referred to is written out in its place."""

_BESIDE = ANNOTATIONS | {"description", "examples", "example", "x-sensitive", "x-subject", "nullable"}
"""What may stand beside a reference, or around a single alternative, and goes with it."""

_WIDTHS: Mapping[str, int | None] = {"int32": 2**31, "int64": None}
_PRECISIONS: Mapping[str, int | None] = {"float": None, "double": None}
"""Formats of numbers in OpenAPI, with the number that is too large; None where every number here has it."""


def rewritten(schema: Any, file: str) -> Any:
    """Return the schema of a file in the words of the profile. Raises SchemaMisdeclared for a reference that leads to
    nothing, out of the file or in a circle."""
    if not isinstance(schema, dict):
        return schema
    whole = _Rewriting(schema, file).of(schema, "$", is_optional=False, followed=())
    return {keyword: value for keyword, value in whole.items() if keyword not in AT_THE_TOP}


class _Rewriting:
    """The rewriting of one file."""

    def __init__(self, root: Json, file: str) -> None:
        self._root, self._file, self._places = root, file, 0

    def of(self, schema: Any, place: str, *, is_optional: bool, followed: tuple[str, ...]) -> Any:
        """Return the schema at one place. `followed`: the references that it is inside of."""
        self._places += 1
        if self._places > PLACES:
            raise SchemaMisdeclared(self._file, f"written out it has over {PLACES} places", "refer to less")
        if not isinstance(schema, dict):
            return schema
        given, followed = self._followed(schema, place, followed)
        if is_optional:
            given = _without_null(given)
        plain = {name: value for name, value in given.items() if name not in ANNOTATIONS and name != "example"}
        plain = _bounded(_typed(_chosen(plain)))
        if "title" in given:
            plain.setdefault("description", given["title"])
        if "example" in given:
            plain.setdefault("examples", [given["example"]])
        return self._inside(_telling(plain), place, followed)

    def _inside(self, schema: Json, place: str, followed: tuple[str, ...]) -> Json:
        result, required = dict(schema), schema.get("required", [])
        if isinstance(schema.get("properties"), dict):
            result["properties"] = {
                name: self.of(
                    field,
                    f"{place}.properties.{name}",
                    is_optional=isinstance(required, list) and name not in required,
                    followed=followed,
                )
                for name, field in schema["properties"].items()
            }
        for keyword in ("items", "additionalProperties"):
            if isinstance(schema.get(keyword), dict):
                inner = self.of(schema[keyword], f"{place}.{keyword}", is_optional=False, followed=followed)
                result[keyword] = inner
        return result

    def _followed(self, schema: Json, place: str, followed: tuple[str, ...]) -> tuple[Json, tuple[str, ...]]:
        """Return the schema with its reference, or its only alternative, in its place."""
        while True:
            beside = schema.keys() - _BESIDE
            if beside == {"$ref"}:
                reference = schema["$ref"]
                if reference in followed:
                    problem = f"{place}: '$ref' {reference!r} leads into itself, and an event is finite"
                    raise SchemaMisdeclared(self._file, problem, "give it a depth: one object for each level")
                followed = (*followed, reference)
                target = self._target(reference, place)
            elif len(beside) == 1 and (keyword := next(iter(beside))) in ("allOf", "anyOf", "oneOf"):
                only = _only(schema[keyword], may_be_null=keyword != "allOf")
                if only is None:
                    return schema, followed
                target = only
            else:
                return schema, followed
            self._places += 1
            schema = {**target, **{name: schema[name] for name in schema if name in _BESIDE}}

    def _target(self, reference: Any, place: str) -> Json:
        why, instead = INSTEAD["$ref"]
        found: Any = self._root
        if not isinstance(reference, str) or not reference.startswith("#/"):
            problem = f"{place}: '$ref' {reference!r:.80} leads out of the file, or to all of it: {why}"
            raise SchemaMisdeclared(self._file, problem, instead)
        for step in reference.split("/")[1:]:
            name = step.replace("~1", "/").replace("~0", "~")
            found = found.get(name) if isinstance(found, dict) else None
        if not isinstance(found, dict):
            problem = f"{place}: '$ref' {reference!r:.80} leads to no schema"
            raise SchemaMisdeclared(self._file, problem, "correct it")
        return found


def _only(parts: Any, *, may_be_null: bool) -> Json | None:
    """Return the one alternative that there is beside null."""
    if not isinstance(parts, list) or not all(isinstance(part, dict) for part in parts):
        return None
    left = [part for part in parts if not (may_be_null and part.get("type") == "null")]
    if len(left) != 1:
        return None
    return {**left[0], **({"nullable": True} if len(left) < len(parts) else {})}


def _without_null(schema: Json) -> Json:
    """Return the schema of an optional field without the null that it may be: null is absence."""
    result = {name: value for name, value in schema.items() if name != "nullable" or not isinstance(value, bool)}
    types = schema.get("type")
    if isinstance(types, list) and "null" in types and len(types) == 2:
        result["type"] = next(one for one in types if one != "null")
    if isinstance(schema.get("enum"), list) and len(schema["enum"]) > 1 and result != schema:
        result["enum"] = [value for value in schema["enum"] if value is not None]
    return result


def _chosen(schema: Json) -> Json:
    """Return the schema with an `enum` for a `const`, and one type for a list of one."""
    result = dict(schema)
    if isinstance(schema.get("type"), list) and len(schema["type"]) == 1:
        result["type"] = schema["type"][0]
    constant, values = schema.get("const"), schema.get("enum", [schema.get("const")])
    if (is_whole(constant) or isinstance(constant, str)) and isinstance(values, list) and constant in values:
        del result["const"]
        result["enum"] = [constant]
    return result


def _typed(schema: Json) -> Json:
    """Return the schema with the type that its values have, or that its form of a number means."""
    values, result = schema.get("enum"), dict(schema)
    if "type" not in schema and isinstance(values, list) and values:
        if all(isinstance(value, str) for value in values):
            result["type"] = "string"
        elif all(map(is_whole, values)):
            result["type"] = "integer"
    if schema.get("type") in ("number", "integer"):
        if schema.get("multipleOf") in (1,) and not isinstance(schema["multipleOf"], bool):
            del result["multipleOf"]
            result["type"] = "integer"
        widths = _WIDTHS if schema["type"] == "integer" else _PRECISIONS
        bounds = schema.get("minimum", -inf), schema.get("maximum", inf)
        if str(schema.get("format")) in widths and all(map(_is_number, bounds)):
            width = widths[result.pop("format")]
            if width is not None:
                result["minimum"], result["maximum"] = max(bounds[0], -width), min(bounds[1], width - 1)
    if schema.get("type") == "string" and isinstance(schema.get("pattern"), str):
        found = pattern(schema["pattern"])
        result["pattern"] = schema["pattern"] if found is None else found.text
    return result


def _bounded(schema: Json) -> Json:
    """Return the schema of a whole number with bounds that belong to it, for bounds that do not."""
    if schema.get("type") != "integer":
        return schema
    result = dict(schema)
    for inclusive, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        bound, excluded = schema.get(inclusive), schema.get(exclusive)
        if bound is not None and not _is_number(bound):
            continue
        if excluded is False:
            del result[exclusive]
        elif excluded is True and _is_number(bound):  # in draft 4 it says that the bound itself is excluded
            result[inclusive] = _after(bound, inclusive)
            del result[exclusive]
        elif _is_number(excluded):
            nearest = _after(excluded, inclusive)
            tightest = max if inclusive == "minimum" else min
            result[inclusive] = nearest if bound is None else tightest(bound, nearest)
            del result[exclusive]
    return result


def _after(bound: Any, which: str) -> int:
    """Return the nearest whole number within an excluded bound."""
    return int(floor(bound) + 1 if which == "minimum" else ceil(bound) - 1)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _telling(schema: Json) -> Json:
    """Return the schema without keywords that ask for nothing as they stand."""
    nothing: dict[str, Any] = {"uniqueItems": False, "nullable": False, "required": []}
    if "properties" in schema:
        nothing["additionalProperties"] = False  # writers are closed, and readers ignore what they do not know
    if schema.get("type") == "number":
        nothing |= {"exclusiveMinimum": False, "exclusiveMaximum": False}
    return {name: value for name, value in schema.items() if name not in nothing or repr(value) != repr(nothing[name])}
