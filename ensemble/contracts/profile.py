"""The keyword profile that every schema is held to: the few keywords all our validators understand.

A schema is JSON Schema draft 4, the newest draft that the EventBridge schema registry takes. A keyword that
is not in `PROFILE`, or does not fit the type it stands with, is refused: validators would ignore it in
silence. An object lists either its properties or, as a map, one schema for all its values, which are scalars
(`additionalProperties`). A `format` is a pattern with a name, and is enforced. A `pattern` is one that is decided
(`patterns.py`). `"x-sensitive": true` marks a property that must not be logged, and that `ensemble forget` erases;
`"x-subject": true` one that says whom an event is about. `examples` are values that the schema
accepts; they are for commands made from it, and no rule. `"x-kind"`, at the top of a file, says whether it is an
"event" or a "command" where that does not follow from who publishes it.

What files say in other words is put into these first (`rewriting.py`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from math import inf, isfinite
from typing import Any

from ensemble.contracts.findings import Finding
from ensemble.contracts.patterns import Lengths, Pattern, PatternRefused, outside, pattern
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


def _is_choice(value: object) -> bool:
    """Whether it is a list of different texts, or of different whole numbers."""
    return _is_text_list(value) or (
        isinstance(value, list) and bool(value) and all(map(is_whole, value)) and len(set(value)) == len(value)
    )


def is_whole(value: object) -> bool:
    """Return whether it is a whole number that every reader of JSON keeps as it is."""
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= LARGEST


def _is_list(value: object) -> bool:
    return isinstance(value, list) and bool(value)


def _is_object(value: object) -> bool:
    return isinstance(value, dict) and bool(value)


_DATE = r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
_TIME = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]+)?Z"

FORMS: Mapping[str, str] = {
    "date-time": f"^{_DATE}T{_TIME}$",
    "date": f"^{_DATE}$",
    "uuid": "^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$",
}
"""The formats that are enforced, each by its pattern; there are no others. An instant is RFC 3339 in UTC, so that the
order of the texts is the order in time. A date may be a day that its month does not have."""

FORMATS = frozenset(FORMS)

ENFORCED = {name: f"{text.removesuffix('$')}\\Z" for name, text in FORMS.items()}
"""The formats as Python's `re` has them, in which `$` would let a line end pass."""

LARGEST = 2**53 - 1
"""The largest whole number, and below zero the smallest: beyond, readers of JSON that know only doubles make another
number of it (RFC 8259, section 6; RFC 7493, section 2.2)."""

KINDS = ("event", "command")

TYPES = ("object", "array", "string", "number", "integer", "boolean")

PROFILE: Mapping[str, tuple[tuple[str, ...], Callable[[Any], bool]]] = {
    "type": (TYPES, _is_text),
    "description": (TYPES, _is_text),
    "examples": (TYPES, _is_list),
    "x-sensitive": (TYPES, lambda value: value is True),
    "x-subject": (("string", "integer"), lambda value: value is True),
    "x-kind": (("object",), lambda value: value in KINDS),
    "properties": (("object",), _is_object),
    "required": (("object",), _is_text_list),
    "additionalProperties": (("object",), _is_object),
    "items": (("array",), _is_object),
    "minItems": (("array",), _is_length),
    "maxItems": (("array",), _is_length),
    "enum": (("string", "integer"), _is_choice),
    "minLength": (("string",), _is_length),
    "maxLength": (("string",), _is_length),
    "pattern": (("string",), _is_text),
    "format": (("string",), lambda value: isinstance(value, str) and value in FORMATS),
    "minimum": (("number", "integer"), _is_number),
    "maximum": (("number", "integer"), _is_number),
}
"""Every keyword: the types it may stand with, and whether a value is one it can have."""

NO_RULES = frozenset({"description", "examples", "x-kind", "x-sensitive", "x-subject"})
"""Keywords that say nothing of which values are accepted."""

SHAPE = frozenset({"type", "properties", "required", "additionalProperties", "items"})
"""Keywords that say what a value is made of."""

RULES = tuple(keyword for keyword in PROFILE if keyword not in NO_RULES | SHAPE)
"""Keywords that narrow one value."""

_ONE_SHAPE = "it is not one shape that a reader can rely on"
_TWO_FIELDS = "give each shape an optional field, or an event of its own"
_DEPENDS = "what one field may be would depend on another"

