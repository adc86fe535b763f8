"""JSON values as JSON Schema compares them: 1 is 1.0 but not true, and numbers are exact."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any

TYPES = ("null", "boolean", "number", "string", "array", "object")


def type_of(value: Any) -> str:
    """Return the JSON type of a value; whole numbers are of type number too."""
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int() | float() | Decimal() | Fraction():
            return "number"
        case str():
            return "string"
        case list() | tuple():
            return "array"
        case Mapping():
            return "object"
    raise TypeError(f"{value!r} is no JSON value")


@lru_cache(maxsize=4_096)
def exact(number: Any) -> Fraction:
    """Return a number as it is written: 0.1 is a tenth."""
    return Fraction(repr(number)) if isinstance(number, float) else Fraction(number)


def as_json(number: Fraction) -> int | float:
    """Return the number as JSON is read by Python."""
    return int(number) if number.denominator == 1 else float(number)


def identity(value: Any) -> str:
    """Return a text that two values have in common exactly if JSON Schema holds them equal."""
    return json.dumps(_canonical(value), sort_keys=True)


def _canonical(value: Any) -> Any:
    match type_of(value):
        case "number":
            return {"number": str(exact(value))}
        case "array":
            return [_canonical(element) for element in value]
        case "object":
            return {"object": {name: _canonical(inner) for name, inner in value.items()}}
    return value
