"""The row store: what a commit changes, on which condition, and what it refuses."""

from __future__ import annotations

from dataclasses import replace

import pytest
from botocore.exceptions import ClientError

from functions.kit.errors import FloorReached, TooManyEventsForOneRow, VersionConflict
from functions.kit.model import TIMER, Index
from functions.kit.rows import MAXIMUM_INBOX, Commit, Row, RowStore
from tests.kit.conftest import NOON, Kit

ROW = Row("locker_id#l-1", state={"status": "stored", "price": 4.5}, inbox=frozenset({"e-1"}), correlation_id="c-1")


def test_a_committed_row_is_loaded_as_it_was_written(kit: Kit) -> None:
    committed = kit.rows.commit(Commit(ROW), NOON)

    assert committed == replace(ROW, version=1)
    assert kit.rows.load(ROW.key) == committed


def test_a_row_that_was_never_written_has_version_zero(kit: Kit) -> None:
    assert kit.rows.load("locker_id#new") == Row("locker_id#new")


def test_the_slower_of_two_workers_conflicts_and_changes_nothing(kit: Kit) -> None:
    kit.rows.commit(Commit(ROW), NOON)
    loaded = kit.rows.load(ROW.key)
    kit.rows.commit(Commit(replace(loaded, state="faster")), NOON)

    with pytest.raises(VersionConflict):
        kit.rows.commit(Commit(replace(loaded, state="slower")), NOON)
    with pytest.raises(VersionConflict):
        kit.rows.commit(Commit(replace(loaded, state="slower"), moves={"space": 1}), NOON)

    assert kit.rows.load(ROW.key).state == "faster"
    assert kit.counter("space") == 0


def test_counters_move_with_the_row_or_not_at_all(kit: Kit) -> None:
    kit.rows.commit(Commit(ROW, moves={"a": 3, "b": 1}), NOON)

    with pytest.raises(FloorReached):
        kit.rows.commit(Commit(replace(ROW, key="locker_id#l-2"), moves={"a": -3, "b": -2}), NOON)

    assert (kit.counter("a"), kit.counter("b")) == (3, 1)
    assert kit.rows.load("locker_id#l-2").version == 0


def test_a_counter_that_was_never_given_to_has_nothing_to_take(kit: Kit) -> None:
    with pytest.raises(FloorReached):
        kit.rows.commit(Commit(ROW, moves={"never": -1}), NOON)


def test_what_a_commit_says_is_gone_with_the_next_commit_that_says_nothing(kit: Kit) -> None:
    first = kit.rows.commit(Commit(ROW, outbox="{}"), NOON)
    said = "outbox" in kit.item(ROW.key)

    kit.rows.commit(Commit(first), NOON)

    assert said
    assert "outbox" not in kit.item(ROW.key)


def test_a_row_expires_its_memory_after_its_last_change_unless_it_does_not_forget(kit: Kit) -> None:
    kit.rows.commit(Commit(ROW), NOON)
    RowStore(kit.dynamodb, "table", None).commit(Commit(replace(ROW, key="locker_id#kept")), NOON)

    assert kit.item(ROW.key)["expires_at"] == {"N": str(int(NOON) + 3600)}
    assert "expires_at" not in kit.item("locker_id#kept")


def test_rows_are_due_in_order_and_only_until_the_given_instant(kit: Kit) -> None:
    for number, instant in enumerate(["2026-01-03", "2026-01-01", "2026-01-02"]):
        kit.rows.commit(Commit(replace(ROW, key=f"k#{number}"), index=Index(TIMER, instant)), NOON)
    kit.rows.commit(Commit(replace(ROW, key="k#9"), index=Index("elsewhere", "2026-01-01")), NOON)

    assert list(kit.rows.due("2026-01-02")) == [("k#1", "2026-01-01"), ("k#2", "2026-01-02")]


def test_a_row_with_more_events_than_a_workflow_has_is_refused(kit: Kit) -> None:
    handled = frozenset(str(number) for number in range(MAXIMUM_INBOX + 1))

    with pytest.raises(TooManyEventsForOneRow, match="locker_id#l-1"):
        kit.rows.commit(Commit(replace(ROW, inbox=handled)), NOON)


def test_an_answer_that_is_no_condition_is_raised_as_it_came(kit: Kit) -> None:
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        RowStore(kit.dynamodb, "missing", None).commit(Commit(ROW), NOON)


@pytest.mark.parametrize("reasons", [["TransactionConflict", "None"], ["None", "TransactionConflict"]])
def test_a_transaction_that_met_another_one_is_a_conflict(kit: Kit, reasons: list[str]) -> None:
    answer = {"Error": {"Code": "TransactionCanceledException"}, "CancellationReasons": [{"Code": c} for c in reasons]}

    def met_another(model: object, **_: object) -> None:
        raise ClientError(answer, "TransactWriteItems")  # type: ignore[arg-type]

    kit.dynamodb.meta.events.register("before-call.dynamodb.TransactWriteItems", met_another)

    with pytest.raises(VersionConflict):
        kit.rows.commit(Commit(ROW, moves={"a": 1}), NOON)


def test_a_single_write_that_met_a_transaction_is_a_conflict(kit: Kit) -> None:
    def met_another(model: object, **_: object) -> None:
        raise ClientError({"Error": {"Code": "TransactionConflictException"}}, "PutItem")

    kit.dynamodb.meta.events.register("before-call.dynamodb.PutItem", met_another)

    with pytest.raises(VersionConflict):
        kit.rows.commit(Commit(ROW), NOON)
