"""The example `examples/conducted`, laid over a copy of the shop: it is checked, told, simulated, and tests itself."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from tests.docs.measured_styles import PAGE, measured, written
from tests.examples.conducted import EXAMPLE, FOLDERS, MOVED, SHOP, STARTER, lay_over
from tests.toolkit.project.conftest import ensemble, git, new, run


@pytest.fixture(scope="module")
def project(toolkit: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new project with the conducted shop in the place of its first service, and with its picture drawn."""
    folder = tmp_path_factory.mktemp("conducted") / "conducted"
    made = new(toolkit, str(folder))
    assert made.returncode == 0, made.stderr
    git(folder, "rm", "-r", "--quiet", *STARTER)
    lay_over(folder)
    git(folder, "add", "--all")
    drawn = ensemble(folder, "graph", "--readme")
    assert drawn.returncode == 0, drawn.stderr
    return folder


def test_its_types_are_those_of_its_schemas(project: Path) -> None:
    written = ensemble(project, "types")

    assert written.returncode == 0, written.stderr
    assert git(project, "diff", "--name-only", "--", *FOLDERS) == ""


def test_it_is_checked_linted_and_formatted(project: Path) -> None:
    checked = ensemble(project, "check")
    linted = run(project, sys.executable, "-m", "ruff", "check", "--no-cache", *FOLDERS)
    formatted = run(project, sys.executable, "-m", "ruff", "format", "--no-cache", "--check", *FOLDERS)

    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "8 services, 26 events" in checked.stdout
    assert linted.returncode == 0, linted.stdout
    assert formatted.returncode == 0, formatted.stdout


def test_mypy_finds_nothing_in_it(project: Path) -> None:
    own = [argument for name in ("functions", "scenarios", "tests") for argument in ("-p", name)]
    typed = run(project, sys.executable, "-m", "mypy", *own)

    assert typed.stdout.startswith("Success"), typed.stdout + typed.stderr


def test_its_own_tests_pass_and_its_stories_end_as_they_must(project: Path) -> None:
    done = run(project, sys.executable, "-m", "pytest", "-p", "no:xdist")

    assert done.returncode == 0, done.stdout
    assert re.search(r"\d+ passed", done.stdout)


def test_no_schedule_breaks_a_promise(project: Path) -> None:
    simulated = ensemble(project, "simulate", "--seeds", "12", "--full", "0", "--jobs", "1")

    assert simulated.returncode == 0, simulated.stdout + simulated.stderr
    assert "those of the scenario" in simulated.stdout


MUTANTS = """
from pathlib import Path
from scenarios.conducted.mutants import MUTANTS
for edit in (edit for one in MUTANTS for edit in one.edits):
    assert Path(edit.file).read_text().count(edit.before) == 1, (edit.file, edit.before)
"""


def test_each_mutant_replaces_what_its_file_has_once(project: Path) -> None:
    looked = run(project, sys.executable, "-c", MUTANTS)

    assert looked.returncode == 0, looked.stderr


def test_its_readme_shows_the_picture_that_the_stacks_give(project: Path) -> None:
    drawn = ensemble(project, "graph")

    assert drawn.returncode == 0, drawn.stderr
    assert drawn.stdout.strip() in (EXAMPLE / "README.md").read_text()


def test_its_readme_says_what_is_deleted_copied_and_moved() -> None:
    commands = " ".join(re.findall(r"^\$ (.*)", (EXAMPLE / "README.md").read_text(), re.MULTILINE))

    assert [path for path in (*STARTER, *MOVED, *SHOP) if path not in commands] == []


def test_the_page_on_styles_has_what_one_command_measures_of_both(project: Path) -> None:
    page = PAGE.read_text()

    assert written(page, measured(project)) == page
