"""The way from a command to the last event, and what of each step is waited for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ensemble.meter.assumed import code_milliseconds
from ensemble.meter.latency import Course
from ensemble.meter.recording import Recorded
from tests.toolkit.meter.staged import CONSUMER, MAPPING, event, handled, publish, read, staged, write

EVENTS = [event("1", "RequestLoan", "desk"), event("2", "LoanRequested", "loan", "derived from 1")]
BY_ITSELF = Recorded([handled("1", read(), write(), publish("2"), write())], {}, EVENTS)
HOP = 148 + 16.2 + code_milliseconds(256)


def test_a_step_is_its_hops_the_code_and_the_calls_before_it_publishes() -> None:
    (step,) = Course(BY_ITSELF, staged()).way(("LoanRequested",))

    assert (step.service, step.event, step.publishes) == ("loan", "RequestLoan", "LoanRequested")
    assert step.milliseconds == pytest.approx(HOP + 11)


def test_a_window_is_waited_for() -> None:
    (step,) = Course(BY_ITSELF, staged(mappings=(replace(MAPPING, window=5.0),))).way(("LoanRequested",))

    assert step.milliseconds == pytest.approx(HOP + 11 + 5_000)


def test_what_another_function_publishes_takes_a_stream_and_not_the_write_before_it() -> None:
    relay = replace(CONSUMER, name="relay")
    recorded = Recorded([handled("1", read(), write()), handled("", publish("2"), function="relay")], {}, EVENTS)

    (step,) = Course(recorded, staged(relay)).way(("LoanRequested",))

    assert step.milliseconds == pytest.approx(HOP + 5.5 + 213)


def test_the_way_goes_back_over_the_causes_and_leaves_out_what_is_beside_it() -> None:
    events = [*EVENTS, event("3", "Noted", "loan", "2"), event("4", "LoanGranted", "loan", "2")]
    recorded = Recorded([*BY_ITSELF.invocations, handled("2", publish("3", "4"))], {}, events)

    steps = Course(recorded, staged()).way(("LoanGranted",))

    assert [step.publishes for step in steps] == ["LoanRequested", "LoanGranted"]


def test_messages_of_one_workflow_are_together_that_come_within_a_window_by_medians() -> None:
    log = replace(CONSUMER, name="log", service="log")
    listening = replace(MAPPING, source="log-events", function="log", window=1.0)
    heard = [handled(id, function="log", source="log-events") for id in ("1", "2", "3")]
    events = [*EVENTS, event("3", "LoanGranted", "loan", "2")]
    recorded = Recorded([*BY_ITSELF.invocations, handled("2", publish("3")), *heard], {}, events)

    course = Course(recorded, staged(log, mappings=(MAPPING, listening)))

    assert course.together(listening) == 3
    assert course.together(replace(listening, window=0.2)) == 1.5
    assert course.together(replace(listening, window=0.1)) == 1
