"""Stories as played on the synthesized stacks, in virtual time."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from ensemble.command_line.errors import SendingFailed, StartingFailed
from ensemble.command_line.run.playing import play
from ensemble.command_line.run.results import Observed, Result
from ensemble.laptop import Laptop
from ensemble.scenario import Command, Scenario, Story
from scenarios.lending.scenario import SCENARIO, loan
from tests.conftest import NAMES
from tests.docs.documented_lines import is_documented_metric, metrics_in, undocumented

GRANTED = SCENARIO.stories[0]


def playing(*stories: Story) -> Scenario:
    """Return a scenario of these stories, with copies for each."""
    add = Command("AddCopies", "bindery", {"receipt_id": stories[0].name, "title": "title-1", "copies": 10})
    return replace(SCENARIO, opening=(add,), stories=stories)


def one(loan_id: str, **changes: Any) -> Scenario:
    """Return a scenario with one story, of a loan of its own."""
    return playing(again(loan_id, name=loan_id, **changes))


def again(loan_id: str, street: str = "1 Street", **changes: Any) -> Story:
    """Return the story of a loan that is granted, with a loan of its own."""
    command = loan(loan_id, 2)
    fields = {**command.fields, "place": {"town": "Bern", "street": street}}
    return replace(GRANTED, commands=(replace(command, fields=fields),), **changes)


def test_all_stories_are_reported_as_they_happen_and_end_as_expected(library: Laptop) -> None:
    began: list[Story] = []
    seen: list[Observed] = []
    ended: list[Result] = []

    results = play(library, SCENARIO, on_story=began.append, on_event=seen.append, on_result=ended.append)

    assert [result.faults for result in results.stories] == [()] * len(SCENARIO.stories)
    assert results.as_expected
    assert tuple(began) == SCENARIO.stories
    assert tuple(ended) == results.stories
    assert seen == [event for result in results.stories for event in result.events]


def test_an_event_knows_when_it_was_and_what_caused_it(library: Laptop) -> None:
    result = play(library, one("loan-timed")).stories[0]

    first, second, *_ = result.events
    (last,) = [event for event in result.events if event.type == "LoanGranted"]
    assert (first.type, first.source, first.seconds, first.cause) == ("RequestLoan", "desk", 0, None)
    assert (second.type, second.source, second.cause) == ("LoanRequested", "loan", "RequestLoan")
    assert (last.type, last.source, last.cause) == ("LoanGranted", "loan", "CopiesSent")
    assert 0 < second.seconds < last.seconds < 1


def test_a_command_comes_at_its_time(library: Laptop) -> None:
    late = replace(loan("loan-late", 1), at=5.0)

    (result,) = play(library, playing(Story("late", (late,), end=("LoanGranted",)))).stories

    assert result.events[0].seconds == pytest.approx(5.0)
    assert result.end == "LoanGranted"


def test_a_command_comes_once_however_often_its_event_is_on_the_bus(library: Laptop) -> None:
    library.duplicate_deliveries = 2
    cancel = Command("CancelLoan", "desk", {"loan_id": "loan-twice"}, after="RequestLoan")
    command = loan("loan-twice", 1)
    story = Story("twice", (command, replace(command, key="again"), cancel), end=("LoanGranted",))

    (result,) = play(library, playing(story)).stories
    library.duplicate_deliveries = 1

    assert [event.type for event in result.events].count("RequestLoan") == 2
    assert [event.type for event in result.events].count("CancelLoan") == 1


def test_a_long_story_waits_for_its_end_as_for_a_timer_and_no_longer_than_it_may_take(library: Laptop) -> None:
    never = one("loan-for-ever", end=("LoanGranted", "LoanRefused"), within=3_600.0)
    began = library.now()

    (result,) = play(library, never).stories

    assert library.now() - began == pytest.approx(3_600.0, abs=1.0)
    assert result.end == "LoanGranted"
    assert "it did not come to rest in time" in result.faults


def test_a_story_that_ends_otherwise_is_not_as_expected(library: Laptop) -> None:
    results = play(library, one("loan-wrong", end=("LoanRefused",)))

    assert not results.as_expected
    assert "it ended with none, not LoanRefused" in results.stories[0].faults


def test_a_measure_that_moves_otherwise_is_not_as_expected(library: Laptop) -> None:
    results = play(library, one("loan-moving", measures={"copies title-1": -1, "parcels": 1}))

    assert not results.balances
    assert not results.as_expected


def test_a_story_that_does_not_come_to_rest_in_time_says_so(library: Laptop) -> None:
    results = play(library, one("loan-hasty"), timeout_seconds=0.02)
    library.run_until_idle()

    assert "it did not come to rest in time" in results.stories[0].faults


def test_after_a_story_that_does_not_come_to_rest_no_other_is_played_and_its_functions_say_why(library: Laptop) -> None:
    stuck, other = again("loan-stuck", street="Timeout", name="stuck"), again("loan-waiting")

    results = play(library, playing(stuck, other), timeout_seconds=0.5)
    library.run_until_idle()

    (result,) = results.stories
    assert result.faults[-1].startswith(f"{NAMES.consumer('courier')} postponed CopiesReserved: CarrierTimeout")
    assert results.not_played == (other,)
    assert not results.as_expected


def test_an_event_that_is_postponed_and_then_handled_is_no_fault(library: Laptop) -> None:
    result = play(library, one("loan-slow", street="Timeout")).stories[0]

    (fault,) = result.postponed
    assert fault.startswith(
        f"{NAMES.consumer('courier')} postponed CopiesReserved: CarrierTimeout: no answer to loan-slow/send\n"
    )
    assert "\n    functions/courier/carrier.py:" in fault
    assert ", service courier, try 1" in fault
    assert result.faults == ()


def test_an_opening_that_is_not_handled_in_time_ends_it(library: Laptop) -> None:
    with pytest.raises(StartingFailed, match=r"opening was not handled within 0\.001 s: no function says why"):
        play(library, SCENARIO, timeout_seconds=0.001)
    library.run_until_idle()


def test_a_bus_that_does_not_take_the_command_ends_it(library: Laptop) -> None:
    forged = Command("AddCopies", "aws.bindery", {"receipt_id": "forged", "title": "title-1", "copies": 1})
    with pytest.raises(SendingFailed, match="AddCopies was refused: NotAuthorizedForSource"):
        play(library, replace(SCENARIO, opening=(forged,)))


def test_every_line_is_one_that_is_documented_and_names_its_row_whatever_comes_twice(library: Laptop) -> None:
    library.duplicate_deliveries = 2
    play(library, one("loan-logged"))
    library.duplicate_deliveries = 1

    lines = [json.loads(line) for function in library.functions.values() for line in function.output]
    logged = [line for line in lines if "_aws" not in line]
    counted = {name for line in lines for name in metrics_in(line)}
    assert [fault for line in logged for fault in undocumented(line)] == []
    assert {"EventHandled", "EventDuplicate"} <= {line["message"] for line in logged}
    assert [line for line in logged if not line.get("row_key")] == []
    assert [name for name in counted if not is_documented_metric(name)] == []
    assert "EventDuplicate" in counted
