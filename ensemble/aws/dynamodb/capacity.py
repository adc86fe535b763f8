"""Units of capacity that a request takes (Amazon DynamoDB Developer Guide, "DynamoDB read and write operations")."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

OF_READ, OF_WRITE = 4_096, 1_024
"""Bytes that one unit reads consistently, and writes."""

TRANSACTIONAL = 2
"""How many times as much a transaction takes."""


def read_units(size: int, consistent: bool) -> float:
    """Return what reading so many bytes takes."""
    return max(1, -(-size // OF_READ)) * (1.0 if consistent else 0.5)


def write_units(size: int) -> float:
    """Return what writing an item takes, whose larger image has so many bytes."""
    return float(max(1, -(-size // OF_WRITE)))


def consumed(request: Mapping[str, Any], units: Mapping[str, float]) -> list[dict[str, Any]]:
    """Return what is said of the units by table; nothing when a request does not ask for it."""
    asked = request.get("ReturnConsumedCapacity", "NONE")
    if asked == "NONE":
        return []
    details = [{"TableName": table, "CapacityUnits": number} for table, number in units.items()]
    if asked == "INDEXES":
        details = [{**one, "Table": {"CapacityUnits": one["CapacityUnits"]}} for one in details]
    return details
