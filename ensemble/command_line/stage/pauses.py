"""The clock by which commands wait. A test in which time passes elsewhere puts its own `now` and `pause` here."""

from __future__ import annotations

import time
from collections.abc import Callable

Clock = tuple[Callable[[], float], Callable[[float], None]]
"""What tells seconds since any instant, and what waits for some."""


def now() -> float:
    """Return seconds since any instant."""
    return time.monotonic()


def pause(seconds: float) -> None:
    """Wait."""
    time.sleep(seconds)


REAL: Clock = (lambda: now(), lambda seconds: pause(seconds))
