"""What an AWS service says instead of doing what it was asked, and what a function meets when it is cut off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

THROTTLED = "ThrottlingException"

RETRIED = frozenset(
    {
        *(THROTTLED, "ProvisionedThroughputExceededException"),
        *("InternalServerError", "InternalFailure", "InternalException"),
    }
)
"""What botocore's standard retry mode asks again after (botocore documentation, "Retries")."""


class Refused(Exception):
    """An error response. `reasons`: why each write of a transaction was cancelled. `item`: what a condition met."""

    def __init__(
        self,
        code: str,
        message: str = "",
        reasons: Sequence[Mapping[str, Any]] = (),
        item: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(f"{code}: {message}" if message else code)
        self.code, self.message, self.reasons, self.item = code, message, reasons, item

    @property
    def status(self) -> int:
        """The HTTP status."""
        return 500 if self.code.startswith("Internal") else 400

    def body(self) -> dict[str, Any]:
        """Return the response as the JSON protocols of AWS carry it."""
        body: dict[str, Any] = {"__type": f"simulated#{self.code}", "message": self.message}
        return body | self.details

    @property
    def details(self) -> dict[str, Any]:
        """What the response has beside its code and its message."""
        details: dict[str, Any] = {"CancellationReasons": list(self.reasons)} if self.reasons else {}
        return details if self.item is None else details | {"Item": self.item}


class NoAnswer(Exception):
    """The answer to a request was lost, whether or not it was carried out."""


class Crash(BaseException):
    """The end of an execution environment in the middle of an invocation. Nothing that a function does stops it."""


class NotSimulated(BaseException):
    """A request that the simulator does not know: teach it, and its conformance suite. Nothing stops it."""
