"""What ends among what a project uses is warned of in time, by the day that is given, and never refused."""

from __future__ import annotations

import tomllib
from datetime import date, timedelta
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from ensemble.command_line.check.check import check
from ensemble.command_line.check.dated_facts import FILE, WARNING_DAYS, ending, facts
from tests.conftest import ROOT

END = date(2030, 6, 30)

ROW = """
[[fact]]
what = "A library"
used = "the shelves"
file = "requirements.txt"
text = "library==1."
ends = 2030-06-30
then = "it gets no more releases"
do = "take another one"
source = "https://example.org/library"
looked_up = 2029-01-01
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "ensemble").mkdir()
    (tmp_path / FILE).write_text(ROW)
    (tmp_path / "requirements.txt").write_text("library==1.2\n")
    return tmp_path


def days(number: int) -> date:
    return END + timedelta(days=number)


@pytest.mark.parametrize(("day", "warnings"), [(-WARNING_DAYS - 1, 0), (-WARNING_DAYS, 1), (-1, 1), (0, 1), (1_000, 1)])
def test_an_end_is_warned_of_from_180_days_ahead_on(project: Path, day: int, warnings: int) -> None:
    assert len(list(ending(project, days(day)))) == warnings


def test_a_warning_says_what_ends_when_and_what_to_do(project: Path) -> None:
    (warning,) = ending(project, days(-10))

    assert str(warning) == (
        "requirements.txt: A library ends on 2030-06-30, in 10 days: it gets no more releases. It is used for the "
        "shelves. Fix: take another one (https://example.org/library, read on 2029-01-01; ensemble/dated_facts.toml)"
    )


def test_what_the_project_does_not_use_any_more_is_not_warned_of(project: Path) -> None:
    (project / "requirements.txt").write_text("library==2.0\n")

    assert list(ending(project, days(0))) == []


def test_what_has_no_known_end_is_to_be_looked_at_again_from_a_day_on(project: Path) -> None:
    (project / FILE).write_text(ROW.replace("ends =", "look ="))

    assert list(ending(project, days(-1))) == []
    (warning,) = ending(project, days(0))
    assert "A library is to be looked at again since 2030-06-30" in warning.problem


def test_a_row_with_both_or_neither_is_refused(project: Path) -> None:
    (project / FILE).write_text(ROW + "look = 2030-01-01\n")

    with pytest.raises(ValueError, match="A library needs one of `ends` and `look`"):
        facts(project)


def test_each_row_of_this_tree_holds_in_it() -> None:
    """Else what it is about has moved, and the row with it."""
    rows = tomllib.loads((ROOT / FILE).read_text())["fact"]

    assert [fact.what for fact in facts(ROOT)] == [row["what"] for row in rows]


def test_of_this_tree_the_first_to_end_is_the_sdk_of_x_ray() -> None:
    (warning,) = ending(ROOT, date(2026, 11, 27))

    assert warning.problem.startswith("AWS X-Ray SDK for Python ends on 2027-02-25, in 90 days: ")


def test_the_check_prints_the_warning_and_passes_before_and_after_the_day(
    in_lending: Path, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = facts(project)
    monkeypatch.setattr("ensemble.command_line.check.dated_facts.facts", lambda _root: known)

    def outcome(day: int) -> tuple[bool, str]:
        text = StringIO()
        is_fine = check(Console(file=text, width=80), None, "dev", today=days(day))
        return is_fine, text.getvalue()

    before, warned = outcome(-1)
    after, ended = outcome(0)

    assert before
    assert "A library ends on 2030-06-30, in 1 day:" in warned
    assert after
    assert "A library ended on 2030-06-30" in ended
