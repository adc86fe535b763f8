"""What `breakpoint()` does in a function."""

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
