"""Which answers are worth another attempt, when, and how many: botocore's standard mode (botocore documentation,
"Retries"; AWS SDKs and Tools Reference Guide, "Retry behavior")."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, cast

from botocore import exceptions as botocore
from botocore.exceptions import ClientError, HTTPClientError

ATTEMPTS = 3

THROTTLED = frozenset(
    (
        *("BandwidthLimitExceeded", "EC2ThrottledException", "LimitExceededException", "PriorRequestNotComplete"),
        *("ProvisionedThroughputExceededException", "RequestLimitExceeded", "RequestThrottled"),
        *("RequestThrottledException", "SlowDown", "ThrottledException", "Throttling", "ThrottlingException"),
        *("TooManyRequestsException", "TransactionInProgressException"),
    )
)
TRANSIENT = frozenset(("ReplicatedWriteConflictException", "RequestTimeout", "RequestTimeoutException"))
TRANSIENT_STATUSES = (500, 502, 503, 504)
TOO_MANY_REQUESTS = 429

MOST_TOKENS, COST, COST_OF_THROTTLED, GAIN = 500, 14, 5, 1
"""What a client may spend on attempts, what one costs, and what each success without another attempt earns."""

BASE_OF_THROTTLED, LONGEST_PAUSE, LONGEST_ADDED = 1.0, 20.0, 5.0
"""Seconds: the longest after a first attempt that was throttled, after any, and what a service may add."""


def is_throttled(fault: Exception) -> bool:
    """Whether AWS says that there were too many requests."""
    if not isinstance(fault, ClientError):
        return False
    return _code(fault) in THROTTLED or _status(fault) == TOO_MANY_REQUESTS


def is_transient(fault: Exception) -> bool:
    """Whether the same request may do better now."""
    if not isinstance(fault, ClientError):
        return isinstance(fault, botocore.ConnectionError | HTTPClientError)
    return _code(fault) in TRANSIENT or _status(fault) in TRANSIENT_STATUSES


class Quota:
    """What a client may still spend on further attempts: where all fail, asking thrice would be thrice the load."""

    def __init__(self) -> None:
        self._tokens = MOST_TOKENS

    def acquire(self, fault: Exception) -> int:
        """Take what an attempt after this fault costs, and return it; 0 when there is too little left."""
        cost = COST_OF_THROTTLED if is_throttled(fault) else COST
        if cost > self._tokens:
            return 0
        self._tokens -= cost
        return cost

    def release(self, spent: int) -> None:
        """Give back after a success what its last attempt cost, or earn a little when it was the first."""
        self._tokens = min(MOST_TOKENS, self._tokens + (spent or GAIN))


def pause_seconds(fault: Exception, attempt: int, base: float, chance: float) -> float:
    """Return the seconds to wait after an attempt; the first is 1.

    `base`: the longest after a first attempt that met no throttling. `chance`: from 0 to 1, so that those who failed
    together do not meet again. What a service asks for is waited instead where it is longer, within bounds.
    """
    longest = min((BASE_OF_THROTTLED if is_throttled(fault) else base) * 2.0 ** (attempt - 1), LONGEST_PAUSE)
    waited = chance * longest
    asked = str(_metadata(fault).get("HTTPHeaders", {}).get("x-amz-retry-after"))
    return max(waited, min(int(asked) / 1_000, waited + LONGEST_ADDED)) if asked.isdecimal() else waited


def pause(seconds: float) -> None:
    """Wait. Whoever runs functions in virtual time replaces this function."""
    time.sleep(seconds)


def _code(fault: ClientError) -> str:
    return str(fault.response.get("Error", {}).get("Code"))


def _status(fault: ClientError) -> int | None:
    return _metadata(fault).get("HTTPStatusCode")


def _metadata(fault: Exception) -> Mapping[str, Any]:
    return (
        cast("Mapping[str, Any]", fault.response.get("ResponseMetadata", {})) if isinstance(fault, ClientError) else {}
    )
