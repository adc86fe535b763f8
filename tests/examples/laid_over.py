"""Lays an example over a new project, in the place of the service that it begins with."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.conftest import ROOT
from tests.toolkit.project.conftest import ensemble, git, new

EXAMPLES = ROOT / "examples"
FOLDERS = ("functions", "schemas", "scenarios", "tests")
STARTER = (
    "functions/ticket",
    "schemas/ticket",
    "schemas/website/OpenTicket",
    "scenarios/ticket",
    "tests/test_ticket.py",
)
"""What a new project begins with, and the example's README says to delete."""


def laid_over(toolkit: Path, folder: Path, example: str) -> Path:
    """Make a project in `folder` with the example in the place of its first service, and with its picture drawn."""
    made = new(toolkit, str(folder))
    assert made.returncode == 0, made.stderr
    git(folder, "rm", "-r", "--quiet", *STARTER)
    for name in FOLDERS:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(EXAMPLES / example / name, folder / name, dirs_exist_ok=True, ignore=ignored)
    git(folder, "add", "--all")
    drawn = ensemble(folder, "graph", "--readme")
    assert drawn.returncode == 0, drawn.stderr
    return folder


def changed_elsewhere(project: Path) -> list[str]:
    """Return what differs from the new project outside the example's folders."""
    ours = tuple(f"{name}/" for name in FOLDERS)
    changed = git(project, "diff", "--name-only", "HEAD").splitlines()
    new_files = git(project, "ls-files", "--others", "--exclude-standard").splitlines()
    return [path for path in changed if not path.startswith(ours)] + new_files
