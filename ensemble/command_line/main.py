"""Where the process begins: a Ctrl-C ends it without a traceback, even before the command line is imported.

`new` makes a project, and runs before anything is installed: it has no more than the standard library.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

INTERRUPTED = 130
"""The exit status of a process that Ctrl-C ended: 128 and the number of SIGINT, as shells have it."""


def run(arguments: Sequence[str] | None = None) -> None:
    """Do what was typed and end the process."""
    typed = sys.argv[1:] if arguments is None else list(arguments)
    try:
        status = _status_of(typed)
    except KeyboardInterrupt:
        status = INTERRUPTED
    sys.exit(status)


def _status_of(typed: list[str]) -> int:
    """Do it. These two commands work without the libraries of the command line, before anything is installed."""
    if typed[:1] == ["new"]:
        from ensemble.project.new_command import make

        return make(typed[1:])
    if typed[:1] == ["upgrade"]:
        from ensemble.upgrade.command import outcome as upgraded

        return upgraded(typed[1:])
    from ensemble.command_line.parser import outcome

    return outcome(typed)
