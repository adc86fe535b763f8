"""What writers of the same item meet: transactions that overlap on it, and more units than it takes a second."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ensemble.limits.items import Place, Write
from ensemble.limits.quotas import ITEM_WRITES

BURST = 0.25
"""Seconds whose unused units an item may use later. DynamoDB keeps up to five minutes of them and promises none."""

CONFLICT, THROTTLED = "TransactionConflict", "ThrottlingError"
"""The reasons that a cancelled transaction gives (DynamoDB API Reference, TransactWriteItems)."""


class Contention:
    """The items that transactions hold, and what is left of each item's units."""

    def __init__(self) -> None:
        self._held: set[Place] = set()
        self._left: dict[Place, tuple[float, float]] = {}
        self.units: Counter[Place] = Counter()
        self.conflicts: Counter[Place] = Counter()
        self.throttled: Counter[Place] = Counter()

    def reasons(self, writes: Sequence[Write], now: float) -> list[str] | None:
        """Return why each of some writes cannot be done now ("None": it could), or None when all can.

        What is done takes its units; what is not takes none, though DynamoDB may count some.
        """
        reasons = [self._conflict(write) or self._throttling(write, now) or "None" for write in writes]
        if any(reason != "None" for reason in reasons):
            return reasons
        for write in writes:
            self._take(write.place, write.units, now)
            for place, units in write.listed.items():
                self._take(place, units, now)
        return None

    def hold(self, writes: Sequence[Write]) -> None:
        """Let a transaction hold its items."""
        self._held.update(write.place for write in writes)

    def let_go(self, writes: Sequence[Write]) -> None:
        """Let a transaction's items go."""
        self._held.difference_update(write.place for write in writes)

    def _conflict(self, write: Write) -> str | None:
        if write.place not in self._held:
            return None
        self.conflicts[write.place] += 1
        return CONFLICT

    def _throttling(self, write: Write, now: float) -> str | None:
        places = {write.place: write.units, **write.listed}
        short = [place for place, units in places.items() if self._in(place, now) < min(units, ITEM_WRITES * BURST)]
        self.throttled.update(short)
        return THROTTLED if short else None

    def _in(self, place: Place, now: float) -> float:
        left, at = self._left.get(place, (ITEM_WRITES * BURST, now))
        return min(ITEM_WRITES * BURST, left + (now - at) * ITEM_WRITES)

    def _take(self, place: Place, units: int, now: float) -> None:
        self._left[place] = self._in(place, now) - units, now
        self.units[place] += units
