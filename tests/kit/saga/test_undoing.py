"""A saga that undoes what was done for long is an incident: its timer waits until all is undone."""

from __future__ import annotations

import pytest

from functions.kit.errors import Kind, NotYet
from functions.kit.model import TIMER, Event
from functions.kit.saga.progress import Progress
from tests.kit.saga.tables import SHIP, charge, conducted, reserve

SINCE, LONG_AFTER = "2026-01-01T00:00:00.000Z", "2026-01-01T00:15:00.000Z"
SAGA = conducted(reserve(), charge(None), SHIP)
UNDOING = Progress("undoing", SINCE, {"ReserveStock": "done", "ChargePayment": "undoing"}, reason="no room")


def on_timer(progress: Progress) -> None:
    reaction = next(one for one in SAGA.reactions if one.event == TIMER)
    reaction.react(progress, Event("t-1", TIMER, LONG_AFTER, "w-1", {"order_id": "o-1"}))


def test_its_timer_is_due_a_quarter_of_an_hour_after_it_began_to_undo() -> None:
    assert SAGA.due_at(UNDOING) == LONG_AFTER
    assert SAGA.due_at(Progress("undone", SINCE)) is None
    assert SAGA.due_at(Progress("completed", SINCE)) is None


def test_the_timer_then_waits_as_events_do_and_says_who_has_not_answered() -> None:
    with pytest.raises(NotYet, match="no answer of ChargePayment") as raised:
        on_timer(UNDOING)

    assert raised.value.kind is Kind.NOT_YET
    assert "no room" not in str(raised.value)


def test_on_the_way_onward_the_timer_is_of_the_first_answer_that_is_to_come_in_time() -> None:
    deadlines = {"ReserveStock": "2026-01-01T00:05:00.000Z", "ChargePayment": "2026-01-01T00:04:00.000Z"}
    running = Progress("running", SINCE, dict.fromkeys(deadlines, "sent"), deadlines)

    assert SAGA.due_at(running) == "2026-01-01T00:04:00.000Z"
    assert SAGA.due_at(Progress("running", SINCE, {"ShipOrder": "sent"})) is None
