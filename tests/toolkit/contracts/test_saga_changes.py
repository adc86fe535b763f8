"""A change of a saga's table is refused exactly where a saga under way would come to harm by it.

Both is shown by the walk through all courses in which the table changes at any instant.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import replace
from itertools import product

import pytest

from ensemble.contracts.schemas import Schemas
from ensemble.contracts.states.evolution import broken_states, contract_of, file_of
from ensemble.contracts.states.sagas import broken_sagas
from functions.kit.model import Service
from functions.kit.saga import Saga, step
from tests.kit.saga.tables import APPROVE, FIELDS, LARGE, SHIP, SMALL, charge, conducted, if_large, reserve
from tests.kit.saga.world import Courses, wrong
from tests.toolkit.contracts.test_sagas import DECISIONS, EVENTS, Change, needs, optional, schemas

EVERY_EVENT = (
    EVENTS
    | DECISIONS
    | {
        "CheckLimit": ("repair", ""),
        "CheckLimitDone": ("parts", ""),
        "CheckLimitRefused": ("parts", "reason"),
        "Look": ("repair", ""),
        "Looked": ("parts", ""),
        "Tell": ("repair", ""),
        "Told": ("parts", "number"),
        "RepairCompleted": ("repair", ""),
    }
)
R, C = reserve(), charge()
RN, CN = reserve(None), charge(None)
LOOK = step("Look", done="Looked", irreversible="it looks")
TELL = step("Tell", done="Told")
SHIPS_FIRST = replace(SHIP, pivot=False, irreversible="it is called back")
LINE = conducted(R, C, SHIP)

HARMFUL: dict[str, tuple[Saga, Saga, str]] = {
    "a step is gone": (LINE, conducted(R, SHIP), "the step TakeDeposit is gone"),
    "the last step is gone": (LINE, conducted(R, C), "the step FixDevice is gone"),
    "a step is renamed": (LINE, conducted(R, replace(C, name="Pay", command="Pay"), SHIP), "TakeDeposit is gone"),
    "another event says done": (
        conducted(RN, SHIP),
        conducted(replace(RN, done="Taken"), SHIP),
        "PartsHeld is not in `done`",
    ),
    "a refusal is not heard": (LINE, conducted(R, replace(C, refused=()), SHIP), "DepositRefused is not in `refused`"),
    "another undo": (LINE, conducted(replace(R, undo="Unreserve"), C, SHIP), "FreeParts is not in `undo`"),
    "another answer to an undo": (
        LINE,
        conducted(replace(R, undone="Gone"), C, SHIP),
        "PartsFreed is not in `undo`",
    ),
    "no undo any more": (
        LINE,
        conducted(replace(RN, undo="", undone="", irreversible="it is cheap"), C, SHIP),
        "FreeParts is not in `undo` of HoldParts",
    ),
    "another order": (LINE, conducted(C, R, SHIP), "HoldParts and TakeDeposit ran one after the other"),
    "side by side now": (LINE, conducted((R, C), SHIP), "HoldParts and TakeDeposit ran one after the other"),
    "one after the other now": (conducted((R, C), SHIP), LINE, "HoldParts and TakeDeposit ran side by side"),
    "an approval is asked of a service": (
        conducted((RN, APPROVE), SHIP),
        conducted((RN, replace(APPROVE, command="Approval", within=None)), SHIP),
        "Approval asks by a command now",
    ),
    "no cancellation any more": (LINE, conducted(R, C, SHIP, cancels=False), "WithdrawalAsked is not in"),
    "another pivot before": (
        conducted(R, CN, replace(SHIP, refused=())),
        conducted(R, replace(CN, pivot=True, undo="", undone=""), replace(SHIP, pivot=False, refused=())),
        "ReturnDeposit is not in `undo`",
    ),
    "no pivot any more": (LINE, conducted(R, C, SHIPS_FIRST), "FixDevice is the pivot no more"),
    "a pivot that is not always needed": (
        LINE,
        conducted(R, C, SHIPS_FIRST, replace(if_large(), pivot=True, irreversible=None)),
        "FixDevice is the pivot no more",
    ),
}
HARMLESS: dict[str, tuple[Saga, Saga]] = {
    "nothing changes": (LINE, LINE),
    "a step is new at the beginning": (conducted(C, SHIP), LINE),
    "a step is new in the middle": (conducted(R, SHIP), LINE),
    "a step is new at the end": (LINE, conducted(R, C, SHIP, TELL)),
    "a step is new beside another": (conducted(R, SHIP), conducted((R, C), SHIP)),
    "an approval is new": (LINE, conducted(R, APPROVE, C, SHIP)),
    "a step is new that is only sometimes needed": (LINE, conducted(R, if_large(), C, SHIP)),
    "a step is only sometimes needed": (
        conducted(R, LOOK, SHIP),
        conducted(R, replace(LOOK, when=lambda known: known["total"] == LARGE), SHIP),
    ),
    "a step is always needed": (conducted(R, if_large(), SHIP), conducted(R, replace(if_large(), when=None), SHIP)),
    "a refusal is new": (conducted(R, LOOK, SHIP), conducted(R, replace(LOOK, refused=("LookRefused",)), SHIP)),
    "an undo is new": (
        conducted(replace(CN, undo="", undone="", irreversible="it is cheap"), SHIP),
        conducted(CN, SHIP),
    ),
    "a deadline is new": (conducted(RN, CN, SHIP), LINE),
    "a deadline is gone": (LINE, conducted(RN, CN, SHIP)),
    "a cancellation is new": (conducted(R, C, SHIP, cancels=False), LINE),
    "the pivot is a later step": (LINE, conducted(R, C, SHIPS_FIRST, replace(TELL, pivot=True))),
}
PLACED, CANCELLED = ("RepairAsked",), ("RepairAsked", "WithdrawalAsked")


def harms(before: Saga, now: Saga, needed: Collection[str] = ()) -> set[str]:
    """Return what goes wrong in the courses in which the table changes at some instant."""
    found = set()
    for total, events in product((SMALL, LARGE), (PLACED, CANCELLED)):
        ends = Courses(before, FIELDS | {"total": total}, now, needed).ends(*events)
        found |= {wrong(now.table, world, before.table) for world in ends} - {""}
    return found


def refusals(before: Saga, now: Service, known: Schemas | None = None) -> list[str]:
    recorded = {"prod": {file_of(before.name): json.loads(json.dumps(contract_of(before)))}}
    return [str(one) for one in broken_sagas(recorded, [now], known or schemas({}, EVERY_EVENT))]


@pytest.mark.parametrize("name", HARMFUL)
def test_a_change_that_harms_sagas_under_way_is_refused(name: str) -> None:
    before, now, says = HARMFUL[name]

    found = refusals(before, now)

    assert harms(before, now)
    assert any(says in text for text in found), found
    assert all("or let them come to their end before: ensemble drain --stage prod" in text for text in found)


@pytest.mark.parametrize("name", HARMLESS)
def test_a_change_that_harms_nothing_goes_out(name: str) -> None:
    before, now = HARMLESS[name]

    assert harms(before, now) == set()
    assert refusals(before, now) == []


LOOKS = replace(LOOK, keeps=("number",))
READS = ("items", "total", "weight", "number")
UNFILLED: dict[str, tuple[Saga, Saga, str]] = {
    "of the first event": (
        conducted(RN, SHIP),
        conducted(RN, replace(SHIP, sends=("number",)), reads=READS),
        "who stands at HoldParts does not know all that FixDevice needs",
    ),
    "of an answer that has come": (
        conducted((LOOK, RN), SHIP),
        conducted((LOOKS, RN), replace(SHIP, sends=("number",))),
        "who stands at HoldParts does not know all that FixDevice needs",
    ),
    "of a step that is new": (
        conducted(RN, CN, SHIP),
        conducted(LOOKS, RN, CN, replace(SHIP, sends=("number",))),
        "who stands at HoldParts does not know all that FixDevice needs",
    ),
    "at its end": (
        conducted(RN, replace(SHIP, keeps=())),
        conducted(RN, replace(SHIP, keeps=()), tells=("number",), reads=READS),
        "who stands at HoldParts does not know all that RepairCompleted needs",
    ),
    "in a condition": (
        conducted(RN, SHIP),
        conducted(RN, replace(LOOK, when=lambda known: known["number"] == "n-1"), SHIP, reads=READS),
        "who stands at HoldParts does not know number, which `when` of Look looks at",
    ),
}
BROUGHT = {name: needs("number") for name in ("RepairAsked", "Looked")}


def both(first: Change, second: Change) -> Change:
    return lambda schema: (first(schema), second(schema))


def numbered(now: Saga, asks: Change) -> Schemas:
    """Return the schemas where the first event and an answer bring a number, and what is sent with one has it so."""
    sent = [one.command for one in now.table.steps if "number" in one.sends]
    told = [now.table.completes] if now.table.tells else []
    return schemas(BROUGHT | dict.fromkeys((*sent, *told), asks), EVERY_EVENT)


@pytest.mark.parametrize("name", UNFILLED)
def test_what_sagas_under_way_do_not_know_is_asked_of_none(name: str) -> None:
    before, now, says = UNFILLED[name]

    (found,) = refusals(before, now, numbered(now, needs("number")))

    assert harms(before, now, needed=["number"])
    assert says in found


@pytest.mark.parametrize("name", [name for name in UNFILLED if name != "in a condition"])
def test_what_an_event_may_come_without_is_sent_by_new_sagas_alone(name: str) -> None:
    before, now, _ = UNFILLED[name]

    found = refusals(before, now, numbered(now, both(needs("number"), optional("number"))))

    assert harms(before, now) == set()
    assert found == []


def test_a_condition_that_expects_that_it_is_not_known_may_be_new() -> None:
    before, now = (
        conducted(RN, SHIP),
        conducted(RN, replace(LOOK, when=lambda known: known.get("number") == "n-1"), SHIP),
    )

    assert harms(before, now) == set()
    assert refusals(before, now) == []


def test_an_answer_that_has_not_come_brings_what_the_new_table_keeps_of_it() -> None:
    before = conducted(RN, LOOK, SHIP)
    now = conducted(RN, LOOKS, replace(SHIP, sends=("number",)))

    assert harms(before, now, needed=["number"]) == set()
    assert refusals(before, now, numbered(now, needs("number"))) == []


def test_each_table_by_which_a_saga_may_be_under_way_counts() -> None:
    oldest, older = conducted(RN, SHIP), conducted(RN, SHIP, reads=READS)
    now = conducted(RN, replace(SHIP, sends=("number",)), reads=READS)
    tables = [contract_of(one)["sagas"][0] for one in (oldest, older)]
    recorded = {"prod": {file_of(now.name): {**contract_of(older), "sagas": tables}}}

    assert refusals(oldest, older) == []
    assert refusals(older, now, numbered(now, needs("number"))) == []
    assert len(list(broken_sagas(recorded, [now], numbered(now, needs("number"))))) == 1


def test_a_saga_that_is_no_saga_any_more_is_refused_while_some_are_under_way() -> None:
    plain = Service("repair", "repair_id")

    (found,) = refusals(LINE, plain)

    assert "repair conducted a saga, and has no table any more" in found


def test_a_saga_that_was_drained_may_become_what_it_likes() -> None:
    drained = {"prod": {file_of(LINE.name): {**contract_of(LINE), "sagas": []}}}

    assert list(broken_sagas(drained, [conducted(C, R)], schemas({}, EVERY_EVENT))) == []
    assert list(broken_states(drained, [])) == []
    assert list(broken_states({"prod": {file_of(LINE.name): contract_of(LINE)}}, [])) != []
