"""The history of a row: its last commits, in what is left of the kilobyte that the row is written as anyway."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import pytest

from ensemble.aws.item_sizes import item_bytes
from functions.kit.envelope import encoded
from functions.kit.history import Handling, Stored, place_of, room_beside, steps_in, undone, with_step
from functions.kit.inbox import entry
from functions.kit.inbox import place_of as inbox_place_of
from functions.kit.model import Decision, Event, Sensitive, on
from functions.kit.rows import BREAKER, Commit, Row
from tests.kit.conftest import NOON, Kit, record
from tests.kit.locker import LOCKER
from tests.kit.test_rows import ROW

HANDLING = Handling("e-1", NOON - 0.25, 1_200, 2)
PLENTY = 900


def _units(item: dict[str, Any]) -> int:
    return -(-item_bytes(item) // 1_024)


def test_a_step_says_which_event_when_how_long_and_what_was_before(kit: Kit) -> None:
    first = kit.rows.commit(Commit(ROW, handling=HANDLING), NOON)
    changed = replace(first, state={**first.state, "status": "fetched"})
    kit.rows.commit(Commit(changed, handling=Handling("e-2", NOON, 0, 1)), NOON + 60)

    second, begin = steps_in(kit.item(ROW.key)["history"]["S"])

    assert begin[:6] == (place_of("e-1"), 1, round(1_000 * NOON), 1_200, 250, 2)
    assert second[:6] == (place_of("e-2"), 2, round(1_000 * (NOON + 60)), 0, 60_000, 1)
    assert second.undo == ({"status": "stored"},)
    assert begin.undo == ([None],)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"a": 1, "b": [1]}, {"a": 2, "b": [1]}),
        ({"a": 1}, {"a": 1, "new": None}),
        ({"a": 1, "gone": "\u2028"}, {"a": 1}),
        ({"a": {"x": 1}}, {"a": {"x": 1}}),
        (None, {"a": 1}),
        ({"a": 1}, None),
        (["a"], {"a": 1}),
        ({}, {}),
        ("text", 4),
    ],
)
@pytest.mark.parametrize("versions", [(1, 1), (1, 2)])
def test_a_step_is_undone_to_the_very_state_before(before: Any, after: Any, versions: tuple[int, int]) -> None:
    old, new = versions
    text = with_step("", HANDLING, 1, NOON, Stored(encoded(before), old), Stored(encoded(after), new), PLENTY)

    (step,) = steps_in(text)

    assert step.undo is not None
    assert undone(after, new, step.undo) == (before, old)


def test_a_field_that_does_not_change_is_not_written_down() -> None:
    before, after = Stored('{"long":"unchanged","status":"a"}'), Stored('{"long":"unchanged","status":"b"}')

    assert "unchanged" not in with_step("", HANDLING, 1, NOON, before, after, PLENTY)


def test_what_does_not_fit_is_forgotten_the_oldest_first() -> None:
    history = ""
    for number in range(100):
        before, after = Stored(f'{{"a":{number}}}'), Stored(f'{{"a":{number + 1}}}')
        history = with_step(history, HANDLING, number + 1, NOON, before, after, 200)

    steps = steps_in(history)

    assert len(history) <= 200
    assert [step.version for step in steps] == [100, 99, 98, 97]


def test_a_step_whose_old_state_does_not_fit_says_its_times_alone_and_later_nothing() -> None:
    before, after = Stored(encoded({"a": "é" * 80})), Stored("{}")

    (times,) = steps_in(with_step("", HANDLING, 1, NOON, before, after, 100))

    assert times.undo is None
    assert times.queue_wait == 1_200
    assert with_step("", HANDLING, 1, NOON, before, after, 20) == ""
    assert with_step("", HANDLING, 1, NOON, before, after, -5) == ""


def test_what_a_newer_kit_wrote_ends_what_can_be_read() -> None:
    known = with_step("", HANDLING, 1, NOON, Stored(), Stored("{}"), PLENTY)

    assert [step.version for step in steps_in(f'{known}\n{{"of":"another"}}\n{known}')] == [1]
    assert steps_in("") == []


def test_beside_an_item_there_is_room_up_to_the_kilobyte_whatever_of_its_outboxes_is_taken_out() -> None:
    chance = random.Random(7)
    for _ in range(300):
        size, outboxes = chance.randrange(200, 4_000), [chance.randrange(50, 1_500) for _ in range(chance.randrange(4))]
        room = room_beside(size + sum(outboxes), outboxes)

        for number in range(len(outboxes) + 1):
            for left in combinations(outboxes, number):
                least, most = size + sum(left) - 20, size + sum(left) + 20
                assert room <= 0 or -(-(most + room) // 1_024) == -(-least // 1_024)


def test_a_history_never_costs_a_write_unit(kit: Kit) -> None:
    chance, told = random.Random(11), 0
    plain, row = Row("locker_id#l-1"), Row("locker_id#l-2")
    for step in range(100):
        handled = {inbox_place_of(f"e-{one}"): entry(30_000, "content") for one in range(step % 12)}
        outboxes = {f"e-{step}-{one}": "x" * chance.randrange(900) for one in range(chance.randrange(3))}
        state = {"status": str(step), "text": "ü" * chance.randrange(700)}
        same: dict[str, Any] = {"state": state, "inbox": handled, "unpublished": outboxes}

        plain = kit.rows.commit(Commit(replace(plain, **same), keep_seconds=3_600), NOON)
        row = kit.rows.commit(Commit(replace(row, **same), keep_seconds=3_600, handling=HANDLING), NOON)

        assert _units(kit.item(row.key)) == _units(kit.item(plain.key))
        for cause in chance.sample(sorted(outboxes), len(outboxes)):
            kit.rows.published(plain.key, cause)
            kit.rows.published(row.key, cause)
            assert _units(kit.item(row.key)) == _units(kit.item(plain.key))
        told += "history" in kit.item(row.key)
        plain, row = kit.rows.load(plain.key), kit.rows.load(row.key)

    assert told > 60


def test_an_event_that_changes_nothing_is_a_step_too(kit: Kit) -> None:
    first = kit.rows.commit(Commit(ROW, handling=HANDLING), NOON)
    kit.rows.commit(Commit(first, handling=HANDLING), NOON)

    newest, _ = steps_in(kit.item(ROW.key)["history"]["S"])

    assert newest.undo == ({},)


def test_what_the_kit_keeps_for_itself_has_no_history(kit: Kit) -> None:
    kit.rows.write_circuit(kit.rows.read_circuit("Courier"))

    assert "history" not in kit.item(f"{BREAKER}Courier")


def test_a_state_that_somebody_changed_by_hand_into_none_ends_in_no_fault() -> None:
    assert undone("by hand", 1, ({"status": "stored"}, ["price"])) == ({"status": "stored"}, 1)


@dataclass(frozen=True, slots=True)
class Guarded:
    """A locker with a code, until it is opened."""

    status: str
    code: Sensitive[str]


def _guard(state: Guarded | None, event: Event) -> Decision:
    statuses = ("closed", "ringing", "open")
    status = statuses[0] if state is None else statuses[statuses.index(state.status) + 1]
    return Decision(Guarded(status, "" if status == "open" else "code-4242"))


def test_a_sensitive_value_that_a_state_has_no_more_is_in_no_history_either(kit: Kit) -> None:
    reaction = on("CourierWanted", _guard, reads=("locker_id",))
    kit.consumer = kit.another_worker(service=replace(LOCKER, state=Guarded, reactions=(reaction,), timer=None))
    for event in ("e-1", "e-2"):
        kit.handle(record("CourierWanted", {"locker_id": "locker-1"}, event_id=event))
    kept = steps_in(kit.item("locker_id#locker-1")["history"]["S"])

    kit.handle(record("CourierWanted", {"locker_id": "locker-1"}, event_id="e-3"))

    assert len(kept) == 2
    assert "code-4242" not in json.dumps(kit.item("locker_id#locker-1"))
