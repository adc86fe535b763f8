"""Each wrong declaration and publication is refused by one message, and no right one is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.conftest import copy_lending
from tests.toolkit.declarations import typed
from tests.toolkit.declarations.cases import WRONG, Wrong
from tests.toolkit.declarations.judging import documents, errors_of_mypy, run, write
from tests.toolkit.declarations.right import ANNEX, CHANGES

Errors = dict[tuple[str, int], list[str]]


@pytest.fixture(scope="module")
def refused(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What `ensemble check` says of each mistake, by its name."""
    project = copy_lending(tmp_path_factory.mktemp("wrong") / "project")
    found = documents(project, [one.edits for one in WRONG])
    return {one.name: document for one, document in zip(WRONG, found, strict=True)}


@pytest.fixture(scope="module")
def mypy(tmp_path_factory: pytest.TempPathFactory) -> Errors:
    return errors_of_mypy(copy_lending(tmp_path_factory.mktemp("typed") / "project"))


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.name)
def test_a_wrong_declaration_is_refused_by_one_finding_with_its_cause_the_file_the_victim_and_the_fix(
    wrong: Wrong, refused: dict[str, dict[str, Any]]
) -> None:
    (finding,) = refused[wrong.name]["findings"]

    assert finding["file"].startswith(wrong.file)
    assert finding["message"].startswith(wrong.says)
    assert wrong.harmed in finding["message"].removeprefix(wrong.says)
    assert finding["fix"]


@pytest.mark.parametrize(("code", "says"), [one[1:] for one in typed.WRONG], ids=[one[0] for one in typed.WRONG])
def test_a_wrong_publication_is_refused_by_mypy_in_one_message(code: str, says: str, mypy: Errors) -> None:
    (error,) = mypy[typed.FILE, typed.line_of(code)]

    assert says in error


@pytest.mark.parametrize("code", [code for _, code in typed.RIGHT], ids=[name for name, _ in typed.RIGHT])
def test_a_right_publication_is_not_refused_by_mypy(code: str, mypy: Errors) -> None:
    assert (typed.FILE, typed.line_of(code)) not in mypy


def test_a_new_major_version_that_its_publisher_does_not_fill_is_refused_by_mypy_too(mypy: Errors) -> None:
    (error,) = mypy["functions/loan/domain.py", typed.line_of_the_unfilled()]

    assert error == 'Missing named argument "due" for "LoanGranted" of "Publish"'


@pytest.mark.parametrize(
    ("number", "edits"),
    [(21, ANNEX), (len(CHANGES), {file: text for _, change in CHANGES for file, text in change.items()})],
    ids=["ways to publish", "changes"],
)
def test_right_declarations_are_not_refused(number: int, edits: dict[str, str], tmp_path: Path) -> None:
    project = copy_lending(tmp_path / "project")
    write(project, edits)
    run(project, "-m", "ensemble", "types")

    (document,) = documents(project, [{}])

    assert document["findings"] == []
    assert len(edits) >= number


def test_there_are_enough_of_each() -> None:
    assert len({one.name for one in WRONG}) + len(typed.WRONG) >= 40
    assert len(typed.RIGHT) + 21 + len(CHANGES) >= 40
