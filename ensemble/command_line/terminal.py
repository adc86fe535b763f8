"""What all commands share: where they print, and the stage that they are about."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated
from unicodedata import category

import typer

if TYPE_CHECKING:
    from rich.console import Console

Environment = Annotated[str, typer.Option(help="The stage of app.py whose stacks are meant.")]


_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""What is no letter: what moves the cursor, begins an escape sequence, turns the direction of the text, ends a line or
cannot be seen, and halves of surrogate pairs, which no terminal can be sent (Unicode Standard, table 4-4)."""


def printable(text: str) -> str:
    """Return a text that came from outside with what is no letter written out (`\\x1b`), so that it does nothing.

    Event names, ids and reasons are whatever somebody put on a bus.
    """
    return text if text.isprintable() else "".join(map(_written_out, text))


def _written_out(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii") if category(character) in _UNSEEN else character


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
