"""The tables of attacks and of the production checklist name tests that there are, files that there are, true words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from tests.conftest import ROOT

ATTACKS, CHECKLIST = "docs/attacks.md", "docs/production-checklist.md"
TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


class Row(NamedTuple):
    """A row of a table: its cells, and the tests that it names."""

    cells: tuple[str, ...]
    tests: tuple[tuple[str, str], ...]


def rows(document: str) -> Iterator[Row]:
    for line in (ROOT / document).read_text().splitlines():
        cells = tuple(cell.strip() for cell in line.strip("|").split(" | "))
        if line.startswith("| ") and cells[0] not in ("attack", "item"):
            yield Row(cells, tuple(TEST.findall(line)))


def source(path: str) -> str:
    return (ROOT / path).read_text()


@pytest.mark.parametrize("document", [ATTACKS, CHECKLIST])
def test_each_row_names_a_test_that_there_is(document: str) -> None:
    for cells, tests in rows(document):
        assert tests, cells
        for path, name in tests:
            assert f"def {name}(" in source(path), f"{path}::{name}"


def test_there_are_forty_attacks_and_each_is_tried_by_a_test_of_which_none_is_named_for_all() -> None:
    found = list(rows(ATTACKS))

    assert len(found) >= 40
    assert len({tests for _, tests in found}) >= 40


def test_what_is_quoted_of_a_refusal_is_what_the_test_looks_for() -> None:
    for cells, ((path, _), *_) in rows(ATTACKS):
        for quoted in re.findall(r"`([^`]+)`", cells[1]):
            assert quoted in source(path), (cells[0], quoted)


def test_each_item_of_the_checklist_names_the_file_that_does_it() -> None:
    found = list(rows(CHECKLIST))

    assert len(found) >= 25
    for cells, _ in found:
        named = re.findall(r"`([\w./-]+)`", cells[1])
        assert named, cells
        assert [path for path in named if not (ROOT / path).exists()] == []