INSTEAD: Mapping[str, tuple[str, str]] = {
    "$ref": ("only a place in the same file can be written out", "write what it refers to in its place"),
    "$dynamicRef": ("what it refers to depends on who reads", "write what it refers to in its place"),
    "$anchor": ("places are found by their path", "refer to it by #/definitions/..."),
    "$id": ("only a file as a whole has a name", "leave it out"),
    "$defs": ("what others refer to stands at the top of a file", "move it up to the top"),
    "definitions": ("what others refer to stands at the top of a file", "move it up to the top"),
    "allOf": ("compatibility of combinations is not always decidable", "merge its parts into one schema"),
    "anyOf": (_ONE_SHAPE, _TWO_FIELDS),
    "oneOf": (_ONE_SHAPE, _TWO_FIELDS),
    "not": ("compatibility of negations is not always decidable", "say what is allowed"),
    "if": (_DEPENDS, _TWO_FIELDS),
    "then": (_DEPENDS, _TWO_FIELDS),
    "else": (_DEPENDS, _TWO_FIELDS),
    "dependencies": (_DEPENDS, "put fields that come together into one optional object"),
    "dependentRequired": (_DEPENDS, "put fields that come together into one optional object"),
    "dependentSchemas": (_DEPENDS, _TWO_FIELDS),
    "discriminator": (_ONE_SHAPE, _TWO_FIELDS),
    "const": ("only a text or a whole number can be the one value", "leave the field out: it tells nothing"),
    "nullable": (
        "null of an optional field is absence, and this is no optional field",
        "leave the field out of `required`; an element of a list cannot be absent",
    ),
    "patternProperties": ("names of fields are declared", "use `properties`, or a map by `additionalProperties`"),
    "propertyNames": (
        "names of fields are declared",
        "use `properties`, or an array of objects with the name as a field",
    ),
    "minProperties": ("fields are declared one by one", "list what must be there in `required`"),
    "maxProperties": ("fields are declared one by one", "leave it out, or use an array with `maxItems`"),
    "unevaluatedProperties": ("readers are open and writers closed", "leave it out"),
    "multipleOf": ("it does not hold for numbers as computers have them", "use an integer of the smaller unit"),
    "exclusiveMinimum": ("a number has no smallest one above it", "use `minimum`, or an integer of the smaller unit"),
    "exclusiveMaximum": ("a number has no largest one below it", "use `maximum`, or an integer of the smaller unit"),
    "uniqueItems": ("validators in the bundles would have to compare all pairs", "let the reader ignore repetitions"),
    "prefixItems": ("places in a list have no names", "use an object with a field for each place"),
    "additionalItems": ("places in a list have no names", "use an object with a field for each place"),
    "contains": ("compatibility of what some element is is not decided", "give what must be there a field of its own"),
    "contentEncoding": ("nobody would decode it", "leave it out, and say the encoding in the `description`"),
    "contentMediaType": ("nobody would read it", "leave it out, and say it in the `description`"),
    "deprecated": ("a field ends with a major version", "leave it out, and say it in the `description`"),
    "readOnly": ("an event is only ever read", "leave it out"),
    "writeOnly": ("an event is only ever read", 'leave it out; `"x-sensitive": true` keeps a value out of logs'),
    "xml": ("events are JSON", "leave it out"),
    "externalDocs": ("nobody would show it", "put the address into the `description`"),
}
"""Keywords that people expect and that are not in the profile: why not, and what to use instead."""

BOUNDS = (("minimum", "maximum"), ("minLength", "maxLength"), ("minItems", "maxItems"))

ROOT = "$"
"""The place of a file's own schema."""

NAME = "[A-Za-z][A-Za-z0-9_]*"
"""What a field may be called."""

_NAME = re.compile(NAME)


