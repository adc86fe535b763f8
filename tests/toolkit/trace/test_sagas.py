"""Where a saga stands, from its row and its table: each step's state, and a sentence."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from ensemble.trace.known import DeadLetter, Happened, Hearing, Known, Queue, Row, Timers
from ensemble.trace.lines import line_of
from ensemble.trace.sagas import SagaStanding, StepState, saga_of
from ensemble.trace.standing import State, standing_of
from functions.kit.saga import step
from tests.kit.saga.tables import APPROVE, SHIP, charge, conducted, if_large, reserve

NOON = 1_767_225_600.0 + 12 * 3_600
"""12:00 of 2026-01-01, UTC."""

SAGA = conducted(reserve(), (charge(), if_large()), SHIP)
WITH_APPROVAL = conducted(reserve(None), replace(APPROVE, within=timedelta(days=2)), SHIP)


def row(saga: Any = SAGA, *, status: str = "running", since: str = "11:59:20", **state: Any) -> Row:
    of_row: dict[str, Any] = {
        "status": status,
        "since": f"2026-01-01T{since}.000Z",
        "deadlines": {},
        "asked": None,
        "reason": "",
    }
    return Row("repair", "repair_id#o-1", "w-1", 3, of_row | state, table=saga.table)


def standing(of: Row, *events: Happened) -> SagaStanding:
    saga = saga_of(of, NOON, events)
    assert saga is not None
    return saga


def states(saga: SagaStanding) -> list[list[str]]:
    return [[str(one.state) for one in stage] for stage in saga.stages]


CHARGING = row(
    steps={"HoldParts": "done", "TakeDeposit": "sent", "CheckLimit": "skipped"},
    deadlines={"TakeDeposit": "2026-01-01T12:04:20.000Z"},
)


def test_a_saga_on_its_way_says_which_step_was_asked_for_when_and_until_when_it_is_to_answer() -> None:
    saga = standing(CHARGING)

    assert saga.text == (
        "repair is at step 2 of 3: TakeDeposit was asked for 40 s ago and is to be answered by 12:04:20Z (in 4 "
        "min 20 s)"
    )
    assert states(saga) == [["done"], ["sent", "skipped"], ["ahead"]]
    assert saga.brief == "step 2 of 3, TakeDeposit"


def test_an_answer_that_is_late_is_told_so() -> None:
    late = replace(CHARGING, state=CHARGING.state | {"deadlines": {"TakeDeposit": "2026-01-01T11:59:50.000Z"}})

    saga = standing(late)

    assert "was to be answered by 11:59:50Z (10 s ago)" in saga.text
    assert saga.stages[1][0].is_late
    assert saga.stages[1][0].text == "waits for its answer, and is late"


def test_a_step_without_a_deadline_was_asked_for_when_its_command_was_published() -> None:
    done = {"HoldParts": "done", "TakeDeposit": "done", "CheckLimit": "done"}
    of = row(steps=done | {"FixDevice": "sent"}, asked="(sensitive)")
    command = Happened("e-9", "FixDevice", "repair", "w-1", NOON - 90, "e-8", {"repair_id": "o-1"})
    of_another = replace(command, at=NOON - 5, values={"repair_id": "o-2"})

    saga = standing(of, command, of_another)

    assert saga.text == (
        "repair is at step 3 of 3: FixDevice was asked for 1 min 30 s ago and has no answer yet; a cancellation "
        "waits for that answer"
    )
    assert "FixDevice was asked for and has no answer yet" in standing(of).text


def test_a_wait_for_somebody_outside_says_until_when() -> None:
    steps, until = {"HoldParts": "done", "Approval": "sent"}, {"Approval": "2026-01-03T11:00:00.000Z"}

    saga = standing(row(WITH_APPROVAL, steps=steps, deadlines=until))

    assert saga.text == (
        "repair is at step 2 of 3: it waits for Approval for 1 h, which is to be answered by 2026-01-03T11:00:00Z "
        "(in 1 d 23 h)"
    )
    assert saga.stages[1][0].text == "is waited for"


def test_a_saga_that_goes_back_says_since_when_why_and_for_which_answer_it_waits() -> None:
    of = row(
        status="undoing",
        since="11:58:00",
        steps={"HoldParts": "done", "TakeDeposit": "undoing", "CheckLimit": "refused"},
        reason="too much",
    )
    undo = Happened("e-9", "ReturnDeposit", "repair", "w-1", NOON - 30, "e-8", {"repair_id": "o-1"})

    saga = standing(of, undo)

    assert saga.text == (
        "repair goes back since 11:58:00Z (2 min ago): too much. ReturnDeposit was asked for 30 s ago and has no "
        "answer yet"
    )
    assert states(saga) == [["done"], ["undoing", "refused"], ["never"]]
    assert saga.brief == "going back, ReturnDeposit"


@pytest.mark.parametrize(
    ("status", "steps", "text"),
    [
        ("completed", {"HoldParts": "done"}, "repair completed all it had to do at 11:59:20Z (40 s ago)"),
        ("undone", {"HoldParts": "undone"}, "repair undid all that was done by 11:59:20Z (40 s ago): why"),
        ("undone", {}, "repair was given up before it began, at 11:59:20Z (40 s ago): why"),
    ],
)
def test_a_saga_that_has_ended_says_how(status: str, steps: dict[str, str], text: str) -> None:
    saga = standing(row(status=status, steps=steps, reason="" if status == "completed" else "why"))

    assert saga.text == text
    assert saga.brief == ""


def test_a_step_that_the_row_does_not_know_yet_is_passed_by() -> None:
    of = row(conducted(reserve(), step("New", done="Newed", irreversible="it looks"), SHIP), steps={"HoldParts": "x"})

    assert states(standing(of)) == [["sent"], ["ahead"], ["ahead"]]


@pytest.mark.parametrize("state", [None, "(of version 3, not to be read here: StateUnreadable)", {"status": "running"}])
def test_a_row_that_is_not_to_be_read_or_no_sagas_has_no_standing(state: Any) -> None:
    assert saga_of(replace(CHARGING, state=state), NOON) is None
    assert saga_of(replace(CHARGING, table=None), NOON) is None


# In its workflow

CHARGE = Hearing("till", "repair", "TakeDeposit", "repair_id", "till-commands", ("DepositTaken",))
COMMAND = Happened("e-5", "TakeDeposit", "repair", "w-1", NOON - 40, "e-4", {"repair_id": "o-1"})
KNOWN = Known(
    NOON,
    (COMMAND,),
    (replace(CHARGING, due_at=NOON + 260),),
    (CHARGE,),
    timers={"repair": Timers("repair-events", NOON - 20)},
    stores={"audit-events": Queue()},
)


def test_a_workflow_says_where_its_saga_stands_and_why_the_participant_does_not_answer() -> None:
    dead = DeadLetter("till-commands-dlq", "till", "e-5", "TakeDeposit", NOON - 10, "EventRefused: too large")

    found = standing_of(replace(KNOWN, dead_letters=(dead,)))

    assert [saga.brief for saga in found.sagas] == ["step 2 of 3, TakeDeposit"]
    assert found.state is State.FAILED
    assert found.why[0].text.startswith("till gave TakeDeposit up")


def test_the_timer_of_a_saga_says_what_it_is_for() -> None:
    *_, why = standing_of(KNOWN).why

    assert why.text == (
        "repair waits for TakeDeposit. Without an answer repair undoes what was done at 12:04:20Z (in 4 min 20 s)"
    )


def test_a_saga_that_undoes_for_long_waits_and_is_compensating() -> None:
    undoing = row(status="undoing", since="11:30:00", steps={"HoldParts": "undoing"})
    known = replace(KNOWN, events=(), rows=(replace(undoing, due_at=NOON - 900),))

    found = standing_of(known)

    assert (found.state, found.is_undone) == (State.WAITING, True)
    assert found.why[0].text == (
        "repair waits for long until FreeParts answers, and an undo is never given up: look at its service"
    )


def test_a_line_of_the_list_says_at_which_step_the_saga_is() -> None:
    line = line_of("w-1", KNOWN, standing_of(KNOWN), {})

    assert line.saga == "step 2 of 3, TakeDeposit"


def test_every_state_of_a_step_has_its_own_words() -> None:
    texts = {replace(standing(CHARGING).stages[0][0], state=state).text for state in StepState}

    assert len(texts) == len(StepState)
