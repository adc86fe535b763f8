"""PaymentCharged 2.x told as 3.0: what the next steps need is not passed on any more."""

from typing import Any


def upcast(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: fields[name] for name in ("order_id", "amount")}
