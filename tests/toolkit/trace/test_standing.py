"""From what is known of a workflow to where it stands and why: each reason, as a sentence."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ensemble.trace.known import Circuit, DeadLetter, Drop, Happened, Hearing, Known, Queue, Row, Timers, Waited
from ensemble.trace.standing import Cause, Standing, State, Why, standing_of
from functions.kit.envelope import derived_id
from functions.kit.inbox import entry, place_of
from functions.kit.model import TIMER
from functions.kit.waiting import GIVEN_UP

NOW = 1_767_225_600.0 + 12 * 3_600
"""Noon of a day, UTC."""

REQUEST = Hearing("loan", "desk", "RequestLoan", "loan_id", "loan-commands", ("LoanRequested",))
RESERVE = Hearing("shelf", "loan", "LoanRequested", "loan_id", "shelf-events", ("CopiesReserved",))
COUNT = Hearing("figures", "loan", "LoanRequested", "loan_id", "figures-events")
SEND = Hearing("courier", "shelf", "CopiesReserved", "loan_id", "courier-events", ("CopiesSent",), ("carrier",))
HEARINGS = (REQUEST, RESERVE, COUNT, SEND)

VALUES = {"loan_id": "l-1"}
ASKED = Happened("e-0", "RequestLoan", "desk", "w-1", NOW - 100, None, VALUES, content="content0", digest="d-0")


def caused(cause: Happened, service: str, type: str, ago: float) -> Happened:
    id = derived_id("caused", cause.event_id, service, "loan_id#l-1", type, "0")
    return Happened(id, type, service, "w-1", NOW - ago, cause.event_id, VALUES, content=type[:8], digest=f"d-{type}")


REQUESTED = caused(ASKED, "loan", "LoanRequested", 90)
RESERVED = caused(REQUESTED, "shelf", "CopiesReserved", 80)


def row(service: str, *handled: Happened, **more: Any) -> Row:
    inbox = {place_of(one.event_id): entry(30_000, one.content) for one in handled}
    return Row(service, "loan_id#l-1", "w-1", 1, {"status": "x"}, inbox=inbox, **more)


def known(*events: Happened, rows: tuple[Row, ...] = (), **more: Any) -> Known:
    return Known(NOW, events, rows, HEARINGS, **{"stores": {"journal-events": Queue()}, **more})


SO_FAR = (row("loan", ASKED), row("shelf", REQUESTED), row("figures", REQUESTED))
UP_TO_COURIER = known(ASKED, REQUESTED, RESERVED, rows=SO_FAR)


def only(standing: Standing) -> Why:
    (why,) = standing.why
    return why


# Messages


def test_a_message_that_waits_is_named_with_its_queue_and_when_it_is_tried() -> None:
    holds = {"courier-events": Queue(0, 3, 1, hides_for=180)}

    standing = standing_of(replace(UP_TO_COURIER, queues=holds))

    why = only(standing)
    assert standing.state is State.WAITING
    assert (why.cause, why.service, why.row, why.queue) == (
        Cause.MESSAGE,
        "courier",
        "loan_id#l-1",
        "courier-events",
    )
    assert why.event == RESERVED
    assert why.next_within == 180
    assert why.text == (
        "courier has not handled CopiesReserved, which is 1 min 20 s old: it should be one of 4 messages in "
        "courier-events, hidden until it is tried again, within 60 s, or 3 min where the function gave no answer"
    )


def test_what_is_down_is_named_with_when_it_is_asked_again() -> None:
    circuits = {"courier": (Circuit("carrier", 8, NOW + 24),)}

    why = only(standing_of(replace(UP_TO_COURIER, queues={"courier-events": Queue(0, 1)}, circuits=circuits)))

    assert (why.system, why.next_at, why.next_within) == ("carrier", NOW + 24, 60)
    assert why.text.endswith(
        "it should be the message in courier-events. carrier does not answer courier (8 failures in a row) and is "
        "asked again at 12:00:24Z (in 24 s)"
    )


def test_what_may_be_asked_again_by_now_is_asked_by_the_next_message() -> None:
    circuits = {"courier": (Circuit("carrier", 8, NOW - 1),)}
    queues = {"courier-events": Queue(0, 1, hides_for=180)}

    why = only(standing_of(replace(UP_TO_COURIER, queues=queues, circuits=circuits)))

    assert (why.next_at, why.next_within) == (None, 180)
    assert why.text.endswith("and is asked again by whichever message is tried next")


def test_what_is_down_and_not_needed_is_no_reason() -> None:
    circuits = {"courier": (Circuit("EventBridge", 8, NOW + 24), Circuit("printer", 8, NOW))}

    why = only(standing_of(replace(UP_TO_COURIER, queues={"courier-events": Queue(0, 1)}, circuits=circuits)))

    assert why.system == "EventBridge"  # by which all that it publishes goes out
    assert "printer" not in why.text


def test_a_message_that_was_sent_again_is_known_to_be_there() -> None:
    waited = {("courier", RESERVED.digest): Waited(NOW - 60, 2, "TimeoutError")}

    why = only(standing_of(replace(UP_TO_COURIER, queues={"courier-events": Queue(0, 1)}, waited=waited)))

    assert (why.since, why.sent_again, why.reason) == (NOW - 60, 2, "TimeoutError")
    assert (
        "it is the message in courier-events, waits since 11:59:00Z (1 min ago), was sent again 2 times because of "
        "TimeoutError, hidden until"
    ) in why.text


def test_a_message_that_nobody_takes_says_what_to_look_at() -> None:
    why = only(standing_of(replace(UP_TO_COURIER, queues={"courier-events": Queue(2)})))

    assert "it should be one of 2 messages in courier-events. Nobody has received it yet." in why.text
    assert "whether the function of courier starts, and whether the queue's mapping is on" in why.text


def test_a_step_of_a_moment_ago_is_running() -> None:
    fresh = replace(RESERVED, at=NOW - 2)

    standing = standing_of(
        replace(UP_TO_COURIER, events=(ASKED, REQUESTED, fresh), queues={"courier-events": Queue(1)})
    )

    assert standing.state is State.RUNNING


def test_what_nobody_else_waits_for_is_told_after_what_holds_the_workflow_up() -> None:
    rows = (row("loan", ASKED), row("shelf", REQUESTED))
    queues = {"courier-events": Queue(0, 1), "figures-events": Queue(0, 1)}

    standing = standing_of(known(ASKED, REQUESTED, RESERVED, rows=rows, queues=queues))

    assert [why.service for why in standing.why] == ["courier", "figures"]


# No message


def test_an_event_that_is_in_no_queue_is_said_to_be_purged_after_a_day_and_before_to_be_on_its_way() -> None:
    def at(seconds: float) -> Why:
        late = replace(RESERVED, at=NOW - seconds)
        return only(standing_of(replace(UP_TO_COURIER, events=(ASKED, REQUESTED, late))))

    moving, waiting, purged = at(5), at(3_600), at(90_000)

    assert [one.cause for one in (moving, waiting, purged)] == [Cause.NO_MESSAGE] * 3
    assert [one.state for one in (moving, waiting, purged)] == [State.RUNNING, State.WAITING, State.FAILED]
    assert moving.text.endswith("it is on its way to courier-events")
    assert "no message is in courier-events or in courier-events-dlq. EventBridge may still try" in waiting.text
    assert "somebody has purged it. Fix: send its text to courier-events once more" in purged.text


def test_a_dead_letter_that_is_gone_was_purged() -> None:
    waited = {("courier", RESERVED.digest): Waited(NOW - 60, GIVEN_UP, "Boom")}

    why = only(standing_of(replace(UP_TO_COURIER, waited=waited)))

    assert why.state is State.FAILED
    assert "It was given up because of Boom, and somebody has purged it since" in why.text


def test_where_no_rule_sends_an_event_that_is_the_reason() -> None:
    deaf = (REQUEST, RESERVE, COUNT, replace(SEND, queue=None))

    why = only(standing_of(replace(UP_TO_COURIER, hearings=deaf)))

    assert (why.cause, why.state) == (Cause.NO_RULE, State.FAILED)
    assert "no rule sends CopiesReserved to courier, which declares that it hears it" in why.text


# Dead letters, and what was dropped

DROP = Drop("courier", RESERVED.event_id, NOW - 20, "arn:me", "sent by hand", "Boom", "op-1")


def letter(**changes: Any) -> DeadLetter:
    content = RESERVED.content
    one = DeadLetter("courier-events-dlq", "courier", RESERVED.event_id, "CopiesReserved", NOW - 30, "Boom", content)
    return replace(one, **changes)


def test_a_dead_letter_is_named_with_its_reason() -> None:
    standing = standing_of(replace(UP_TO_COURIER, dead_letters=(letter(),), queues={"courier-events": Queue(0, 9)}))

    why = only(standing)
    assert standing.state is State.FAILED
    assert (why.cause, why.queue, why.reason, why.since) == (
        Cause.DEAD_LETTER,
        "courier-events-dlq",
        "Boom",
        NOW - 30,
    )
    assert why.text == (
        "courier gave CopiesReserved up at 11:59:30Z (30 s ago): it is in courier-events-dlq, until somebody redrives "
        "it. Its reason: Boom"
    )


@pytest.mark.parametrize("changes", [{"event_id": "other"}, {"service": "shelf"}, {"content": "other"}])
def test_a_dead_letter_of_something_else_is_no_reason(changes: dict[str, str]) -> None:
    why = only(standing_of(replace(UP_TO_COURIER, dead_letters=(letter(**changes),))))

    assert why.cause is Cause.NO_MESSAGE


def test_a_dead_letter_of_an_event_that_no_store_has_is_its_own() -> None:
    unstored = replace(RESERVED, content="", is_stored=False)

    why = only(standing_of(replace(UP_TO_COURIER, events=(ASKED, REQUESTED, unstored), dead_letters=(letter(),))))

    assert why.cause is Cause.DEAD_LETTER


def test_a_drop_is_named_with_who_did_it_and_why() -> None:
    standing = standing_of(replace(UP_TO_COURIER, drops=(DROP,), queues={"courier-events": Queue(0, 9)}))

    why = only(standing)
    assert (standing.state, why.cause, why.reason) == (State.DROPPED, Cause.DROPPED, "sent by hand")
    assert why.text == (
        "courier has not handled CopiesReserved, which is 1 min 20 s old: it was dropped at 11:59:40Z (20 s ago) by "
        "arn:me: sent by hand (operation op-1). It had been given up: Boom"
    )


@pytest.mark.parametrize("changes", [{"event_id": "other"}, {"service": "shelf"}])
def test_a_drop_of_something_else_is_no_reason(changes: dict[str, str]) -> None:
    drop = replace(DROP, **changes)  # type: ignore[arg-type]  # both are texts

    assert only(standing_of(replace(UP_TO_COURIER, drops=(drop,)))).cause is Cause.NO_MESSAGE


def test_another_copy_that_is_a_dead_letter_comes_before_the_drop() -> None:
    assert only(standing_of(replace(UP_TO_COURIER, drops=(DROP,), dead_letters=(letter(),)))).cause is Cause.DEAD_LETTER


def test_what_was_dropped_and_sent_again_all_the_same_is_no_matter() -> None:
    handled = replace(UP_TO_COURIER, rows=(*SO_FAR, row("courier", RESERVED)), drops=(DROP,))

    assert Cause.DROPPED not in [why.cause for why in standing_of(handled).why]


def test_a_drop_that_left_something_unpublished_says_how_it_is_said_again() -> None:
    left = caused(RESERVED, "courier", "CopiesSent", 70)
    courier = row("courier", RESERVED, outboxes={RESERVED.event_id: (left,)})

    standing = standing_of(replace(UP_TO_COURIER, rows=(*SO_FAR, courier), drops=(DROP,)))

    assert (standing.state, only(standing).cause) == (State.DROPPED, Cause.DROPPED)
    assert only(standing).text.endswith(". `ensemble reconcile` has it said again")


@pytest.mark.parametrize(("is_ended", "state"), [(True, State.DONE), (False, State.DROPPED)])
def test_a_workflow_that_ended_another_way_after_a_drop_has_ended(is_ended: bool, state: State) -> None:
    standing = standing_of(replace(UP_TO_COURIER, drops=(DROP,), is_ended=is_ended))

    assert (standing.state, only(standing).cause) == (state, Cause.DROPPED)


def test_a_drop_that_holds_nothing_up_leaves_a_workflow_as_it_is() -> None:
    rows, drop = (row("loan", ASKED), row("shelf", REQUESTED)), replace(DROP, service="figures")
    more = known(ASKED, REQUESTED, RESERVED, rows=rows, drops=(replace(drop, event_id=REQUESTED.event_id),))
    ended = caused(RESERVED, "courier", "CopiesSent", 70)

    standing = standing_of(replace(more, events=(*more.events, ended), rows=(*rows, row("courier", RESERVED))))

    assert (standing.state, only(standing).cause) == (State.DONE, Cause.DROPPED)


def test_an_event_whose_id_another_one_had_is_refused() -> None:
    twin = replace(ASKED, content="other", is_beside=True)
    dead = DeadLetter("loan-commands-dlq", "loan", "e-0", "RequestLoan", NOW, "the same id", "other")

    standing = standing_of(known(ASKED, twin, rows=(row("loan", ASKED),), dead_letters=(dead,)))

    why = only(standing)
    assert (why.cause, why.event) == (Cause.DEAD_LETTER, twin)


# Outboxes


def test_what_a_row_has_still_to_publish_is_named_by_its_cause_and_its_hearers_wait_for_nothing_yet() -> None:
    pending = replace(REQUESTED, is_stored=False)
    outboxes = {"e-0": (pending,)}

    standing = standing_of(
        known(ASKED, rows=(row("loan", ASKED, outboxes=outboxes),), queues={"loan-commands": Queue(0, 1)})
    )

    why = only(standing)
    assert (why.cause, why.service, why.event, why.queue) == (Cause.OUTBOX, "loan", ASKED, "loan-commands")
    assert why.text.startswith("loan has handled RequestLoan and not noted for 1 min 40 s that LoanRequested is on the")
    assert standing.steps.unpublished == {REQUESTED.event_id}


# Timers


def waking(due_at: float, swept: float | None, **more: Any) -> Known:
    rows = (row("loan", ASKED, due_at=due_at), *SO_FAR[1:], row("courier", RESERVED))
    sent = caused(RESERVED, "courier", "CopiesSent", 70)
    timers = {"loan": Timers("loan-events", swept, ("LoanCancelled",))}
    return known(ASKED, REQUESTED, RESERVED, sent, rows=rows, timers=timers, **more)


def test_a_timer_that_is_all_there_is_says_when_it_wakes_its_row() -> None:
    standing = standing_of(waking(NOW + 600, None))

    why = only(standing)
    assert standing.state is State.WAITING
    assert (why.cause, why.next_at) == (Cause.TIMER, NOW + 600)
    assert why.text == "loan wakes loan_id#l-1 by its timer at 12:10:00Z (in 10 min)"


def test_a_timer_that_is_not_due_does_not_make_a_workflow_wait_that_is_under_way() -> None:
    fresh = replace(caused(RESERVED, "courier", "CopiesSent", 1))
    heard = Hearing("loan", "courier", "CopiesSent", "loan_id", "loan-events", ("LoanGranted",))
    one = waking(NOW + 600, None, queues={"loan-events": Queue(1)})

    standing = standing_of(replace(one, events=(*one.events[:3], fresh), hearings=(*HEARINGS, heard)))

    assert standing.state is State.RUNNING
    assert [why.cause for why in standing.why] == [Cause.MESSAGE, Cause.TIMER]


def test_a_timer_that_is_due_waits_for_the_sweep_or_in_the_queue() -> None:
    due, sent = standing_of(waking(NOW - 5, NOW - 40)), waking(NOW - 50, NOW - 40)

    assert only(due).text.endswith("the sweep, which comes each minute, sends it to loan-events")
    in_queue = only(standing_of(replace(sent, queues={"loan-events": Queue(0, 2)})))
    assert in_queue.text.endswith("the sweep has sent it to loan-events, which holds 2 messages")


@pytest.mark.parametrize(("swept", "last"), [(None, "never came"), (NOW - 900, "came last at 11:45:00Z (15 min ago)")])
def test_a_sweep_that_does_not_come_is_a_fault(swept: float | None, last: str) -> None:
    why = only(standing_of(waking(NOW - 600, swept)))

    assert (why.cause, why.state) == (Cause.SWEEP, State.FAILED)
    assert f"and the sweep that sends timers {last}" in why.text


def test_a_timer_that_was_given_up_is_named_with_its_reason() -> None:
    dead = DeadLetter("loan-events-dlq", "loan", "t-1", TIMER, NOW - 9, "TimerLeftDue", row="loan_id#l-1")

    why = only(standing_of(waking(NOW - 600, NOW - 30, dead_letters=(dead,))))

    assert (why.cause, why.queue, why.reason) == (Cause.DEAD_LETTER, "loan-events-dlq", "TimerLeftDue")


def test_the_timer_of_a_row_that_is_of_another_workflow_is_not_this_ones() -> None:
    shared = Row("loan", "branch#b-1", "w-other", 1, due_at=NOW + 60, is_shared=True)

    standing = standing_of(replace(waking(NOW + 600, None), rows=(shared, *SO_FAR, row("courier", RESERVED))))

    assert standing.why == ()


# The end, and what nothing has triggered


def test_it_is_done_when_all_is_handled_and_an_event_came_that_nobody_answers() -> None:
    sent = caused(RESERVED, "courier", "CopiesSent", 70)

    standing = standing_of(known(ASKED, REQUESTED, RESERVED, sent, rows=(*SO_FAR, row("courier", RESERVED))))

    assert (standing.state, standing.why, standing.ended_by) == (State.DONE, (), (sent,))
    assert not standing.is_undone


def test_an_event_of_a_stranger_ends_nothing() -> None:
    odd = Happened("e-7", "Odd", "elsewhere", "w-1", NOW - 5, "e-0", VALUES)

    standing = standing_of(known(ASKED, REQUESTED, RESERVED, odd, rows=(*SO_FAR, row("courier", RESERVED))))

    assert (standing.state, standing.ended_by) == (State.STOPPED, ())


def test_a_compensation_that_published_something_undoes() -> None:
    released = caused(REQUESTED, "shelf", "CopiesReserved", 70)
    undoing = (REQUEST, replace(RESERVE, is_compensation=True))

    standing = standing_of(replace(UP_TO_COURIER, events=(ASKED, REQUESTED, released), hearings=undoing))

    assert standing.is_undone


def test_where_all_is_handled_and_nothing_ended_the_step_is_named_that_triggered_nothing() -> None:
    standing = standing_of(known(ASKED, REQUESTED, RESERVED, rows=(*SO_FAR, row("courier", RESERVED))))

    why = only(standing)
    assert (standing.state, why.cause) == (State.STOPPED, Cause.NOTHING)
    assert why.text == (
        "nothing is on its way: courier has handled CopiesReserved and published nothing. What could have come next: "
        "CopiesSent"
    )


def test_while_events_are_to_be_stored_nothing_is_said_to_have_stopped() -> None:
    standing = standing_of(
        known(
            ASKED,
            REQUESTED,
            RESERVED,
            rows=(*SO_FAR, row("courier", RESERVED)),
            stores={"journal-events": Queue(1, 2)},
        )
    )

    why = only(standing)
    assert (standing.state, why.cause) == (State.RUNNING, Cause.STORE)
    assert why.text.startswith("3 messages in journal-events are to be stored yet")


def test_of_rows_without_any_event_it_is_said_that_no_more_is_known() -> None:
    standing = standing_of(known(rows=(row("loan", ASKED),)))

    assert standing.state is State.UNKNOWN
    assert only(standing).text == "no event of it is stored, so that nothing is known but its rows"


def test_where_nothing_stores_events_that_is_said_with_the_queues_in_which_it_may_be() -> None:
    queues = {"shelf-events": Queue(0, 2), "mail-events": Queue()}

    standing = standing_of(known(rows=(row("loan", ASKED),), stores={}, queues=queues))

    (nowhere, perhaps) = standing.why
    assert standing.state is State.UNKNOWN
    assert nowhere.text.startswith("no service of this project stores every event (`on_every_event()`), so that ")
    assert perhaps.queue == "shelf-events"
    assert perhaps.text == "2 messages in shelf-events, of which nothing is known yet: it may be among them"


def test_a_dead_letter_is_a_reason_where_nothing_stores_events_too() -> None:
    alone = replace(RESERVED, is_stored=False)

    standing = standing_of(known(alone, stores={}, dead_letters=(letter(),)))

    assert standing.state is State.FAILED
    assert standing.why[0].cause is Cause.DEAD_LETTER


def test_an_event_that_a_row_handled_and_nobody_has_stored_is_told() -> None:
    other = Happened("e-9", "CancelLoan", "desk", "w-9", NOW)
    rows = (row("loan", ASKED, other), *SO_FAR[1:], row("courier", RESERVED))

    texts = [why.text for why in standing_of(known(ASKED, REQUESTED, RESERVED, rows=rows)).why]

    assert texts == [
        "loan has handled 1 event of loan_id#l-1 that are not here: not stored yet, or under another workflow"
    ]


# What is not stored, or not remembered


def test_an_event_that_no_store_has_is_known_by_who_has_handled_it() -> None:
    standing = standing_of(known(ASKED, rows=SO_FAR, queues={"courier-events": Queue(0, 1)}))

    assert [event.type for event in standing.steps.events.values()] == ["RequestLoan", "LoanRequested"]
    assert not standing.steps.events[REQUESTED.event_id].is_stored


def test_an_event_that_a_timer_caused_hangs_under_it() -> None:
    timer = Happened("t-1", TIMER, "loan", "w-1", NOW)
    cancelled = Happened("e-5", "LoanCancelled", "loan", "w-1", NOW - 3, "t-1", VALUES)
    timers = {"loan": Timers("loan-events", NOW, ("LoanCancelled",))}

    steps = standing_of(known(ASKED, cancelled, rows=(row("loan", ASKED, timer),), timers=timers)).steps

    assert [(root.type, [one.type for one in steps.caused_by(root)]) for root in steps.roots()] == [
        ("RequestLoan", []),
        (TIMER, ["LoanCancelled"]),
    ]


def test_a_crowded_row_and_an_old_event_are_not_taken_for_unhandled() -> None:
    crowded = (*SO_FAR, Row("courier", "loan_id#l-1", "w-1", 9, is_crowded=True))
    old = tuple(replace(one, at=one.at - 100 * 86_400) for one in (ASKED, REQUESTED, RESERVED))

    for one in (replace(UP_TO_COURIER, rows=crowded), replace(UP_TO_COURIER, events=old)):
        why = only(standing_of(one))
        assert why.cause is Cause.NOTHING
        assert "courier does not remember whether it handled CopiesReserved" in why.text


def test_an_event_that_names_no_row_is_not_handled() -> None:
    nameless = replace(ASKED, values={})

    why = only(standing_of(known(nameless, queues={"loan-commands": Queue(1)})))

    assert (why.cause, why.row) == (Cause.MESSAGE, None)
