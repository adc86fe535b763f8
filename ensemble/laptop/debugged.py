"""Whether a debugger is at work in this process, and how time goes for a handler that it holds up."""

from __future__ import annotations

import sys
from collections.abc import Callable

MONITORING = getattr(sys, "monitoring", None)


def is_debugged() -> bool:
    """Whether a debugger follows what this thread runs: an IDE's, or pdb after it has stopped once."""
    return sys.gettrace() is not None or _monitoring_tool() is not None


def is_debugged_at_the_terminal() -> bool:
    """Whether that debugger is pdb, which asks at the process's own streams."""
    bdb = sys.modules.get("bdb")
    tracer = getattr(sys.gettrace(), "__self__", None)
    return (bdb is not None and isinstance(tracer, bdb.Bdb)) or _monitoring_tool() == "bdbtracer"


class Stops:
    """Counts how often a prompt has asked in this process."""

    number = 0


class HandlerTime:
    """The time of one invocation. None passes for a handler that a debugger holds up: it would time out meanwhile."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now, self.began = now, now()
        self._stops, self._is_held = Stops.number, False

    def now(self) -> float:
        """Return the time, in seconds since 1970; when the invocation began once a debugger was seen."""
        self._is_held = self._is_held or is_debugged() or Stops.number != self._stops
        return self.began if self._is_held else self._now()


def _monitoring_tool() -> str | None:
    """Return the name of a debugger that follows by `sys.monitoring` (Python 3.12 and newer)."""
    return None if MONITORING is None else MONITORING.get_tool(MONITORING.DEBUGGER_ID)
