"""Runs what is due, one action at a time and in order of time, on a real or a virtual clock."""

from __future__ import annotations

import heapq
import math
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count

from ensemble.laptop.clock import Clock
from ensemble.laptop.stand_ins import StandIns

HOP_SECONDS = 0.002
"""How long each hop takes here (rule to queue, queue to function, stream to function), so that hops are ordered.

AWS takes longer, and promises nothing.
"""

SECONDS_AFTER_A_LEAP = 1.0
"""What comes due so soon after a leap is taken to follow from what came due in it."""

Action = Callable[[], None]


class Appointment:
    """Something due once; it is pending until it is done or cancelled."""

    __slots__ = ("action", "due", "in_background", "is_pending")

    def __init__(self, due: float, action: Action, in_background: bool) -> None:
        self.due, self.action, self.in_background, self.is_pending = due, action, in_background, True


class Leap:
    """Time that is let pass at once, up to an instant: what is due until then is done in order, each at its time."""

    __slots__ = ("is_over", "until")

    def __init__(self, until: float) -> None:
        self.until, self.is_over = until, False


class Engine:
    """Holds what is due. `lock` guards everything the laptop AWS holds: whoever touches it holds the lock.

    What is done in the background (schedules) happens when time passes but does not keep the engine busy.
    `rest` is called whenever code that is not the engine's own may run next, `between` between two actions of a
    stand-in. An action may go `outside` to wait; the engine then goes on without it.
    """

    def __init__(self, clock: Clock, rest: Action = lambda: None, lock: threading.Condition | None = None) -> None:
        self.clock = clock
        self.lock = lock or threading.Condition()
        self.rest = rest
        self._due: list[tuple[float, int, Appointment]] = []
        self._order = count()
        self._busy = 0
        self._stopped = False
        self.between: Action = lambda: None
        self._stand_ins = StandIns(self._stand_in)
        self._outside = 0
        self._back = 0
        self._counting = threading.Lock()
        self._when_outside: dict[int, Action] = {}
        self._leap: Leap | None = None
        self._leaped = 0.0
        self._is_ended = False
        self._fault: BaseException | None = None

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
        """Whether nothing is due but background work, and nothing waits outside."""
        return self._busy == 0 and self._outside == 0

    def can_be_replaced(self) -> bool:
        """Whether nobody waits outside, or for a leap, so that another engine can take this one's place."""
        return self._outside == 0 and self._leap is None

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
            self._stand_ins.take_over()
            seconds = deadline - self._leaped  # a leap takes nothing of the time that a run has
            try:
                while not is_done():
                    if self._stopped or not self._turn(seconds + self._leaped):
                        return is_done()
                return True
            finally:
                self._stand_ins.stop()
                self.rest()

    def leap(self, seconds: float) -> Leap:
        """Let so much time pass at once, from any thread, after the leap under way if there is one.

        Whoever runs the engine makes it, while nothing is outside. It is over when what follows from it within
        `SECONDS_AFTER_A_LEAP` is done too.
        """
        with self.lock:
            self.lock.wait_for(lambda: self._leap is None)
            self._leap = leap = Leap(self.clock.now() + seconds)
            self.lock.notify_all()
            return leap

    @contextmanager
    def outside(self) -> Iterator[None]:
        """Let others go on while this thread, which holds the lock once, waits for what they need not wait for.

        After `end` it never comes back.
        """
        self._when_outside.get(threading.get_ident(), lambda: None)()
        is_running = self._stand_ins.is_its_turn()
        is_a_stand_in = self._stand_ins.is_a_stand_in()
        self._outside += 1
        if is_running:
            self._stand_ins.hand_over()
        self.lock.release()
        try:
            yield
        finally:
            interrupt = self._come_back()
            if self._is_ended:
                self.lock.wait_for(lambda: False)
            if is_running and not is_a_stand_in:
                self._stand_ins.take_over()
            self.lock.notify_all()
            if interrupt is not None:
                raise interrupt

    def _come_back(self) -> KeyboardInterrupt | None:
        """Get the lock, before whoever runs the engine. Return a Ctrl-C that came meanwhile: the lock comes first."""
        interrupt, is_counted = None, False
        while True:
            try:
                if not is_counted:
                    self._count_back(1)
                    is_counted = True
                self.lock.acquire()
                break
            except KeyboardInterrupt as late:
                interrupt = late
        self._count_back(-1)
        self._outside -= 1
        return interrupt

    def _count_back(self, change: int) -> None:
        with self._counting:
            self._back += change

    @contextmanager
    def when_outside(self, action: Action) -> Iterator[None]:
        """Do the action each time that this thread goes outside in the block."""
        self._when_outside[threading.get_ident()] = action
        try:
            yield
        finally:
            del self._when_outside[threading.get_ident()]

    def end(self) -> None:
        """Let nothing that is outside come back."""
        with self.lock:
            self._is_ended = True
            self._stand_ins.end()

    def _stand_in(self) -> None:
        """Run as long as the thread whose turn it was is outside."""
        with self.lock:
            try:
                while self._stand_ins.is_its_turn():
                    if self._stopped or not self._turn(math.inf):
                        self.lock.wait()
                    self.between()
            except BaseException as fault:  # whoever runs the engine next raises it
                self._fault = fault
                self._stand_ins.stop()
            self.rest()
            self._stand_ins.rest()

    def _turn(self, deadline: float) -> bool:
        """Do one due action, or wait for it; return whether there may be more before the deadline."""
        if self._fault is not None:
            fault, self._fault = self._fault, None
            raise fault
        if self._back:
            self.lock.wait()  # so that whoever is back from outside gets the lock
            return True
        due = self._next_due()
        if self._leap is not None and self._goes_on(self._leap, due):
            return True
        instant = min(due, deadline)
        if instant > self.clock.now():
            return self._wait(instant)
        if due > deadline:
            return False
        appointment = heapq.heappop(self._due)[2]
        self._settle(appointment)
        appointment.action()
        return True

    def _goes_on(self, leap: Leap, due: float) -> bool:
        """Go on with a leap if time must move for it, or end it; return whether that was all there is to do now."""
        now = self.clock.now()
        if now >= leap.until and (self.is_idle() or due > leap.until + SECONDS_AFTER_A_LEAP):
            leap.is_over, self._leap = True, None
            self.lock.notify_all()
            return True
        if now >= leap.until or due <= now:
            return False
        if self._outside:
            self.lock.wait()
            return True
        self.clock.move_to(min(due, leap.until))
        self._leaped += self.clock.now() - now
        return True

    def _wait(self, instant: float) -> bool:
        if self.clock.is_virtual and self._outside:
            self.lock.wait()  # no time passes for what is outside
            return True
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
