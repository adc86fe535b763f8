"""A saga that undoes what was done for long is an incident: its timer waits until all is undone."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import pytest

from functions.kit.errors import Kind, NotYet
from functions.kit.model import TIMER, Event
from functions.kit.rows import Commit
from functions.kit.saga.progress import Progress
from functions.kit.states import plain
from functions.kit.sweep import timer_message
from tests.kit.conftest import NOON, Kit
from tests.kit.saga.tables import SHIP, charge, conducted, reserve

SINCE, LONG_AFTER = "2026-01-01T00:00:00.000Z", "2026-01-01T00:15:00.000Z"
SAGA = conducted(reserve(), charge(None), SHIP)
UNDOING = Progress("undoing", SINCE, {"HoldParts": "done", "TakeDeposit": "undoing"}, reason="no room")


def on_timer(progress: Progress) -> None:
    reaction = next(one for one in SAGA.reactions if one.event == TIMER)
    reaction.react(progress, Event("t-1", TIMER, LONG_AFTER, "w-1", {"repair_id": "o-1"}))


def test_its_timer_is_due_a_quarter_of_an_hour_after_it_began_to_undo() -> None:
    assert SAGA.due_at(UNDOING) == LONG_AFTER
    assert SAGA.due_at(Progress("undone", SINCE)) is None
    assert SAGA.due_at(Progress("completed", SINCE)) is None


def test_the_timer_then_waits_as_events_do_and_says_who_has_not_answered() -> None:
    with pytest.raises(NotYet, match="no answer of TakeDeposit") as raised:
        on_timer(UNDOING)

    assert raised.value.kind is Kind.NOT_YET
    assert "no room" not in str(raised.value)


def test_on_the_way_onward_the_timer_is_of_the_first_answer_that_is_to_come_in_time() -> None:
    deadlines = {"HoldParts": "2026-01-01T00:05:00.000Z", "TakeDeposit": "2026-01-01T00:04:00.000Z"}
    running = Progress("running", SINCE, dict.fromkeys(deadlines, "sent"), deadlines)

    assert SAGA.due_at(running) == "2026-01-01T00:04:00.000Z"
    assert SAGA.due_at(Progress("running", SINCE, {"FixDevice": "sent"})) is None


def stored(kit: Kit, progress: Progress) -> None:
    row = kit.rows.load("repair_id#o-1")
    kit.rows.commit(Commit(replace(row, state=plain(progress), correlation_id="w-1")), NOON)


def test_each_try_of_it_is_counted_as_a_wait_until_all_is_undone(kit: Kit, log: io.StringIO) -> None:
    kit.consumer = kit.another_worker(service=SAGA)
    timer = timer_message("repair", "repair_id#o-1", LONG_AFTER, "2026-01-01T00:16:00.000Z")
    kit.sqs.send_message(QueueUrl=kit.queue_url, MessageBody=json.dumps(timer))
    (message,) = kit.messages()

    stored(kit, UNDOING)
    kept = kit.handle(message)
    waits = log.getvalue()
    stored(kit, Progress("undone", "2026-01-01T00:20:00.000Z", {"HoldParts": "undone"}))

    assert kept == [message["messageId"]]
    assert '"EventPostponed"' in waits
    assert "no answer of TakeDeposit" in waits
    assert kit.handle(message) == []
    assert '"EventHandled"' in log.getvalue()
    assert kit.dead_letters() == []
