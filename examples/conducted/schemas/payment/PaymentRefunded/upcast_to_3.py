"""PaymentRefunded 2.x told as 3.0: the amount may be missing, and is not."""

from typing import Any


def upcast(fields: dict[str, Any]) -> dict[str, Any]:
    return dict(fields)
