"""OrderCompleted 1.x told as 2.0: euros with two decimals become cents with their currency."""

from typing import Any


def upcast(fields: dict[str, Any]) -> dict[str, Any]:
    return {**fields, "total": {"minor_units": round(fields["total"] * 100), "currency": "EUR"}}
