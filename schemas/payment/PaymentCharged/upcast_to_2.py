"""PaymentCharged 1.x told as 2.0: euros with two decimals become cents with their currency."""

from typing import Any


def upcast(fields: dict[str, Any]) -> dict[str, Any]:
    return {**fields, "amount": {"minor_units": round(fields["amount"] * 100), "currency": "EUR"}}
