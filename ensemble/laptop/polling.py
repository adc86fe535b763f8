"""When an event source mapping polls next."""

from __future__ import annotations

import math
from collections.abc import Callable

from ensemble.laptop.engine import Appointment, Engine


class Polling:
    """Keeps the next poll of a mapping: the earliest that was asked for.

    `poll` returns the instant of the poll to follow, or infinity. It alone decides that: what is asked for
    while it is under way is not heard, so that a function that feeds its own source does not hasten a retry.
    """

    def __init__(self, engine: Engine, poll: Callable[[], float]) -> None:
        self._engine = engine
        self._poll = poll
        self._next: Appointment | None = None
        self._is_under_way = False

    def at(self, instant: float) -> None:
        """Poll at the instant, unless a poll is due before it or one is under way."""
        if self._is_under_way or math.isinf(instant):
            return
        if self._next is not None and self._next.is_pending:
            if self._next.due <= instant:
                return
            self._engine.cancel(self._next)
        self._next = self._engine.at(instant, self._run)

    def _run(self) -> None:
        self._is_under_way = True
        try:
            following = self._poll()
        finally:
            self._is_under_way = False
        self.at(following)
