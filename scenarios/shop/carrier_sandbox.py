"""The carrier as demo, `up` and tests have it: the carrier in memory behind HTTP."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import unquote

from ensemble.scenario.http_sandbox import Answer, HttpSandbox, Request
from ensemble.scenario.sandboxes import Settings
from functions.shipping.domain import Outcome
from scenarios.shop.carrier import CarrierInMemory, Parcel, Trouble

KEY = "sandbox-key"
"""The secret that it takes."""

TIMEOUT_SECONDS = 0.5
"""How long services wait for it, unless a test makes it shorter."""


class CarrierSandbox(HttpSandbox):
    """Takes parcels by `POST /parcels`. `carrier` is what it has taken, and what goes wrong with it."""

    def __init__(self, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        self.carrier = CarrierInMemory()
        self._timeout_seconds = timeout_seconds
        super().__init__()

    @property
    def settings(self) -> Settings:
        """Its address, its key, and how long to wait for it."""
        timeout = self._timeout_seconds
        return {"shipping": {"carrier_url": self.url, "carrier_timeout_seconds": timeout, "carrier_key": KEY}}

    @property
    def parcels(self) -> Sequence[Parcel]:
        """All parcels, oldest first."""
        return self.carrier.parcels

    def answer(self, request: Request) -> Answer | None:
        """Take a parcel, unless there is trouble."""
        if request.headers.get("authorization") != f"Bearer {KEY}":
            return Answer(401, {"error": "unknown_key"})
        key, address = unquote(request.headers.get("idempotency-key", "")), _address(request.content)
        if (request.method, request.path) != ("POST", "/parcels") or not key or address is None:
            return Answer(400, {"error": "no_parcel", "message": f"what is this: {request.content}"})
        trouble = self.carrier.trouble_of(key, address)
        if trouble is Trouble.DOWN:
            return Answer(503)
        if trouble is Trouble.SLOW:
            request.outlast()
        outcome = self.carrier.take(key, address)
        if trouble is Trouble.SILENT:
            request.outlast()
        return _answer(outcome)


def _address(content: Any) -> Mapping[str, Any] | None:
    """Return the address in a request; None when it has none."""
    address = content.get("address") if isinstance(content, dict) else None
    is_one = isinstance(address, dict) and {"country", "postcode", "street"} <= address.keys()
    return address if is_one else None


def _answer(outcome: Outcome) -> Answer:
    if outcome.accepted:
        return Answer(201, {"tracking_number": outcome.tracking_number})
    return Answer(422, {"error": "declined", "reason": outcome.reason})
