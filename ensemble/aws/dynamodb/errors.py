"""What DynamoDB refuses, with its codes and words, and what this model of it does not know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ensemble.aws.errors import AwsError

TOO_LARGE = "Item size has exceeded the maximum allowed size"
WRONG_KEY = "The provided key element does not match the schema"


class RequestRefused(AwsError):
    """Raised when DynamoDB would refuse a request.

    `reasons`: of a cancelled transaction, one for each action. `item`: the item that a condition met, if asked for.
    """

    def __init__(
        self,
        code: str,
        message: str,
        reasons: Sequence[Mapping[str, Any]] = (),
        item: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(code, message)
        self.reasons, self.item = reasons, item


class NotModelled(Exception):
    """Raised for what this model of DynamoDB does not know: it never guesses."""


def invalid(message: str) -> RequestRefused:
    """Return the refusal of a request that is wrong in itself."""
    return RequestRefused("ValidationException", message)


def wrong_value(message: str) -> RequestRefused:
    """Return the refusal of a request with a wrong value."""
    return invalid(f"One or more parameter values were invalid: {message}")


LEGACY = frozenset(
    {
        "AttributesToGet",
        "AttributeUpdates",
        "ConditionalOperator",
        "Expected",
        "KeyConditions",
        "QueryFilter",
        "ScanFilter",
    }
)
"""What expressions have taken the place of (Amazon DynamoDB Developer Guide, "Legacy conditional parameters")."""


def know(request: Mapping[str, Any]) -> None:
    """Raise NotModelled when a request has parameters from before there were expressions."""
    if not LEGACY.isdisjoint(request):
        raise NotModelled(f"legacy parameters are not modelled, write expressions: {sorted(LEGACY & request.keys())}")
