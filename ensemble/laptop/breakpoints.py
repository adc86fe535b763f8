"""What a function's `breakpoint()` does, and whether a debugger is at work in this process."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

Hook = Callable[..., Any]
Streams = tuple[Any, Any]
"""Standard output and standard error."""


def breakpoint_hook(outside: Hook, streams: Streams) -> Hook:
    """Return what `breakpoint()` calls in a function: a prompt at the process's own streams.

    `outside`: what it calls in the process. An IDE's hook, and one that PYTHONBREAKPOINT names, stays as it is.
    """
    if outside is not sys.__breakpointhook__ or "PYTHONBREAKPOINT" in os.environ:
        return outside

    def stop(*, header: str | None = None) -> None:
        from ensemble.laptop.prompt import Prompt  # the debugger is loaded only when it is asked for

        prompt = Prompt(streams, _capture_of_pytest())
        if header is not None:
            prompt.message(header)
        prompt.set_trace(sys._getframe().f_back)

    return stop


def _capture_of_pytest() -> Any:
    """Return what holds pytest's capture of the standard streams; None when no pytest runs.

    pytest puts a method of its own in the place of `pdb.set_trace` (pytest's `_pytest/debugging.py`).
    """
    plugins = getattr(getattr(sys.modules["pdb"].set_trace, "__self__", None), "_pluginmanager", None)
    return None if plugins is None else plugins.getplugin("capturemanager")


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
    monitoring = getattr(sys, "monitoring", None)
    return None if monitoring is None else monitoring.get_tool(monitoring.DEBUGGER_ID)
