"""A story is as expected only when its end, its events and its measures are."""

from __future__ import annotations

from dataclasses import replace

from tests.toolkit.command_line.played import (
    BEFORE,
    FULFILLED,
    GRANTED,
    REFUSED,
    UNFULFILLED,
    good,
    observed,
    together,
    without,
)


def test_a_story_that_went_as_it_must_has_no_faults() -> None:
    for story in (FULFILLED, UNFULFILLED):
        assert good(story).faults == ()
        assert good(story).as_expected


def test_a_story_that_ended_otherwise_is_a_fault() -> None:
    result = without(good(), GRANTED)

    refused = replace(result, events=(*result.events, observed(REFUSED, 9)))

    assert result.end == "none"
    assert refused.faults == ("it ended with LoanRefused, not LoanGranted",)


def test_a_story_that_ended_twice_is_a_fault() -> None:
    result = good()

    twice = replace(result, events=(*result.events, observed(GRANTED, 99)))

    assert twice.end == "LoanGranted and LoanGranted"
    assert not twice.as_expected


def test_the_same_event_put_twice_is_one_end() -> None:
    result = good()

    again = replace(result, events=(*result.events, result.events[-1]))

    assert again.as_expected


def test_a_story_may_have_to_end_with_several_events() -> None:
    both = replace(FULFILLED, end=(GRANTED, "FeePaid"))
    ends = frozenset({GRANTED, REFUSED, "FeePaid"})

    assert replace(good(both), ends=ends).as_expected
    assert without(replace(good(both), ends=ends), "FeePaid").faults == (
        "it ended with LoanGranted, not FeePaid and LoanGranted",
    )


def test_a_story_that_does_not_say_how_it_must_end_may_end_anyhow() -> None:
    assert replace(good(), story=replace(FULFILLED, end=())).as_expected


def test_an_event_that_is_missing_is_a_fault() -> None:
    assert without(good(), "CopiesSent").faults == ("CopiesSent was never on the bus",)


def test_an_event_that_must_not_be_is_a_fault() -> None:
    result = good()

    assert replace(result, events=(observed("CopiesRefused", 3), *result.events)).faults == (
        "CopiesRefused was on the bus",
    )


def test_a_measure_that_changed_otherwise_is_a_fault_though_the_sum_of_all_is_right() -> None:
    moved = {**good().after, "copies title-1": 17, "copies title-2": 10}

    assert replace(good(), after=moved).faults == (
        "copies title-1 is 17, not 18",
        "copies title-2 is 10, not 9",
    )


def test_a_measure_that_the_story_does_not_name_must_not_change() -> None:
    kept = replace(good(UNFULFILLED), after={**BEFORE, "fees": 28})

    assert kept.faults == ("fees is 28, not 0",)


def test_a_story_that_did_not_come_to_rest_is_a_fault() -> None:
    assert replace(good(), at_rest=False).faults == ("it did not come to rest in time",)


def test_what_postponed_events_explains_faults_but_is_none() -> None:
    postponed = replace(good(), postponed=("dev-courier postponed an event: NotYet",))

    assert postponed.as_expected
    assert replace(postponed, at_rest=False).faults == (
        "it did not come to rest in time",
        "dev-courier postponed an event: NotYet",
    )


def test_a_measure_first_there_afterwards_counts_from_none() -> None:
    (change,) = replace(good(UNFULFILLED), after={**BEFORE, "copies title-3": 1}).changes

    assert (change.name, change.before, change.after, change.expected) == ("copies title-3", 0, 1, 0)


def test_all_together_balances_when_just_what_the_stories_say_has_changed() -> None:
    first = good()
    results = together(first, good(UNFULFILLED, first.after))

    assert results.as_expected
    assert [(one.name, one.expected) for one in results.changes] == [
        ("copies title-1", 18),
        ("copies title-2", 9),
        ("fees", 45),
    ]


def test_what_is_lost_between_the_stories_does_not_balance() -> None:
    results = together(good())

    lost = replace(results, after={**results.after, "copies title-1": 17})

    assert not lost.balances
    assert not lost.as_expected


def test_a_dead_letter_is_not_as_expected() -> None:
    assert not replace(together(good()), dead_letters={"a-dlq": 1}).as_expected


def test_a_story_that_is_not_played_is_not_as_expected() -> None:
    assert not replace(together(good()), not_played=(UNFULFILLED,)).as_expected
