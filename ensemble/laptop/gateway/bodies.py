"""Whether the body of a request is what the model of a method says, and where it is not.

API Gateway names the rule that is broken, and no place in the body; here the place comes first, as a JSON pointer (RFC
6901). It lists all that is wrong, and here only the first is said.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import fastjsonschema

from ensemble.laptop.gateway.refusals import Refused

INVALID = "Invalid request body"

_WORDS: dict[str, Callable[[Any, Any], str]] = {
    "type": lambda rule, value: (
        f"instance type ({_kind(value)}) does not match any allowed primitive type (allowed: "
        f"{json.dumps([rule] if isinstance(rule, str) else rule)})"
    ),
    "enum": lambda rule, value: (
        f"instance value ({json.dumps(value)}) not found in enum (possible values: {json.dumps(rule)})"
    ),
    "minimum": lambda rule, value: (
        f"numeric instance is lower than the required minimum (minimum: {rule}, found: {value})"
    ),
    "maximum": lambda rule, value: (
        f"numeric instance is greater than the required maximum (maximum: {rule}, found: {value})"
    ),
    "minLength": lambda rule, value: f"string is too short (length: {len(value)}, required minimum: {rule})",
    "maxLength": lambda rule, value: f"string is too long (length: {len(value)}, maximum allowed: {rule})",
    "pattern": lambda rule, _: f"ECMA 262 regex {json.dumps(rule)} does not match input string",
    "minItems": lambda rule, value: (
        f"array is too short: must have at least {rule} elements but instance has {len(value)} elements"
    ),
    "maxItems": lambda rule, value: (
        f"array is too long: must have at most {rule} elements but instance has {len(value)} elements"
    ),
    "additionalProperties": lambda rule, value: "object instance has properties which are not allowed by the schema",
}
_KINDS = {bool: "boolean", dict: "object", float: "number", int: "integer", list: "array", str: "string"}

Validate = Callable[[Any], Any]


def compiled(schema: dict[str, Any]) -> Validate:
    """Return what checks a body, and raises fastjsonschema's JsonSchemaValueException."""
    validate: Validate = fastjsonschema.compile(schema)
    return validate


def check_body(validate: Validate, body: bytes) -> None:
    """Raise Refused for a body that is no JSON, or not what the model says."""
    try:
        content = json.loads(body or b"null")
    except (ValueError, RecursionError) as error:
        raise Refused("BAD_REQUEST_BODY", INVALID, f"[the body is no JSON: {error}]") from error
    try:
        validate(content)
    except fastjsonschema.JsonSchemaValueException as violation:
        raise Refused("BAD_REQUEST_BODY", INVALID, f"[{_explained(violation, content)}]") from violation


def _explained(violation: fastjsonschema.JsonSchemaValueException, content: Any) -> str:
    """Say where and what: the field itself where one is missing, or is there and should not be."""
    pointer = "".join(f"/{part}" for part in violation.path[1:])
    rule, value, definition = violation.rule, violation.value, violation.rule_definition
    if rule == "required" and isinstance(value, dict):
        missing = [name for name in definition if name not in value]
        return f"{pointer}/{missing[0]}: object has missing required properties ({json.dumps(missing)})"
    if rule == "additionalProperties" and isinstance(value, dict):
        more = sorted(value.keys() - (violation.definition or {}).get("properties", {}).keys())
        known = f"{_WORDS[rule](definition, value)}: {json.dumps(more)}"
        return f"{pointer}/{more[0]}: {known}" if more else known
    words = _WORDS.get(str(rule))
    said = words(definition, value) if words is not None else str(violation.message)
    return f"{pointer or '/'}: {said}"


def _kind(value: Any) -> str:
    return "null" if value is None else _KINDS[type(value)]
