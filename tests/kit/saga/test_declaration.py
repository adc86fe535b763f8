"""A table that contradicts itself is refused where it stands, with what mends it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from functions.kit.errors import ServiceMisdeclared
from functions.kit.saga import Cancel, saga, step
from functions.kit.saga.declaration import Stage
from functions.kit.saga.progress import Progress
from tests.kit.saga.tables import APPROVE, DECIDE, SHIP, SOON, charge, conducted, reserve

A_TEXT: Any = "items"
LOOK = step("Look", done="Looked", refused=("LookRefused",), irreversible="it looks")

MISTAKES: dict[str, tuple[tuple[Stage, ...], str]] = {
    "nothing to do": ((), "it has no steps. Fix: give it one at least"),
    "a step twice": ((reserve(), reserve(), SHIP), "HoldParts stands for 2 things"),
    "one event for two answers": (
        (reserve(), replace(charge(), refused=("PartsRefused",)), SHIP),
        "PartsRefused stands for 2 things in it: an event answers one step",
    ),
    "an answer that begins one": ((replace(reserve(), done="RepairAsked"), SHIP), "RepairAsked stands for 2 things"),
    "an answer that cancels": ((replace(LOOK, done="WithdrawalAsked"), SHIP), "stands for 2 things"),
    "what nobody brings": (
        (reserve(), replace(charge(), sends=("card",)), SHIP),
        "TakeDeposit sends 'card', which nothing before it brings. Fix: add it to `reads`, or to the `keeps` of an",
    ),
    "what comes later": ((replace(LOOK, sends=("number",)), SHIP), "Look sends 'number', which nothing before it"),
    "a text for a tuple": ((replace(reserve(), sends=A_TEXT), SHIP), 'needs a comma: sends=("items",)'),
    "no time at all": ((reserve(timedelta()), SHIP), "is to answer within 0:00:00. Fix: give it more than nothing"),
    "a deadline without an undo": (
        (replace(reserve(), undo="", undone="", irreversible="it is cheap"), SHIP),
        "has no `undo`: when it does not, nobody knows whether it is done. Fix: name the command that undoes it, or",
    ),
    "a step that is left done": (
        (replace(reserve(None), undo="", undone=""), SHIP),
        "nothing undoes HoldParts when the saga goes back. Fix: name the command that undoes it in `undo`, or say",
    ),
    "a decision that nothing answers": (
        ((reserve(), replace(DECIDE, accepts="")), SHIP),
        "nothing answers ApproveRepair while others run beside Decision. Fix: name in `accepts` the event that says",
    ),
    "two pivots": ((SHIP, replace(SHIP, name="Send", command="Send", done="Sent", refused=())), "are pivots"),
    "a pivot beside others": (((reserve(), SHIP),), "FixDevice is the pivot, and others run beside it"),
    "a pivot with a deadline": ((replace(SHIP, within=SOON, undo="Unship", undone="Unshipped"),), "only goes forward"),
    "a refusal after the pivot": ((SHIP, LOOK), "Look may refuse after the pivot FixDevice. Fix: make Look the pivot"),
    "an approval after the pivot": ((SHIP, APPROVE), "from FixDevice on the saga only goes forward, and Approval has"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_table_that_contradicts_itself_is_refused(name: str) -> None:
    stages, says = MISTAKES[name]

    with pytest.raises(ServiceMisdeclared) as refused:
        conducted(*stages)

    assert str(refused.value).startswith("the saga repair: ")
    assert says in str(refused.value)


def test_what_a_step_beside_it_brings_is_not_known_yet() -> None:
    looking, charging = replace(LOOK, keeps=("card",)), replace(charge(), sends=("card",))

    with pytest.raises(ServiceMisdeclared, match="TakeDeposit sends 'card'"):
        conducted((looking, charging), SHIP)


def test_what_it_tells_at_its_end_must_be_known() -> None:
    with pytest.raises(ServiceMisdeclared, match="it tells 'colour', which nothing brings"):
        conducted(reserve(), SHIP, tells=("colour",))


@pytest.mark.parametrize("steps", [(LOOK,), (LOOK, reserve()), (replace(reserve(None), undo="", undone=""),)])
def test_what_nothing_can_fail_after_needs_no_undo(steps: tuple[Stage, ...]) -> None:
    assert conducted(*steps, cancels=False).table


def test_its_promise_and_its_memory_are_a_services() -> None:
    declared = conducted(reserve(), SHIP, within=timedelta(minutes=1), forgets=timedelta(days=30))

    assert declared.workflow is not None
    assert declared.workflow.ends == ("RepairCompleted", "RepairFailed")
    assert declared.lifetime(_progress("running")) is None
    assert declared.lifetime(_progress("undoing")) is None
    assert declared.lifetime(_progress("completed")) == timedelta(days=30)


def _progress(status: Any) -> Progress:
    return Progress(status, "2026-01-01T00:00:00.000Z")


def test_a_saga_without_deadlines_has_no_timer() -> None:
    assert conducted(reserve(None), SHIP).timer is None
    assert not conducted(reserve(None), SHIP).sweeps
    assert conducted(reserve(), SHIP).sweeps


def test_a_cancellation_that_passes_nothing_on_reads_its_reason_alone() -> None:
    declared = saga(
        "checks",
        key="repair_id",
        starts="RepairAsked",
        reads=(),
        steps=(LOOK,),
        completes="Checked",
        fails="CheckFailed",
        cancels=Cancel("CheckCancelled", "CheckFinished"),
    )

    assert next(one for one in declared.reactions if one.event == "CheckCancelled").reads == ("repair_id", "reason")
