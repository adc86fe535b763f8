"""The example `examples/travel`, laid over a new project: everything in it is green, and nothing else is touched."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.examples.laid_over import (
    EXAMPLES,
    STARTER,
    assert_each_mutant_replaces_what_its_file_has_once,
    assert_it_is_checked,
    assert_its_tests_pass,
    assert_its_types_are_written,
    assert_mypy_finds_nothing,
    assert_no_schedule_breaks_a_promise,
    changed_elsewhere,
    laid_over,
)
from tests.toolkit.project.conftest import ensemble


@pytest.fixture(scope="module")
def project(toolkit: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return laid_over(toolkit, tmp_path_factory.mktemp("travel") / "agency", "travel")


def test_its_types_are_those_of_its_schemas(project: Path) -> None:
    assert_its_types_are_written(project)


def test_it_is_checked_linted_and_formatted(project: Path) -> None:
    assert_it_is_checked(project, "5 services, 18 events", ".")


def test_mypy_finds_nothing_in_it(project: Path) -> None:
    assert_mypy_finds_nothing(project)


def test_its_own_tests_pass(project: Path) -> None:
    assert_its_tests_pass(project)


def test_its_stories_end_as_they_must(project: Path) -> None:
    played = ensemble(project, "demo")

    assert played.returncode == 0, played.stdout + played.stderr
    assert "All stories ended as they must, and the measures balance." in played.stdout


def test_no_schedule_breaks_a_promise(project: Path) -> None:
    assert_no_schedule_breaks_a_promise(project, seeds=100, full=2)


def test_each_mutant_replaces_what_its_file_has_once(project: Path) -> None:
    assert_each_mutant_replaces_what_its_file_has_once(project, "travel")


def test_nothing_outside_its_four_folders_differs_but_the_picture(project: Path) -> None:
    assert changed_elsewhere(project) == ["README.md"]


def test_its_readme_shows_the_picture_that_the_stacks_give(project: Path) -> None:
    drawn = ensemble(project, "graph")

    assert drawn.returncode == 0, drawn.stderr
    assert drawn.stdout.strip() in (EXAMPLES / "travel" / "README.md").read_text()


def test_its_readme_says_to_delete_what_a_new_project_begins_with() -> None:
    readme = (EXAMPLES / "travel" / "README.md").read_text()

    assert [path for path in STARTER if path not in readme] == []
