"""Edges of the graph: how long a service takes to answer an event, what waits for it, and what keeps it from coming."""

from __future__ import annotations

import pytest

from ensemble.console.edges import AnswerTimes, edge, edges_of
from ensemble.console.feed import Feed
from ensemble.trace.known import Happened
from tests.toolkit.console.events import CHOREOGRAPHY, workflow

TO_CHECK = edge("desk", "TicketOpened", "check")


def answered(key: str, at: float, seconds: float) -> list[Happened]:
    """Return a ticket that is opened, and its check so many seconds later."""
    first, opened, checked, *_ = workflow(key, at=at)
    late = Happened(checked.event_id, checked.type, "check", checked.workflow, opened.at + seconds, opened.event_id)
    return [first, opened, late]


def test_how_soon_an_edge_is_answered_is_the_middle_one_of_its_newest_answers() -> None:
    feed = Feed(CHOREOGRAPHY)
    for number, seconds in enumerate((9.0, 0.25, 0.1)):
        feed.take(answered(f"t-{number}", 10.0 * number, seconds), 30.0)

    batch = feed.take([], 40.0, {})

    assert batch is not None
    assert batch["edges"][TO_CHECK] == {"state": "ok", "text": "250 ms", "since": "", "said": "answered within 250 ms"}


def test_an_answer_of_long_ago_says_nothing_of_now() -> None:
    feed = Feed(CHOREOGRAPHY)
    feed.take(answered("t-1", 0.0, 0.1), 10.0)

    feed.take([], 20.0, {})
    later = feed.take([], 400.0, {})

    assert later is not None
    assert later["edges"] == {}


def test_an_answer_before_its_event_by_clocks_that_disagree_took_no_time() -> None:
    times = AnswerTimes()

    times.take(TO_CHECK, 10.0, -0.2)

    assert times.of(10.0) == {TO_CHECK: 0.0}


def test_what_is_told_of_faults_stays_while_other_facts_are_told_and_goes_with_them() -> None:
    feed = Feed(CHOREOGRAPHY)

    first = feed.take([], 1.0, {"faults": {TO_CHECK: ("rule off", "the rule x is disabled")}, "differs": ["x"]})
    second = feed.take([], 2.0, {"nodes": {}, "alarms": 0, "dead": 0, "waits": {TO_CHECK: 90.0}})
    third = feed.take([], 3.0, {"faults": {}, "differs": []})

    assert first is not None
    assert second is not None
    assert third is not None
    assert first["edges"][TO_CHECK] == {
        "state": "fault",
        "text": "rule off",
        "since": "",
        "said": "the rule x is disabled",
    }
    assert second["edges"][TO_CHECK]["since"] == "1 min 30 s"
    assert third["edges"][TO_CHECK]["state"] == "waiting"
    assert (first["differs"], third["differs"]) == (["x"], [])
    assert not {"faults", "waits"} & {*first, *second, *third, *feed.snapshot(3.0)}


@pytest.mark.parametrize(
    ("time", "oldest", "state", "text"),
    [(0.25, 59.0, "ok", "250 ms"), (0.25, 125.0, "waiting", "2 min 5 s"), (None, 125.0, "waiting", "2 min 5 s")],
)
def test_a_message_that_waits_for_a_minute_says_more_than_the_last_answers(
    time: float | None, oldest: float, state: str, text: str
) -> None:
    found = edges_of({} if time is None else {TO_CHECK: time}, {TO_CHECK: oldest}, {})[TO_CHECK]

    assert (found["state"], found["text"]) == (state, text)
