"""How large an item is to DynamoDB (Amazon DynamoDB Developer Guide, "DynamoDB item sizes and formats")."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

MAXIMUM_BYTES = 400 * 1024
"""The largest item."""

OF_COLLECTION = 3
"""What a map or a list counts beside its parts, each of which counts one more."""


def item_bytes(item: Mapping[str, Any]) -> int:
    """Return the size of an item: the names and the values of its attributes."""
    texts, others = [*item], 0
    for value in item.values():
        if "S" in value:  # as most are
            texts.append(value["S"])
        else:
            others += _value(value)
    return others + _text("".join(texts))


def _text(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode())


def _value(value: Mapping[str, Any]) -> int:
    ((kind, plain),) = value.items()
    match kind:
        case "S":
            return _text(plain)
        case "N":
            return _number(plain)
        case "SS":
            return sum(map(_text, plain))
        case "NS":
            return sum(map(_number, plain))
        case "B":
            return _binary(plain)
        case "BS":
            return sum(map(_binary, plain))
        case "M":
            return OF_COLLECTION + len(plain) + item_bytes(plain)
        case "L":
            return OF_COLLECTION + len(plain) + sum(map(_value, plain))
    return 1


@lru_cache(4096)
def _number(text: str) -> int:
    """Return about how many bytes a number takes: one for two significant digits, one, and one for a sign."""
    digits = text.lstrip("-").replace(".", "").strip("0")
    return (max(1, len(digits)) + 1) // 2 + 1 + text.startswith("-")


def _binary(value: str | bytes) -> int:
    """Return the length of bytes, which botocore writes in Base64."""
    return len(value) if isinstance(value, bytes) else len(value) * 3 // 4 - value.count("=")
