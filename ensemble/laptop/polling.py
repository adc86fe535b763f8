"""When an event source mapping polls next."""

from __future__ import annotations

import math
from collections.abc import Callable
from threading import get_ident

from ensemble.laptop.engine import Appointment, Engine


class Polling:
    """Keeps the next poll of a mapping: the earliest that was asked for.

    `poll` handles what there is. `following` returns the instant of the poll to come after it, or infinity. It alone
    decides that: what is asked for in a poll is not heard, so that a function that feeds its own source does not hasten
    a retry. While a poll is outside (`Engine.outside`) others may be begun, if there may be so many `at_once`.
    """

    def __init__(
        self,
        engine: Engine,
        poll: Callable[[], None],
        following: Callable[[], float],
        at_once: float = 1,
        *,
        is_enabled: bool = True,
    ) -> None:
        self._engine = engine
        self._poll, self._following = poll, following
        self._at_once, self._is_enabled = at_once, is_enabled
        self._next: Appointment | None = None
        self._under_way: set[int] = set()
        """The threads that are in a poll."""

    @property
    def is_enabled(self) -> bool:
        """Whether it polls. While it does not, what has arrived waits."""
        return self._is_enabled

    @is_enabled.setter
    def is_enabled(self, value: bool) -> None:
        self._is_enabled = value
        self.at(self._following())

    def at(self, instant: float) -> None:
        """Poll at the instant, unless a poll is due before it, or this is asked in one."""
        if get_ident() not in self._under_way:
            self._ask(instant)

    def _ask(self, instant: float) -> None:
        if not self._is_enabled or len(self._under_way) >= self._at_once or math.isinf(instant):
            return
        if self._next is not None and self._next.is_pending:
            if self._next.due <= instant:
                return
            self._engine.cancel(self._next)
        self._next = self._engine.at(instant, self._run)

    def _run(self) -> None:
        if not self._is_enabled:  # it was when the poll was asked for
            return
        self._under_way.add(get_ident())
        try:
            with self._engine.when_outside(lambda: self._ask(self._following())):
                self._poll()
        finally:
            self._under_way.remove(get_ident())
        following = self._following()
        if self._next is not None and math.isinf(following):
            self._engine.cancel(self._next)  # asked for meanwhile, for what is handled now
        self._ask(following)
