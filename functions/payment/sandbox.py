"""A payment provider in memory, with the habits of a real one: it declines, times out and forgets keys."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from functions.kit.errors import Unavailable
from functions.payment.domain import Outcome

NO_ANSWER = "the payment provider did not answer in time"


@dataclass(frozen=True, slots=True)
class Entry:
    """Money that moved: `kind` is "charge" or "refund"; `charge_key` is the charge that a refund gives back."""

    key: str
    kind: str
    minor_units: int
    currency: str
    charge_key: str = ""


class SandboxProvider:
    """Declines the token "tok_declined" and amounts over `limit`; "tok_timeout" charges, then times out once.

    "tok_outage" is of a bank that is down: nothing is answered or done until `outage` seconds after it was first asked.

    `limit`: in the smallest unit of whatever currency.
    `key_lifetime`: seconds for which a repeated key gets the first answer again; afterwards it is new.
    `now` returns the time in seconds since 1970.
    """

    def __init__(
        self,
        now: Callable[[], float],
        limit: int = 100_000,
        key_lifetime: float = 24 * 3600,
        outage: float = 20 * 60,
    ) -> None:
        self.ledger: list[Entry] = []
        self.key_lifetime = key_lifetime
        self._now = now
        self._limit = limit
        self.outage = outage
        self._first_asked: dict[str, float] = {}
        self._moved: dict[str, Entry] = {}
        self._answers: dict[str, tuple[float, Outcome]] = {}
        self._lock = Lock()

    def charge(self, key: str, minor_units: int, currency: str, token: str) -> Outcome:
        """Charge the card behind `token`, or decline. Raises Unavailable when no answer comes; it may be done then."""
        with self._lock:
            answer = self._earlier_answer(key)
            if answer is not None:
                return answer
            if token == "tok_outage" and self._now() < self._first_asked.setdefault(key, self._now()) + self.outage:
                raise Unavailable(NO_ANSWER)
            answer = self._decide(minor_units, token)
            if answer.accepted:
                self._record(Entry(key, "charge", minor_units, currency), answer)
            else:
                self._answers[key] = (self._now(), answer)
        if token == "tok_timeout":
            raise Unavailable(NO_ANSWER)
        return answer

    def refund(self, key: str, minor_units: int, currency: str, charge_key: str) -> None:
        """Give back money of a charge. The charge is taken at its word: on AWS another process may have made it."""
        with self._lock:
            if self._earlier_answer(key) is None:
                entry = Entry(key, "refund", minor_units, currency, charge_key)
                self._record(entry, Outcome(accepted=True))

    def find(self, key: str) -> Entry | None:
        """Return the money that moved under this key, however long ago."""
        return self._moved.get(key)

    def _record(self, entry: Entry, answer: Outcome) -> None:
        self.ledger.append(entry)
        self._moved[entry.key] = entry
        self._answers[entry.key] = (self._now(), answer)

    def _earlier_answer(self, key: str) -> Outcome | None:
        answered_at, answer = self._answers.get(key, (0.0, None))
        return answer if self._now() - answered_at <= self.key_lifetime else None

    def _decide(self, minor_units: int, token: str) -> Outcome:
        if token == "tok_declined":
            return Outcome(accepted=False, reason="card declined")
        if minor_units > self._limit:
            return Outcome(accepted=False, reason="amount over the limit")
        return Outcome(accepted=True)