def check(schema: Any, file: str, place: str = ROOT, *, is_property: bool = False) -> None:
    """Hold one schema, and those in it, to the profile. Raises SchemaMisdeclared with file, place and keyword."""
    if not isinstance(schema, dict):
        raise SchemaMisdeclared(file, f"{place} is not a schema", "let it be a JSON object with a `type`")
    for keyword in schema:
        if keyword not in PROFILE:
            raise _unknown(keyword, file, place)
    if not _is_text(schema.get("type")) or schema["type"] not in TYPES:
        raise _untyped(schema, file, place)
    for keyword, value in schema.items():
        types, is_allowed = PROFILE[keyword]
        if schema["type"] not in types:
            raise SchemaMisdeclared(
                file,
                f"{place}: the keyword {keyword!r} does not fit the type {schema['type']}",
                f"leave it out, or make the type one of {', '.join(types)}",
            )
        if not is_allowed(value):
            raise _unallowed(keyword, value, schema["type"], file, place)
    if place != ROOT and "x-kind" in schema:
        problem = f"{place}: 'x-kind' belongs at the top of the file"
        raise SchemaMisdeclared(file, problem, "put it beside the file's own `type`")
    for lowest, highest in BOUNDS:
        if schema.get(lowest, -inf) > schema.get(highest, inf):
            raise SchemaMisdeclared(file, f"{place}: {lowest!r} is above {highest!r}, so nothing fits", "swap them")
    _check_rules(schema, file, place)
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


def with_bounds(schema: Json) -> Json:
    """Return a schema of the profile with the bounds that every whole number has."""
    bounded = dict(schema)
    if schema["type"] == "integer" and "enum" not in schema:
        bounded = {**schema, "minimum": schema.get("minimum", -LARGEST), "maximum": schema.get("maximum", LARGEST)}
    if "properties" in schema:
        bounded["properties"] = {name: with_bounds(field) for name, field in schema["properties"].items()}
    for keyword in ("items", "additionalProperties"):
        if isinstance(schema.get(keyword), dict):
            bounded[keyword] = with_bounds(schema[keyword])
    return bounded


_FORM = "leave it out, and give `maxLength`, a `pattern` where there is a simple one, and a `description`"

_FORMATS_INSTEAD = {
    "time": "use a `pattern`: ^[0-9]{2}:[0-9]{2}$",
    "email": "leave it out: no two validators agree; use `minLength` 3 and `maxLength` 254",
    "uri": "leave it out, and give `maxLength` and a `description`",
    "decimal": "use an integer of the smaller unit, such as cents",
    "byte": "leave it out, and say the encoding in the `description`",
}

_ALLOWED = {
    "additionalProperties": "leave it out: readers are open and writers closed; for a map give the values' schema",
    "items": "use an object with a field for each place, or one schema for all elements",
    "x-sensitive": "write true, or leave it out",
    "x-subject": "write true, or leave it out",
    "x-kind": 'write "event" or "command"',
    "required": "list at least one field once, or leave it out",
    "enum": "list different texts, or for an integer different whole numbers",
    "description": "write a sentence",
}
"""What to write where the value of a keyword is none that it can have."""


def _unallowed(keyword: str, value: Any, type: str, file: str, place: str) -> SchemaMisdeclared:
    problem = f"{place}: the keyword {keyword!r} cannot be {value!r:.80}"
    if keyword == "format":
        why = f"only {', '.join(FORMS)} are enforced alike in every part"
        return SchemaMisdeclared(file, f"{problem}: {why}", _FORMATS_INSTEAD.get(str(value), _FORM))
    if keyword == "additionalProperties" and value is True:
        problem += ": a service that publishes what it does not declare is refused"
    if keyword == "items" and isinstance(value, list):
        problem += ": places in a list have no names"
    return SchemaMisdeclared(file, problem, _ALLOWED.get(keyword, ""))


def _form(schema: Json) -> Pattern | None:
    text = schema.get("pattern", FORMS.get(schema.get("format", "")))
    return None if text is None else pattern(text)


def _fits_one(schema: Json, value: Any) -> bool:
    """Whether a value is of the type of its schema, and within the other rules that stand beside its `enum`."""
    if schema["type"] == "integer":
        return isinstance(value, int) and schema.get("minimum", -inf) <= value <= schema.get("maximum", inf)
    form = _form(schema)
    return (
        isinstance(value, str)
        and schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", inf)
        and (form is None or form.matches(value))
    )


def _has_texts(schema: Json) -> bool:
    form = _form(schema)
    return form is None or outside([form, Lengths(schema.get("minLength", 0), schema.get("maxLength"))]) is not None


