"""Shows that something takes its time: what it is, and for how many seconds already."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn


@contextmanager
def working(console: Console, what: str) -> Iterator[None]:
    """Show a spinner and the elapsed time until the block ends; at no terminal, say once what is done."""
    if not console.is_terminal:
        console.print(f"{what} ...")
        yield
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    # Left alone, the standard streams are the laptop AWS's to take while a function runs.
    with Progress(*columns, console=console, transient=True, redirect_stdout=False, redirect_stderr=False) as progress:
        progress.add_task(what)
        yield
