"""The example `examples/conducted`, laid over a copy of the shop: it is checked, told, simulated, and tests itself."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.measured_styles import PAGE, measured, written
from tests.examples.conducted import EXAMPLE, MOVED, SHOP, STARTER, lay_over
from tests.examples.laid_over import (
    FOLDERS,
    assert_each_mutant_replaces_what_its_file_has_once,
    assert_it_is_checked,
    assert_its_tests_pass,
    assert_its_types_are_written,
    assert_mypy_finds_nothing,
    assert_no_schedule_breaks_a_promise,
    replaced,
)
from tests.toolkit.project.conftest import ensemble


@pytest.fixture(scope="module")
def project(toolkit: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new project with the conducted shop in the place of its first service, and with its picture drawn."""
    return replaced(toolkit, tmp_path_factory.mktemp("conducted") / "conducted", STARTER, lay_over)


def test_its_types_are_those_of_its_schemas(project: Path) -> None:
    assert_its_types_are_written(project)


def test_it_is_checked_linted_and_formatted(project: Path) -> None:
    assert_it_is_checked(project, "8 services, 26 events", *FOLDERS)


def test_mypy_finds_nothing_in_it(project: Path) -> None:
    assert_mypy_finds_nothing(project)


def test_its_own_tests_pass_and_its_stories_end_as_they_must(project: Path) -> None:
    assert_its_tests_pass(project)


def test_no_schedule_breaks_a_promise(project: Path) -> None:
    assert_no_schedule_breaks_a_promise(project, seeds=12, full=0)


def test_each_mutant_replaces_what_its_file_has_once(project: Path) -> None:
    assert_each_mutant_replaces_what_its_file_has_once(project, "conducted")


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
