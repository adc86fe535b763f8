"""Lays an example over a new project, in the place of the service that it begins with, and judges what comes of it."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.conftest import ROOT
from tests.toolkit.project.conftest import ensemble, git, new, run

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

    def lay(project: Path) -> None:
        for name in FOLDERS:
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(EXAMPLES / example / name, project / name, dirs_exist_ok=True, ignore=ignored)

    return replaced(toolkit, folder, STARTER, lay)


def replaced(toolkit: Path, folder: Path, starter: Sequence[str], lay: Callable[[Path], None]) -> Path:
    """Make a project in `folder`, take away what it begins with, lay something over it, and draw its picture."""
    made = new(toolkit, str(folder))
    assert made.returncode == 0, made.stderr
    git(folder, "rm", "-r", "--quiet", *starter)
    lay(folder)
    git(folder, "add", "--all")
    drawn = ensemble(folder, "graph", "--readme")
    assert drawn.returncode == 0, drawn.stderr
    return folder


def assert_its_types_are_written(project: Path) -> None:
    written = ensemble(project, "types")

    assert written.returncode == 0, written.stderr
    assert git(project, "diff", "--name-only", "--", *FOLDERS) == ""


def assert_it_is_checked(project: Path, counts: str, *linted: str) -> None:
    """Check, lint and format: `counts` is what `check` counts, `linted` what ruff looks at."""
    checked = ensemble(project, "check")
    lint = run(project, sys.executable, "-m", "ruff", "check", "--no-cache", *linted)
    format = run(project, sys.executable, "-m", "ruff", "format", "--no-cache", "--check", *linted)

    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert counts in checked.stdout
    assert lint.returncode == 0, lint.stdout
    assert format.returncode == 0, format.stdout


def assert_mypy_finds_nothing(project: Path) -> None:
    own = [argument for name in ("functions", "scenarios", "tests") for argument in ("-p", name)]
    typed = run(project, sys.executable, "-m", "mypy", *own)

    assert typed.stdout.startswith("Success"), typed.stdout + typed.stderr


def assert_its_tests_pass(project: Path) -> None:
    done = run(project, sys.executable, "-m", "pytest", "-p", "no:xdist")

    assert done.returncode == 0, done.stdout
    assert re.search(r"\d+ passed", done.stdout)


def assert_no_schedule_breaks_a_promise(project: Path, seeds: int, full: int) -> None:
    simulated = ensemble(project, "simulate", "--seeds", str(seeds), "--full", str(full), "--jobs", "1")

    assert simulated.returncode == 0, simulated.stdout + simulated.stderr
    assert "those of the scenario" in simulated.stdout


MUTANTS = """
from pathlib import Path
from scenarios.{scenario}.mutants import MUTANTS
for edit in (edit for one in MUTANTS for edit in one.edits):
    assert Path(edit.file).read_text().count(edit.before) == 1, (edit.file, edit.before)
"""


def assert_each_mutant_replaces_what_its_file_has_once(project: Path, scenario: str) -> None:
    looked = run(project, sys.executable, "-c", MUTANTS.format(scenario=scenario))

    assert looked.returncode == 0, looked.stderr


def changed_elsewhere(project: Path) -> list[str]:
    """Return what differs from the new project outside the example's folders."""
    ours = tuple(f"{name}/" for name in FOLDERS)
    changed = git(project, "diff", "--name-only", "HEAD").splitlines()
    new_files = git(project, "ls-files", "--others", "--exclude-standard").splitlines()
    return [path for path in changed if not path.startswith(ours)] + new_files
