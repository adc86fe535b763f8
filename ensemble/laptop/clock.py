"""The time the laptop AWS runs on: real, or virtual and jumping to the next thing that is due."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Gives the time in seconds since 1970, UTC, waits, and can be moved."""

    @property
    def is_virtual(self) -> bool:
        """Whether it jumps, instead of waiting."""
        ...

    def now(self) -> float:
        """Return the time."""
        ...

    def wait_until(self, instant: float, condition: threading.Condition) -> None:
        """Return at the instant, or before it when the condition (held by the caller) is notified."""
        ...

    def move_to(self, instant: float) -> None:
        """Show the instant from now on; never an earlier one."""
        ...


class VirtualClock:
    """A clock that moves only when it is moved, and then at once."""

    is_virtual = True

    def __init__(self, start: str = "2026-01-01T00:00:00Z") -> None:
        self._now = datetime.fromisoformat(start).timestamp()

    def now(self) -> float:
        """Return the time."""
        return self._now

    def wait_until(self, instant: float, condition: threading.Condition) -> None:
        """Jump to the instant; never back."""
        self.move_to(instant)

    def move_to(self, instant: float) -> None:
        """Show the instant from now on."""
        self._now = max(self._now, instant)


class LeapingClock:
    """The machine's clock, until `leap`: from then on a virtual one that starts at that moment."""

    def __init__(self) -> None:
        self._clock: Clock = RealClock()

    @property
    def is_virtual(self) -> bool:
        """Whether it has become a virtual clock."""
        return self._clock.is_virtual

    def leap(self) -> None:
        """Move only when something is due from now on, and then at once."""
        if not self.is_virtual:
            self._clock = VirtualClock(datetime.fromtimestamp(self.now(), UTC).isoformat())

    def now(self) -> float:
        """Return the time."""
        return self._clock.now()

    def wait_until(self, instant: float, condition: threading.Condition) -> None:
        """Wait for the instant, or jump to it."""
        self._clock.wait_until(instant, condition)

    def move_to(self, instant: float) -> None:
        """Show the instant from now on."""
        self._clock.move_to(instant)


class RealClock:
    """The machine's clock, and as far ahead of it as it is or was moved."""

    is_virtual = False

    def __init__(self, seconds_ahead: float = 0.0) -> None:
        self._ahead = seconds_ahead

    def now(self) -> float:
        """Return the time."""
        return time.time() + self._ahead

    def wait_until(self, instant: float, condition: threading.Condition) -> None:
        """Wait, releasing the condition meanwhile."""
        condition.wait(min(max(instant - self.now(), 0.0), threading.TIMEOUT_MAX))

    def move_to(self, instant: float) -> None:
        """Show the instant from now on, and then as much time as passes."""
        self._ahead += max(0.0, instant - self.now())
