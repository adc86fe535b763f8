"""The example `examples/purchase`, laid over a new project: everything in it is green, and nothing else is touched."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest

from tests.examples.laid_over import EXAMPLES, FOLDERS, STARTER, changed_elsewhere, laid_over
from tests.toolkit.project.conftest import ensemble, git, run


@pytest.fixture(scope="module")
def project(toolkit: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return laid_over(toolkit, tmp_path_factory.mktemp("purchase") / "company", "purchase")


def test_its_types_are_those_of_its_schemas(project: Path) -> None:
    written = ensemble(project, "types")

    assert written.returncode == 0, written.stderr
    assert git(project, "diff", "--name-only", "--", *FOLDERS) == ""


def test_it_is_checked_linted_and_formatted(project: Path) -> None:
    checked = ensemble(project, "check")
    linted = run(project, sys.executable, "-m", "ruff", "check", "--no-cache", ".")
    formatted = run(project, sys.executable, "-m", "ruff", "format", "--no-cache", "--check", ".")

    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "5 services, 30 events" in checked.stdout
    assert linted.returncode == 0, linted.stdout
    assert formatted.returncode == 0, formatted.stdout


def test_mypy_finds_nothing_in_it(project: Path) -> None:
    own = [argument for name in ("functions", "scenarios", "tests") for argument in ("-p", name)]
    typed = run(project, sys.executable, "-m", "mypy", f"--cache-dir={os.devnull}", *own)

    assert typed.stdout.startswith("Success"), typed.stdout + typed.stderr


def test_its_own_tests_pass_and_play_its_stories(project: Path) -> None:
    done = run(project, sys.executable, "-m", "pytest", "-p", "no:xdist")

    assert done.returncode == 0, done.stdout
    assert re.search(r"\d+ passed", done.stdout)


def test_no_schedule_breaks_a_promise(project: Path) -> None:
    simulated = ensemble(project, "simulate", "--seeds", "10", "--full", "0", "--jobs", "1")

    assert simulated.returncode == 0, simulated.stdout + simulated.stderr
    assert "those of the scenario" in simulated.stdout


def test_nothing_outside_its_four_folders_differs_but_the_picture(project: Path) -> None:
    assert changed_elsewhere(project) == ["README.md"]


def test_its_readme_shows_the_picture_that_the_stacks_give(project: Path) -> None:
    drawn = (project / "README.md").read_text().partition("```mermaid")[2].partition("```")[0]

    assert drawn
    assert f"```mermaid{drawn}```" in (EXAMPLES / "purchase" / "README.md").read_text()


def test_its_readme_says_to_delete_what_a_new_project_begins_with() -> None:
    readme = (EXAMPLES / "purchase" / "README.md").read_text()

    assert [path for path in STARTER if path not in readme] == []
