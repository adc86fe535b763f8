"""Why functions leave events for later is read in what they print, each line once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ensemble.command_line.run.postponements import Postponements
from ensemble.laptop import Laptop
from ensemble.laptop.output import MAXIMUM_LINES
from tests.toolkit.command_line.postponing import laptop_with, postponed


@pytest.fixture
def laptop(tmp_path: Path) -> Iterator[Laptop]:
    with laptop_with(tmp_path, "dev-loan", "dev-shelf") as laptop:
        yield laptop


def prints(laptop: Laptop, *lines: object, function: str = "dev-shelf") -> None:
    laptop.invoke(function, {"lines": lines})


def test_each_postponement_is_told_with_its_function_and_reason(laptop: Laptop) -> None:
    postponements = Postponements(laptop)

    prints(laptop, postponed("NotYet: one"), postponed("NotYet: two"))
    prints(laptop, postponed("VersionConflict: three"), function="dev-loan")

    assert postponements.new() == [
        "dev-loan postponed an event: VersionConflict: three",
        "dev-shelf postponed an event: NotYet: one",
        "dev-shelf postponed an event: NotYet: two",
    ]


def test_a_postponement_is_told_at_the_first_look_after_it_only(laptop: Laptop) -> None:
    postponements = Postponements(laptop)
    prints(laptop, postponed("NotYet: one"), "", "x")
    first = postponements.new()

    nothing = postponements.new()
    prints(laptop, "x", "", postponed("NotYet: two"), "", "x")
    second = postponements.new()

    assert first == ["dev-shelf postponed an event: NotYet: one"]
    assert nothing == []
    assert second == ["dev-shelf postponed an event: NotYet: two"]


def test_all_that_is_kept_is_looked_at_when_the_last_line_seen_is_gone(laptop: Laptop) -> None:
    postponements = Postponements(laptop)
    prints(laptop, postponed("NotYet: one"))
    postponements.new()

    prints(laptop, postponed("NotYet: two"), *["a line"] * MAXIMUM_LINES, postponed("NotYet: three"))

    assert postponements.new() == ["dev-shelf postponed an event: NotYet: three"]


def test_what_only_speaks_of_postponing_is_no_postponement(laptop: Laptop) -> None:
    metric = {"_aws": {"CloudWatchMetrics": [{"Metrics": [{"Name": "EventPostponed"}]}]}, "EventPostponed": [1.0]}
    postponements = Postponements(laptop)

    prints(laptop, metric, "EventPostponed", '"EventPostponed"', ["EventPostponed"], {"message": "EventPostponed it"})

    assert postponements.new() == []


def test_what_was_postponed_before_is_not_told(laptop: Laptop) -> None:
    prints(laptop, postponed("NotYet: one"))

    assert Postponements(laptop).new() == []
