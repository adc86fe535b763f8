"""What an item counts towards DynamoDB's limit (DynamoDB Developer Guide, "DynamoDB Item sizes and formats")."""

from __future__ import annotations

from typing import Any

MAXIMUM_BYTES = 400 * 1024
"""The largest item."""

OF_COLLECTION = 3
"""What a map or a list counts beside its parts, each of which counts one more."""


def item_bytes(item: dict[str, Any]) -> int:
    """Return the size of an item: the names and the values of its attributes."""
    return sum(_text(name) + _value(value) for name, value in item.items())


def _text(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode())


def _value(value: dict[str, Any]) -> int:
    ((kind, plain),) = value.items()
    match kind:
        case "S":
            return _text(plain)
        case "N":
            return (len(plain) + 1) // 2 + 1
        case "SS":
            return sum(map(_text, plain))
        case "M":
            return OF_COLLECTION + len(plain) + item_bytes(plain)
        case "L":
            return OF_COLLECTION + len(plain) + sum(map(_value, plain))
    return 1
