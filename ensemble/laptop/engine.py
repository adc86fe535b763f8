"""Runs what is due, one action at a time and in order of time, on a real or a virtual clock."""

from __future__ import annotations

import heapq
import math
import threading
from collections.abc import Callable
from itertools import count

from ensemble.laptop.clock import Clock

HOP_SECONDS = 0.002
"""How long each hop takes here (rule to queue, queue to function, stream to function), so that hops are ordered.

AWS takes longer, and promises nothing.
"""

Action = Callable[[], None]


class Appointment:
    """Something due once; it is pending until it is done or cancelled."""

    __slots__ = ("action", "due", "in_background", "is_pending")

    def __init__(self, due: float, action: Action, in_background: bool) -> None:
        self.due, self.action, self.in_background, self.is_pending = due, action, in_background, True


class Engine:
    """Holds what is due. `lock` guards everything the laptop AWS holds: whoever touches it holds the lock.

    What is done in the background (schedules) happens when time passes but does not keep the engine busy.
    `rest` is called whenever code that is not the engine's own may run next.
    """

    def __init__(self, clock: Clock, rest: Action = lambda: None, lock: threading.Condition | None = None) -> None:
        self.clock = clock
        self.lock = lock or threading.Condition()
        self.rest = rest
        self._due: list[tuple[float, int, Appointment]] = []
        self._order = count()
        self._busy = 0
        self._stopped = False

    def after(self, seconds: float, action: Action) -> Appointment:
        """Do the action that many seconds from now."""
        return self.at(self.clock.now() + seconds, action)

    def at(self, instant: float, action: Action, *, in_background: bool = False) -> Appointment:
        """Do the action at the instant (now, if it has passed), after all that is due before or was asked before."""
        appointment = Appointment(instant, action, in_background)
        with self.lock:
            heapq.heappush(self._due, (instant, next(self._order), appointment))
            if not in_background:
                self._busy += 1
            self.lock.notify_all()
        return appointment

    def cancel(self, appointment: Appointment) -> None:
        """Let a pending appointment never happen."""
        if appointment.is_pending:
            self._settle(appointment)

    def is_idle(self) -> bool:
        """Whether nothing is due but background work."""
        return self._busy == 0

    def stop(self) -> None:
        """Make the present run return after the action under way; callable from any thread."""
        with self.lock:
            self._stopped = True
            self.lock.notify_all()

    def run(self, is_done: Callable[[], bool], deadline: float = math.inf) -> bool:
        """Do what is due until `is_done`, the deadline or `stop`; return whether it is done.

        A virtual clock is at the deadline afterwards, unless done before. With no deadline and nothing
        due, a real clock waits for a request from another thread; a virtual one returns.
        """
        with self.lock:
            self._stopped = False
            try:
                while not is_done():
                    if self._stopped or not self._turn(deadline):
                        return is_done()
                return True
            finally:
                self.rest()

    def _turn(self, deadline: float) -> bool:
        """Do one due action, or wait for it; return whether there may be more before the deadline."""
        due = self._next_due()
        instant = min(due, deadline)
        if instant > self.clock.now():
            return self._wait(instant)
        if due > deadline:
            return False
        appointment = heapq.heappop(self._due)[2]
        self._settle(appointment)
        appointment.action()
        return True

    def _wait(self, instant: float) -> bool:
        if self.clock.is_virtual:
            if math.isinf(instant):
                return False
        else:
            self.rest()
        self.clock.wait_until(instant, self.lock)
        return True

    def _next_due(self) -> float:
        while self._due and not self._due[0][2].is_pending:
            heapq.heappop(self._due)
        return self._due[0][0] if self._due else math.inf

    def _settle(self, appointment: Appointment) -> None:
        appointment.is_pending = False
        if not appointment.in_background:
            self._busy -= 1
