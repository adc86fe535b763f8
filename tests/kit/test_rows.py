"""The row store: what a commit changes, on which condition, and what it refuses."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ensemble.aws.item_sizes import item_bytes
from functions.kit.envelope import derived_id
from functions.kit.errors import FloorReached, Kind, RowTooLarge, StateRefused, TooManyEventsForOneRow, VersionConflict
from functions.kit.inbox import content_of, entry, place_of
from functions.kit.model import Index
from functions.kit.rows import DAY_SECONDS, MAXIMUM_INBOX, Commit, Row, RowStore
from tests.kit.conftest import NOON, Kit

ROW = Row(
    "locker_id#l-1",
    state={"status": "stored", "price": 4.5},
    inbox={place_of("e-1"): entry(30_000, "content")},
    correlation_id="c-1",
)


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


def test_the_outboxes_of_a_row_are_kept_by_its_next_commits_until_they_are_noted_as_published(kit: Kit) -> None:
    first = kit.rows.commit(Commit(replace(ROW, unpublished={"e-1": "{}", "e-2": "[]"})), NOON)

    kit.rows.commit(Commit(first), NOON)
    kit.rows.published(ROW.key, "e-1")

    assert kit.rows.load(ROW.key).unpublished == {"e-2": "[]"}


def test_whoever_loaded_a_row_before_its_outbox_was_noted_as_published_conflicts(kit: Kit) -> None:
    kit.rows.commit(Commit(replace(ROW, unpublished={"e-1": "{}"})), NOON)
    loaded = kit.rows.load(ROW.key)
    kit.rows.published(ROW.key, "e-1")

    with pytest.raises(VersionConflict):
        kit.rows.commit(Commit(loaded), NOON)


def test_an_outbox_that_is_not_in_its_row_is_not_noted(kit: Kit) -> None:
    kit.rows.commit(Commit(ROW), NOON)
    before = kit.item(ROW.key)

    for key in (ROW.key, "locker_id#gone"):
        with pytest.raises(ClientError, match="ConditionalCheckFailed"):
            kit.rows.published(key, "e-1")

    assert kit.item(ROW.key) == before
    assert kit.item("locker_id#gone") == {}


def test_a_row_expires_when_its_commit_says_so(kit: Kit) -> None:
    kit.rows.commit(Commit(ROW, keep_seconds=3_600.0), NOON)
    kit.rows.commit(Commit(replace(ROW, key="locker_id#kept")), NOON)

    assert kit.item(ROW.key)["expires_at"] == {"N": str(int(NOON) + 3_600)}
    assert "expires_at" not in kit.item("locker_id#kept")


def test_an_id_is_forgotten_once_nothing_can_deliver_its_event_again(kit: Kit) -> None:
    day = int(NOON // DAY_SECONDS)
    row = replace(
        ROW, inbox={"yesterday": entry(day - 1, "y"), "today": entry(day, "t"), "tomorrow": entry(day + 1, "m")}
    )

    kit.rows.commit(Commit(row), NOON)

    assert kit.rows.load(ROW.key).inbox == {"today": entry(day, "t"), "tomorrow": entry(day + 1, "m")}


def test_a_row_that_the_last_version_wrote_is_read_with_its_inbox(kit: Kit) -> None:
    item: Any = {
        "pk": {"S": ROW.key},
        "version": {"N": "3"},
        "state": {"S": '{"status":"stored"}'},
        "correlation_id": {"S": "c-1"},
        "inbox": {"SS": ["e-1", "e-2"]},
        "outbox": {"S": '{"trace_header":"","events":[]}'},
        "expires_at": {"N": str(int(NOON) + 3_600)},
    }
    kit.dynamodb.put_item(TableName="table", Item=item)

    row = kit.rows.load(ROW.key)
    kit.rows.commit(Commit(row), NOON)

    assert (row.version, dict(row.unpublished)) == (3, {})
    for known in (row, kit.rows.load(ROW.key)):
        assert [known.has_handled(id, "whatever it held") for id in ("e-1", "e-2", "e-3")] == [True, True, False]


def test_a_row_of_the_last_version_whose_workflow_is_no_plain_name_is_of_one_that_follows_from_its_key(
    kit: Kit,
) -> None:
    item: Any = {
        "pk": {"S": ROW.key},
        "version": {"N": "3"},
        "state": {"S": "null"},
        "correlation_id": {"S": "ann@example.com"},
    }
    kit.dynamodb.put_item(TableName="table", Item=item)

    assert kit.rows.load(ROW.key).correlation_id == derived_id("workflow", ROW.key)


def test_an_inbox_that_is_full_costs_six_kilobytes_however_long_the_ids_are(kit: Kit) -> None:
    row = replace(ROW, inbox={})
    for number in range(MAXIMUM_INBOX):
        row = replace(row, inbox=row.inbox_with(f"{number:03}" + "x" * 125, content_of({"number": number}), 20_000))

    kit.rows.commit(Commit(row), NOON)

    assert item_bytes({"inbox": kit.item(ROW.key)["inbox"]}) < 6_500


@pytest.mark.parametrize(
    ("part", "change"),
    [
        ("state", {"state": {"lines": "x" * 200_000, "note": "€" * 65_000}}),
        ("unpublished", {"unpublished": {f"e-{number}": "x" * 98_000 for number in range(4)}}),
        ("state", {"key": "locker_id#" + "k" * 128, "state": "x" * 389_900}),
    ],
)
def test_a_row_that_is_too_large_for_an_item_is_refused_before_it_is_written(
    kit: Kit, part: str, change: dict[str, Any]
) -> None:
    row = replace(ROW, **change)

    with pytest.raises(RowTooLarge, match=f"{row.key} would have .* bytes, over 390000: its {part} is .* Fix: ") as met:
        kit.rows.commit(Commit(row), NOON)
    with pytest.raises(RowTooLarge):
        kit.rows.commit_together([Commit(row, moves={"a": 1})], NOON)

    assert met.value.kind is Kind.NEVER
    assert kit.calls["PutItem"] == kit.calls["TransactWriteItems"] == 0


def test_the_size_of_a_row_is_what_dynamodb_counts(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    row = replace(ROW, state={"name": "Zoë €"}, unpublished={"e-1": '{"events":[]}'})
    row = replace(row, inbox=row.inbox_with("e-2", "", 30_000))
    commit = Commit(row, Index("due#1", "2026-01-01"), 3_600.0)
    kit.rows.commit(commit, NOON)
    counted = item_bytes(kit.item(row.key))
    monkeypatch.setattr("functions.kit.rows.MAXIMUM_ROW_BYTES", counted - 10)

    with pytest.raises(RowTooLarge) as met:
        kit.rows.commit(replace(commit, row=replace(row, version=1)), NOON)

    said = int(str(met.value).split(" would have ")[1].split()[0])
    assert counted <= said <= counted + 10  # a number has at most its digits


def test_totals_of_one_item_are_kept_together_and_added_to(kit: Kit) -> None:
    first = kit.rows.commit(Commit(ROW, totals={"2026-01-01": {"stored": 1, "price": 450}}), NOON)
    kit.rows.commit(Commit(first, totals={"2026-01-01": {"stored": 1}, "2026-01-02": {}}), NOON)

    assert kit.item("totals#2026-01-01") == {
        "pk": {"S": "totals#2026-01-01"},
        "total:price": {"N": "450"},
        "total:stored": {"N": "2"},
    }
    assert kit.item("totals#2026-01-02") == {}


def test_a_state_that_json_cannot_say_is_refused(kit: Kit) -> None:
    with pytest.raises(StateRefused, match="TypeError"):
        kit.rows.commit(Commit(replace(ROW, state={"of": object()})), NOON)


def test_rows_are_due_in_order_and_only_until_the_given_instant(kit: Kit) -> None:
    for number, instant in enumerate(["2026-01-03", "2026-01-01", "2026-01-02"]):
        kit.rows.commit(Commit(replace(ROW, key=f"k#{number}"), index=Index("due#1", instant)), NOON)
    kit.rows.commit(Commit(replace(ROW, key="k#9"), index=Index("elsewhere", "2026-01-01")), NOON)

    listed = list(kit.rows.due("due#1", "2026-01-01", "2026-01-02", None))
    later = list(kit.rows.due("due#1", "2026-01-01", "2026-01-02", listed[0][2]))

    assert [(key, instant) for key, instant, _ in listed] == [("k#1", "2026-01-01"), ("k#2", "2026-01-02")]
    assert [key for key, _, _ in later] == ["k#2"]


def test_a_row_with_more_events_than_a_workflow_has_is_refused(kit: Kit) -> None:
    handled = {str(number): entry(30_000) for number in range(MAXIMUM_INBOX + 1)}

    with pytest.raises(TooManyEventsForOneRow, match="locker_id#l-1"):
        kit.rows.commit(Commit(replace(ROW, inbox=handled)), NOON)


def test_an_answer_that_is_no_condition_is_raised_as_it_came(kit: Kit) -> None:
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        RowStore(kit.dynamodb, "missing", 3_600).commit(Commit(ROW), NOON)


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
    with pytest.raises(VersionConflict):  # nothing is known of whether it was there
        kit.rows.put_new({"pk": {"S": "a"}, "position": {"S": "1"}})
