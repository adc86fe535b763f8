"""`ensemble new DIRECTORY`, as it is typed: by `python3 -m ensemble new` it runs before anything is installed."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from ensemble.project.new import Made, new_project
from functions.kit.errors import EnsembleError

EXAMPLES = """examples:
  python3 -m ensemble new ../my-project
  ensemble new ../my-project --name trips
"""


def make(arguments: Sequence[str]) -> int:
    """Make a project as typed and print what was done and what to type next; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="ensemble new",
        description="Make a project of your own: one service, one command, one event, one\nstory, and their tests.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("directory", metavar="DIRECTORY", type=Path, help="where to make it; not there yet, or empty")
    parser.add_argument("--name", help="what its names in AWS begin with [default: the directory's name]")
    given = parser.parse_args(arguments)
    try:
        made = new_project(given.directory, given.name)
    except EnsembleError as error:
        print(f"ensemble: {' '.join(str(error).split())}", file=sys.stderr)
        return 1
    print(_report(made))
    return 0


def _report(made: Made) -> str:
    lines = [
        f"Made {made.directory}: {made.owned} files of the toolkit and {made.yours} of yours, in a first commit.",
        f"In AWS its names begin with {made.name}-dev and {made.name}-prod (app.py).",
        *(f"Note: {note}" for note in made.notes),
        "",
        "Next:",
        f"  cd {os.path.relpath(made.directory)}",
        "  make demo                               # installs what runs it, and plays its story",
        "  make test                               # installs the rest; lint, types and all tests",
        "  .venv/bin/ensemble add service NAME     # your first own service",
    ]
    return "\n".join(lines)
