"""Charges and refunds at the payment provider so that a repeated attempt never moves money twice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from functions.payment.domain import Charge, Outcome, Refund
from functions.payment.sandbox import Entry, SandboxProvider

MARGIN = 3600.0
"""Seconds before the provider forgets a key from which on we no longer trust it: clocks differ."""


class Gateway:
    """The adapter of the effects Charge and Refund.

    The provider takes a repeated key for the same request, but forgets keys; an attempt that may be
    older than that looks the key up first. `now` returns the time in seconds since 1970.
    """

    def __init__(self, provider: SandboxProvider, now: Callable[[], float]) -> None:
        self._provider = provider
        self._now = now

    @property
    def ledger(self) -> Sequence[Entry]:
        """All money that moved, oldest first."""
        return self._provider.ledger

    def charge(self, charge: Charge) -> Outcome:
        """Charge once, however often called. Raises Unavailable when the outcome is not known."""
        if self._has_happened(charge.key, charge.since):
            return Outcome(accepted=True)
        return self._provider.charge(charge.key, charge.minor_units, charge.currency, charge.token)

    def refund(self, refund: Refund) -> None:
        """Refund once, however often called."""
        if not self._has_happened(refund.key, refund.since):
            self._provider.refund(refund.key, refund.minor_units, refund.currency, refund.charge_key)

    def _has_happened(self, key: str, since: str) -> bool:
        age = self._now() - datetime.fromisoformat(since).timestamp()
        return age > self._provider.key_lifetime - MARGIN and self._provider.find(key) is not None
