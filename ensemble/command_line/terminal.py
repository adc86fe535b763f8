"""What all commands share: where they print, and the environment that they are about."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

Environment = Annotated[str, typer.Option(help="The environment of app.py whose stacks are meant.")]


def error_console() -> Console:
    """Return the console for what is under way, where the output is a program's to read."""
    from rich.console import Console

    return Console(stderr=True, highlight=False, soft_wrap=True)


def console() -> Console:
    """Return the console of the process's output."""
    from rich.console import Console

    # The stream itself, since the name sys.stdout is a function's own while the laptop AWS runs one.
    return Console(file=sys.stdout, highlight=False, soft_wrap=True)
