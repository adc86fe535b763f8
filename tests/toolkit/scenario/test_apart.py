"""A run of a scenario has ids of its own: it can be played again, and beside what others do."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ensemble.scenario import Command, Scenario, Story
from ensemble.scenario.apart import apart, beginning
from ensemble.scenario.errors import ScenarioMisdeclared

ASK = Command("RequestLoan", "desk", {"loan_id": "loan-1", "reader": "Ada", "books": [{"title": "Emma", "copies": 2}]})
CANCEL = Command("CancelLoan", "desk", {"loan_id": "loan-1"}, after="LoanRequested")
ADD = Command("AddCopies", "bindery", {"receipt_id": "r-1", "title": "Emma", "copies": 5})
KEYS = {"RequestLoan": {"loan_id"}, "CancelLoan": {"loan_id"}, "AddCopies": {"receipt_id"}}
SCENARIO = Scenario(
    opening=(ADD,),
    stories=(
        Story("granted", commands=(ASK,), end=("LoanGranted",), measures={"copies": -2}),
        Story("cancelled", commands=(ASK, CANCEL), end=("LoanRefused",)),
    ),
    measures=lambda look: {"copies": 5},
    own_ids=("title",),
)


def own(run: str = "ab12") -> Scenario:
    return apart(SCENARIO, run, KEYS)


def test_what_finds_rows_and_what_the_scenario_names_ends_with_the_run_and_all_else_stays() -> None:
    fields = own().stories[0].commands[0].fields

    assert fields["loan_id"] == "loan-1-ab12"
    assert fields["books"] == [{"title": "Emma-ab12", "copies": 2}]
    assert fields["reader"] == "Ada"


def test_what_the_opening_makes_is_what_the_stories_use() -> None:
    assert own().opening[0].fields["title"] == own().stories[0].commands[0].fields["books"][0]["title"]


def test_without_an_opening_a_command_of_the_first_story_is_one_under_ids_that_no_story_has() -> None:
    (first,) = apart(replace(SCENARIO, opening=()), "r1", KEYS).opening

    (begins, *_) = (command for story in own("r1").stories for command in story.commands)
    assert first.type == begins.type
    changed = {name for name in first.fields if first.fields[name] != begins.fields[name]}
    assert changed == {"loan_id", "books", "event_id", "correlation_id"}  # its books have the title, an id of the run


def test_all_commands_of_a_story_are_one_workflow_and_no_two_stories_are_one() -> None:
    first, second = own().stories

    assert len({command.fields["correlation_id"] for command in second.commands}) == 1
    assert first.commands[0].fields["correlation_id"] != second.commands[0].fields["correlation_id"]


def test_every_command_has_an_id_of_its_own_and_the_same_one_in_the_same_run() -> None:
    def ids(scenario: Scenario) -> list[str]:
        played = [*scenario.opening, *(command for story in scenario.stories for command in story.commands)]
        return [command.fields["event_id"] for command in played]

    assert len(set(ids(own()))) == 4
    assert ids(own()) == ids(own())
    assert not set(ids(own())) & set(ids(own("cd34")))


def test_the_correlation_ids_of_a_run_begin_as_those_of_no_other_and_of_no_kit_do() -> None:
    for story in own().stories:
        for command in story.commands:
            assert command.fields["correlation_id"].startswith(beginning("ab12"))
    assert not beginning("ab12").startswith(beginning("ab1"))
    assert beginning("ab12")[0] not in "0123456789abcdef"


def test_a_run_measures_nothing_since_figures_are_named_by_other_ids() -> None:
    assert own().stories[0].measures == {}
    assert own().measures(None) == {}  # type: ignore[arg-type]


def test_when_a_command_comes_stays_as_it_is() -> None:
    assert own().stories[1].commands[1].after == "LoanRequested"


def test_a_story_with_a_command_after_an_event_is_a_race() -> None:
    assert [story.is_race for story in SCENARIO.stories] == [False, True]


def test_a_text_where_names_of_fields_are_meant_is_refused() -> None:
    with pytest.raises(ScenarioMisdeclared, match=r'own_ids needs a comma: own_ids=\("sku",\)'):
        Scenario(own_ids="sku")  # type: ignore[arg-type]
