"""What all commands share: where they print, and the stage that they are about."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

Environment = Annotated[str, typer.Option(help="The stage of app.py whose stacks are meant.")]


_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""Characters that move the cursor, end a line, begin an escape sequence, or turn the direction of the text."""


def printable(text: str) -> str:
    """Return a text that came from outside with its control characters written out (`\\x1b`), so that they do nothing.

    Event names, ids and reasons are whatever somebody put on a bus.
    """
    return _CONTROLS.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)


def printable_lines(text: str) -> str:
    """Return the same of a text whose lines are ours."""
    return "\n".join(map(printable, text.split("\n")))


def error_console() -> Console:
    """Return the console for what is under way, where the output is a program's to read."""
    from rich.console import Console

    return Console(stderr=True, highlight=False, soft_wrap=True)


def console() -> Console:
    """Return the console of the process's output."""
    from rich.console import Console

    # The stream itself, since the name sys.stdout is a function's own while the laptop AWS runs one.
    return Console(file=sys.stdout, highlight=False, soft_wrap=True)
