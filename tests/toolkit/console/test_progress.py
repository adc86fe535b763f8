"""How a workflow is shown in the list, told from its events alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ensemble.console.progress import LOOKED_AT_SECONDS, Looked, Progress, Shown, shown_as
from ensemble.trace.known import Happened
from ensemble.trace.standing import MOVING_SECONDS, State
from tests.toolkit.console.events import CHOREOGRAPHY, REFUSED, SPINE, WAY, WITHIN_SECONDS, workflow


def progress_of(events: list[Happened]) -> Progress:
    progress = Progress(events[0], CHOREOGRAPHY)
    for event in events:
        progress.take(event)
    return progress


def test_a_workflow_is_running_while_somebody_may_answer_its_last_event() -> None:
    progress = progress_of(workflow("t-1", 2))

    line = progress.line(2.0)

    assert (line["state"], line["text"]) == ("running", "TicketOpened → check: TicketChecked or TicketRefused")
    assert (line["key"], line["type"], line["events"], line["ended"]) == ("t-1", "OpenTicket", 2, None)
    assert line["reached"] == list(SPINE[:2])


def test_a_workflow_waits_when_nothing_came_for_a_while() -> None:
    progress = progress_of(workflow("t-1", 2))

    assert progress.shown(1 + MOVING_SECONDS) is Shown.RUNNING
    assert progress.shown(1 + MOVING_SECONDS + 0.001) is Shown.WAITING


def test_a_workflow_is_done_after_the_event_that_nobody_answers() -> None:
    progress = progress_of(workflow("t-1"))

    line = progress.line(1_000.0)

    assert (line["state"], line["text"], line["ended"]) == ("done", "TicketClosed", 3_000.0)


def test_a_workflow_whose_end_undoes_is_cancelled_and_compensates_before() -> None:
    undoing = progress_of(workflow("t-1", 3, way=REFUSED))
    undone = progress_of(workflow("t-1", 4, way=REFUSED))

    assert (undoing.shown(2.0), undoing.undone) == (Shown.COMPENSATING, 1)
    assert (undone.shown(3.0), undone.undone) == (Shown.CANCELLED, 2)


def test_one_that_is_done_stays_done_where_a_later_command_is_refused() -> None:
    way = (*WAY, ("OpenTicket", "website"), ("CommandRefused", "desk"))

    assert progress_of(workflow("t-1", len(way), way=way)).shown(1_000.0) is Shown.DONE


def test_events_that_are_stored_in_another_order_or_twice_give_the_same_line() -> None:
    events = workflow("t-1")

    line = progress_of([*reversed(events), *events]).line(9.0)

    assert line == progress_of(events).line(9.0)


def test_a_workflow_is_late_past_the_deadline_that_its_service_promises() -> None:
    progress = progress_of(workflow("t-1", 2))

    assert [progress.line(at)["late"] for at in (WITHIN_SECONDS, WITHIN_SECONDS + 1)] == [False, True]


def test_one_that_has_ended_in_time_is_never_late_and_one_that_ended_after_it_stays_so() -> None:
    events = workflow("t-1")
    late = replace(events[-1], at=WITHIN_SECONDS + 5)

    assert progress_of(events).line(10_000.0)["late"] is False
    assert progress_of([*events[:-1], late]).line(10_000.0)["late"] is True


def test_what_comes_after_the_promised_end_makes_nothing_late() -> None:
    events = workflow("t-1")
    again = replace(events[0], event_id="again", at=2 * WITHIN_SECONDS)

    assert progress_of([*events, again]).line(3 * WITHIN_SECONDS)["late"] is False


def test_what_nobody_promises_is_never_late() -> None:
    stranger = replace(workflow("t-1", 1)[0], type="ReopenTicket")

    assert progress_of([stranger]).line(10_000.0)["late"] is False


def test_what_somebody_found_holds_until_the_workflow_goes_on_or_it_is_old() -> None:
    progress = progress_of(workflow("t-1", 2))
    progress.looked = Looked(Shown.FAILED, "check gave it up", at=20.0)

    shown, is_to_look_at = progress.line(21.0), progress.is_to_look_at(21.0)
    is_old = progress.is_to_look_at(20.0 + LOOKED_AT_SECONDS + 1)
    progress.take(workflow("t-1", 3)[2])

    assert (shown["state"], shown["text"]) == ("failed", "check gave it up")
    assert (is_to_look_at, is_old) == (False, True)
    assert progress.shown(3.0) is Shown.RUNNING


def test_a_workflow_whose_events_have_no_key_is_named_by_its_id() -> None:
    stranger = Happened("e-1", "Unheard", "nobody", "0123456789", 0.0)

    assert progress_of([stranger]).line(0.0)["key"] == "01234567"


@pytest.mark.parametrize("state", list(State))
def test_every_state_of_a_trace_is_shown(state: State) -> None:
    assert shown_as(state, is_undone=False) in Shown
    assert shown_as(State.DONE, is_undone=True) is Shown.CANCELLED
    assert shown_as(State.RUNNING, is_undone=True) is Shown.COMPENSATING
