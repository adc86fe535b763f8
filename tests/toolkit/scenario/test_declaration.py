"""A scenario is what it says, and two things that cannot both be meant are refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ensemble.scenario import Command, Scenario, Story, subject
from ensemble.scenario.declaration import total
from ensemble.scenario.errors import ScenarioMisdeclared

ASK = Command("RequestLoan", "desk", {"reader_name": "Ada", "loan_id": "loan-1", "branch_id": "north"})


def test_a_command_is_called_by_its_type_and_what_it_is_about_unless_it_has_a_key() -> None:
    assert ASK.name == "RequestLoan loan-1"
    assert Command("RequestLoan", "desk", {}, key="the second one").name == "the second one"


def test_an_entry_holds_what_put_events_asks_for() -> None:
    entry = Command("RequestLoan", "desk", {"street": "Königsallee 1"}).entry("a-bus")

    assert entry | {"Detail": json.loads(entry["Detail"])} == {
        "EventBusName": "a-bus",
        "Source": "desk",
        "DetailType": "RequestLoan",
        "Detail": {"street": "Königsallee 1"},
    }


@pytest.mark.parametrize(
    ("fields", "about"),
    [
        (
            {"event_id": "e", "correlation_id": "c", "causation_id": "e", "loan_id": "loan-1", "reader_id": "x"},
            "loan-1",
        ),
        ({"receipt_id": "r-1"}, "r-1"),
        ({"event_id": "e"}, ""),
    ],
)
def test_an_event_is_about_the_first_id_of_its_own(fields: dict[str, str], about: str) -> None:
    assert subject(fields) == about


def test_a_command_comes_at_a_time_or_after_an_event_but_not_both() -> None:
    with pytest.raises(ScenarioMisdeclared, match=r"CancelLoan comes at 3 s and after LoanRequested: choose one"):
        Command("CancelLoan", "desk", {}, at=3, after="LoanRequested")


@pytest.mark.parametrize("field", ["end", "appear", "absent"])
def test_a_text_where_a_tuple_is_meant_is_refused_with_the_comma_that_is_missing(field: str) -> None:
    given: dict[str, Any] = {"end": ("LoanGranted",)} | {field: "LoanRefused"}

    with pytest.raises(ScenarioMisdeclared, match=rf'needs a comma: {field}=\("LoanRefused",\)'):
        Story("granted", (ASK,), **given)


def test_a_story_without_a_command_is_refused() -> None:
    with pytest.raises(ScenarioMisdeclared, match="'empty' has no command"):
        Story("empty", (), end=("LoanGranted",))


def test_two_stories_of_one_name_are_refused() -> None:
    story = Story("granted", (ASK,), end=("LoanGranted",))

    with pytest.raises(ScenarioMisdeclared, match="2 stories are called 'granted'"):
        Scenario(stories=(story, story))


def test_a_scenario_ends_as_any_of_its_stories_does() -> None:
    stories = (Story("granted", (ASK,), end=("LoanGranted", "Sent")), Story("refused", (ASK,), end=("LoanRefused",)))

    assert Scenario(stories=stories).ends == {"LoanGranted", "Sent", "LoanRefused"}


def test_changes_add_up_by_name_without_what_comes_to_nothing() -> None:
    assert total([{"a": 1, "b": 2}, {"a": -1, "c": 3}]) == {"b": 2, "c": 3}
