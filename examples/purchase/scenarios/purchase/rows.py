"""Reads what DynamoDB holds: the state of a row, and the amount of a counter."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def state_of(item: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the state in a row; a row that only remembers what it has handled has none."""
    return dict(json.loads(item["state"]["S"]) or {}) if item and "state" in item else {}


def amount_of(item: Mapping[str, Any] | None) -> int:
    """Return what a counter holds: 0, if it is not there."""
    return int(item["amount"]["N"]) if item else 0
