"""Attribute values in DynamoDB's JSON: what is one, what two are to each other, and numbers as DynamoDB writes them."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from decimal import Context, Decimal, DecimalException
from functools import lru_cache
from typing import Any

from ensemble.aws.dynamodb.errors import invalid, wrong_value

Value = Mapping[str, Any]
Item = dict[str, Any]

ORDERED = ("S", "N", "B")
"""The types whose values are less or more than others, and that keys have."""

DIGITS, SMALLEST, LARGEST = 38, -130, 125
"""What a number has at most, and the exponents of ten between which it lies (Amazon DynamoDB Developer Guide,
"Supported data types and naming rules")."""

DEEPEST = 32
"""How deep maps and lists lie in each other at most (Amazon DynamoDB Developer Guide, "Quotas")."""

EXACT = Context(prec=DIGITS)
SETS = {"SS": "string", "NS": "number", "BS": "binary"}


def kind_of(value: Value) -> str:
    """Return the type of a value. Raises RequestRefused when it has none, or two."""
    if len(value) > 1:
        raise invalid(
            "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported "
            "datatypes"
        )
    for kind in value:
        if kind in CHECKS:
            return kind
    raise invalid("Supplied AttributeValue is empty, must contain exactly one of the supported datatypes")


def checked(item: Mapping[str, Any], depth: int = 1) -> Any:
    """Return an item, or the content of a map, with its numbers as DynamoDB writes them: the same one where all are.

    Raises RequestRefused when a value is none.
    """
    changed = {}
    for name, value in item.items():
        if len(value) == 1 and type(value.get("S")) is str:  # as most are
            continue
        new = checked_value(value, depth)
        if new is not value:
            changed[name] = new
    return {**item, **changed} if changed else item


def checked_value(value: Value, depth: int = 1) -> Value:
    """Return a value with its numbers as DynamoDB writes them. Raises RequestRefused when it is none."""
    kind = kind_of(value)
    if depth > DEEPEST:
        raise invalid("Nesting Levels have exceeded supported limits")
    plain = value[kind]
    new = CHECKS[kind](plain, depth)
    return value if new is plain else {kind: new}


def _text(plain: Any, _: int) -> Any:
    if not isinstance(plain, str):
        raise invalid("the value of S is no string")
    return plain


def _number(plain: Any, _: int) -> Any:
    if not isinstance(plain, str):
        raise invalid("the value of N is no string")
    return plain if plain.isdecimal() and plain.isascii() and _is_short(plain) else number_text(number(plain))


def _is_short(digits: str) -> bool:
    return len(digits) < DIGITS and (digits[0] != "0" or len(digits) == 1)


def _bytes(plain: Any, _: int) -> Any:
    bytes_of(plain)
    return plain


def _map(plain: Any, depth: int) -> Any:
    return checked(plain, depth + 1)


def _list(plain: Any, depth: int) -> Any:
    new = [checked_value(value, depth + 1) for value in plain]
    return plain if all(one is other for one, other in zip(new, plain, strict=True)) else new


def _set(kind: str, check: Callable[[Any, int], Any]) -> Callable[[Any, int], Any]:
    def checked_set(plain: Any, depth: int) -> Any:
        new = [check(one, depth) for one in plain]
        if not new:
            raise wrong_value(f"An {SETS[kind]} set  may not be empty")
        if len(set(new)) < len(new):
            raise wrong_value(f"Input collection [{', '.join(map(str, plain))}] contains duplicates.")
        return plain if new == plain else new

    return checked_set


def _truth(plain: Any, _: int) -> Any:
    if not isinstance(plain, bool):
        raise invalid("the value of BOOL is neither true nor false")
    return plain


def _null(plain: Any, _: int) -> Any:
    if plain is not True:
        raise wrong_value("Null attribute value types must have the value of true")
    return plain


CHECKS: Mapping[str, Callable[[Any, int], Any]] = {
    "S": _text,
    "N": _number,
    "B": _bytes,
    "BOOL": _truth,
    "NULL": _null,
    "M": _map,
    "L": _list,
    "SS": _set("SS", _text),
    "NS": _set("NS", _number),
    "BS": _set("BS", _bytes),
}


@lru_cache(4096)
def number(text: str) -> Decimal:
    """Return a number. Raises RequestRefused when the text is none that DynamoDB stores."""
    try:
        found = Decimal(text.strip())
    except DecimalException:
        found = Decimal("NaN")
    if not found.is_finite():
        raise invalid(f"The parameter cannot be converted to a numeric value: {text}")
    found = found.normalize(Context(prec=max(DIGITS, len(text))))
    if len(found.as_tuple().digits) > DIGITS:
        raise invalid(f"Attempting to store more than {DIGITS} significant digits in a Number")
    if found and found.adjusted() > LARGEST:
        raise invalid("Number overflow. Attempting to store a number with magnitude larger than supported range")
    if found and found.adjusted() < SMALLEST:
        raise invalid("Number underflow. Attempting to store a number with magnitude smaller than supported range")
    return found


def number_text(value: Decimal) -> str:
    """Write a number as DynamoDB returns it: no exponent, no zeros that say nothing."""
    return format(value.normalize(EXACT), "f") if value else "0"


def bytes_of(plain: Any) -> bytes:
    """Return bytes, which JSON carries in Base64."""
    if isinstance(plain, bytes | bytearray):
        return bytes(plain)
    try:
        return base64.b64decode(plain, validate=True)
    except (binascii.Error, TypeError, ValueError):
        raise invalid("Invalid Base64 content of a binary value") from None


def comparable(value: Value) -> Any:
    """Return what Python compares as DynamoDB compares values of this type: text by code points, numbers by size."""
    ((kind, plain),) = value.items()
    match kind:
        case "N":
            return number(plain)
        case "B":
            return bytes_of(plain)
        case "SS":
            return frozenset(plain)
        case "NS":
            return frozenset(map(number, plain))
        case "BS":
            return frozenset(map(bytes_of, plain))
        case "M":
            return {name: (next(iter(one)), comparable(one)) for name, one in plain.items()}
        case "L":
            return [(next(iter(one)), comparable(one)) for one in plain]
    return plain


def equal(one: Value, other: Value) -> bool:
    """Whether two values are equal: of one type, sets in any order, numbers however they are written."""
    return one == other or (one.keys() == other.keys() and bool(comparable(one) == comparable(other)))


def plain(value: Value) -> Any:
    """Return a value as Python has it: numbers are Decimals, sets are sets, binary values bytes."""
    ((kind, content),) = value.items()
    match kind:
        case "M":
            return {name: plain(one) for name, one in content.items()}
        case "L":
            return [plain(one) for one in content]
        case "NULL":
            return None
        case "N":
            return Decimal(content)
        case "NS":
            return set(map(Decimal, content))
        case "SS" | "BS":
            return set(comparable(value))
    return comparable(value)
