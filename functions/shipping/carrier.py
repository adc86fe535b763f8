"""The carrier's client: hands a parcel over by HTTP, once for each key, however often it is asked."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from urllib3 import PoolManager, Retry, Timeout
from urllib3.exceptions import HTTPError, InvalidHeader, NewConnectionError
from urllib3.exceptions import TimeoutError as NoAnswerInTime

from functions.kit.errors import EnsembleError, Unavailable
from functions.shipping.domain import Outcome, Ship

LONGEST_ANSWER = 16_384
"""Bytes of an answer that are read; the carrier's own are a few hundred."""

LONGEST_REASON, LONGEST_NUMBER, LONGEST_CODE = 256, 64, 64
"""Characters: of a reason in ShipmentFailed, of a tracking number in ShipmentCreated, of a code in a log line."""

ASK_AGAIN = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.CONFLICT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS)
"""Statuses below 500 that decide nothing: 408 and 409 (RFC 9110, 15.5), 425 (RFC 8470, 5.2), 429 (RFC 6585, 4).

409: a request under the same key is still under way (draft-ietf-httpapi-idempotency-key-header, 2.7).
"""


class CarrierMisunderstood(EnsembleError):
    """Raised when the carrier refuses the request as such, or answers what is not in its interface: a person must look.

    The message has the status and, where there is one, the carrier's code. It has no other text of the carrier, which
    may quote an address: the messages of an EnsembleError are logged.
    """


class Carrier:
    """The adapter of the effect Ship. It asks once: whether to ask again is the kit's decision.

    `url`: the carrier's interface. `key` returns the secret that the carrier knows us by; it is called at each
    request. `timeout_seconds`: until there is a connection and an answer begins. Looking up the name of the host comes
    on top, and so does an answer that comes in drops.

    The certificate of the carrier is checked with the certificates of the system, which are loaded at the first
    connection (urllib3 documentation, "Certificate verification").
    """

    def __init__(self, url: str, key: Callable[[], str], timeout_seconds: float) -> None:
        self._url, self._key, self._timeout_seconds = url.rstrip("/"), key, timeout_seconds
        self._pool = PoolManager(retries=False, timeout=Timeout(total=timeout_seconds))

    def ship(self, ship: Ship) -> Outcome:
        """Hand the parcel over once, however often called.

        Raises Unavailable when the outcome is not known: the carrier may have taken the parcel. Raises
        CarrierMisunderstood when to ask again does not help.
        """
        status, content, retry_after = self._ask(ship)
        if status in (HTTPStatus.OK, HTTPStatus.CREATED):
            return Outcome(accepted=True, tracking_number=_tracking_number(status, content))
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in ASK_AGAIN:
            raise Unavailable(f"the carrier answered {status}", retry_after)
        if content.get("error") == "declined":
            return Outcome(accepted=False, reason=_reason(content))
        raise CarrierMisunderstood(f"the carrier answered {status}{_code(content)}")

    def _ask(self, ship: Ship) -> tuple[int, Mapping[str, Any], float | None]:
        """Return the status and the content of the answer, and in how many seconds to ask again, if it says so."""
        headers = {
            "Authorization": f"Bearer {self._key()}",
            "Content-Type": "application/json",
            "Idempotency-Key": quote(ship.key),  # a header has no more than ASCII
        }
        body = json.dumps({"items": ship.items, "address": ship.address})
        url = f"{self._url}/parcels"
        try:
            response = self._pool.request(
                "POST", url, body=body, headers=headers, redirect=False, preload_content=False
            )
            try:
                content = _content(response.read(LONGEST_ANSWER))
                return response.status, content, _retry_after(response.headers.get("Retry-After"))
            finally:
                response.close()
        except HTTPError as error:
            raise self._unavailable(error) from None  # what urllib3 raises says the address of the carrier

    def _unavailable(self, error: HTTPError) -> Unavailable:
        """Return what it means that there is no answer. urllib3 counts a refused connection among the time-outs."""
        if isinstance(error, NoAnswerInTime) and not isinstance(error, NewConnectionError):
            return Unavailable(f"the carrier did not answer within {self._timeout_seconds:g} s")
        return Unavailable(f"the carrier cannot be reached: {type(error).__name__}")


def _retry_after(header: str | None) -> float | None:
    """Return the seconds in a Retry-After header, which holds them or a date (RFC 9110, 10.2.3); None for neither."""
    try:
        return None if header is None else Retry().parse_retry_after(header)
    except (InvalidHeader, ValueError):
        return None


def _content(body: bytes) -> Mapping[str, Any]:
    """Return the fields of an answer; none where it has none."""
    try:
        content = json.loads(body)
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _tracking_number(status: int, content: Mapping[str, Any]) -> str:
    number = content.get("tracking_number")
    if not isinstance(number, str) or not 0 < len(number) <= LONGEST_NUMBER:
        raise CarrierMisunderstood(f"the carrier answered {status} without a tracking number")
    return number


def _reason(content: Mapping[str, Any]) -> str:
    """Return the carrier's words to the customer, as far as an event has room for them."""
    text = "".join(letter for letter in str(content.get("reason", "")) if letter.isprintable())
    return text[:LONGEST_REASON] or "the carrier declined"


def _code(content: Mapping[str, Any]) -> str:
    """Return the carrier's code for what is wrong, in parentheses, if it is one and no text."""
    code = content.get("error")
    is_code = isinstance(code, str) and code.isidentifier() and len(code) <= LONGEST_CODE
    return f" ({code})" if is_code else ""
