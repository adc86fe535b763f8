"""Where the process begins: a Ctrl-C ends it without a traceback, even before the command line is imported."""

from __future__ import annotations

import sys
from collections.abc import Sequence

INTERRUPTED = 130
"""The exit status of a process that Ctrl-C ended: 128 and the number of SIGINT, as shells have it."""


def run(arguments: Sequence[str] | None = None) -> None:
    """Do what was typed and end the process."""
    try:
        status = _outcome(sys.argv[1:] if arguments is None else list(arguments))
    except KeyboardInterrupt:
        status = INTERRUPTED
    sys.exit(status)


def _outcome(typed: list[str]) -> int:
    if typed[:1] == ["upgrade"]:  # it works without the libraries of the command line, before anything is installed
        from ensemble.upgrade.command import outcome as upgraded

        return upgraded(typed[1:])
    from ensemble.command_line.parser import outcome

    return outcome(typed)