def _check_rules(schema: Json, file: str, place: str) -> None:
    """Refuse a pattern that is not decided, whole numbers that readers do not keep, and values that nothing fits."""
    if "pattern" in schema:
        try:
            Pattern(schema["pattern"])
        except PatternRefused as error:
            problem = f"{place}: the keyword 'pattern' cannot be {schema['pattern']!r:.80}: {error.why}"
            raise SchemaMisdeclared(file, problem, error.instead) from None
        if "format" in schema:
            problem = f"{place}: 'format' and 'pattern' say the form of a text twice"
            raise SchemaMisdeclared(file, problem, "leave one of them out")
    if schema["type"] == "integer":
        for keyword in ("minimum", "maximum"):
            if abs(schema.get(keyword, 0)) > LARGEST:
                problem = (
                    f"{place}: {keyword!r} is beyond {LARGEST}, up to which all readers of JSON keep a whole number"
                )
                raise SchemaMisdeclared(file, problem, "use a string for larger ones")
    for value in schema.get("enum", []):
        if not _fits_one(schema, value):
            problem = f"{place}: the value {value!r:.80} of 'enum' breaks another rule of its schema"
            raise SchemaMisdeclared(file, problem, "take it out of the list, or leave the rule out")
    if schema["type"] == "string" and "enum" not in schema and not _has_texts(schema):
        problem = f"{place}: no text has this {'pattern' if 'pattern' in schema else 'format'} and this length"
        raise SchemaMisdeclared(file, problem, "correct the length")


def _unknown(keyword: str, file: str, place: str) -> SchemaMisdeclared:
    known = f"use {', '.join(PROFILE)}"
    why, instead = INSTEAD.get(keyword, ("some validator would ignore it in silence", known))
    return SchemaMisdeclared(file, f"{place}: the keyword {keyword!r} is not in the profile: {why}", instead)


def _untyped(schema: Json, file: str, place: str) -> SchemaMisdeclared:
    given = schema.get("type")
    if given is None and "enum" in schema:
        problem = f"{place}: the values of 'enum' are not of one type that can list its values"
        return SchemaMisdeclared(file, problem, _ALLOWED["enum"])
    if given == "null" or (isinstance(given, list) and "null" in given):
        problem = f"{place}: the type cannot be null: null of an optional field is absence"
        return SchemaMisdeclared(file, problem, "give its other type, and leave the field out of `required`")
    if isinstance(given, list) and len(given) > 1:
        problem = f"{place}: the type cannot be a list: it is not one shape that a reader can rely on"
        return SchemaMisdeclared(file, problem, "give it one type, and the other one a field of its own")
    return SchemaMisdeclared(file, f"{place} needs a `type`", f"use one of {', '.join(TYPES)}")


def _check_property(schema: Json, file: str, place: str, is_property: bool) -> None:
    if is_property and "description" not in schema:
        raise SchemaMisdeclared(file, f"{place} needs a `description`", "say what it means, with its unit")
    for mark in ("x-sensitive", "x-subject"):
        if not is_property and mark in schema:
            problem = f"{place}: {mark!r} belongs on a property, not on what it holds"
            fix = "move it up to the property" if mark == "x-sensitive" else "use objects with a field for it"
            raise SchemaMisdeclared(file, problem, fix)
    if "x-sensitive" in schema and _names_a_subject(schema):
        problem = f"{place}: 'x-subject' and 'x-sensitive' exclude each other: who is erased could not be found again"
        raise SchemaMisdeclared(file, problem, "let an id that says nothing of a person be the subject")


def _names_a_subject(schema: Json) -> bool:
    """Whether it is a subject, or holds one."""
    properties = schema.get("properties")
    inner = [*(properties.values() if isinstance(properties, dict) else ()), schema.get("items")]
    return "x-subject" in schema or any(_names_a_subject(one) for one in inner if isinstance(one, dict))


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
        if not _NAME.fullmatch(name):
            problem = f"{place}.properties.{name}: a field's name has other signs than letters, digits and _"
            raise SchemaMisdeclared(file, problem, "name it as in snake_case or camelCase: reads and types name it too")
        check(field, file, f"{place}.properties.{name}", is_property=True)
    if "additionalProperties" in schema:
        values = schema["additionalProperties"]
        check(values, file, f"{place}.additionalProperties")
        if values["type"] in ("object", "array"):
            problem = f"{place}: the values of a map are scalars, not {values['type']}s"
            raise SchemaMisdeclared(file, problem, "use an array of objects that have the key as a field")
