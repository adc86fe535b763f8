"""What a batch moves is committed in one transaction; where that does not do, each event goes by itself."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError

from functions.kit import clock, rows
from functions.kit.consumer import Consumer
from functions.kit.envelope import encoded
from functions.kit.inbox import place_of
from functions.kit.model import Decision, Event, on, publish
from functions.kit.rows import RowStore
from tests.kit.conftest import Context, EndingContext, Kit, record
from tests.kit.locker import LOCKER, Locker, add_space, break_rules, store

DAY = "2026-01-01"


def count(locker: Locker | None, event: Event) -> Decision:
    """Count each event of a locker, and tell of it."""
    kept = Locker("counted", reference=f"{locker.reference if locker else ''}{event.event_id} ")
    return Decision(kept, publish("ParcelStored", locker_id=event["locker_id"]), totals={DAY: {"parcels": 1}})


SHELF = replace(
    LOCKER,
    reactions=(
        on("ParcelArrived", store, reads=("locker_id", "parcels[].size"), emits=("ParcelStored", "ParcelRefused")),
        on("SpaceAdded", add_space, reads=("size", "amount"), key="receipt_id"),
        on("ParcelSplit", count, reads=("locker_id",), emits=("ParcelStored",)),
        on("RuleBroken", break_rules, reads=("locker_id", "emit", "number"), emits=("ParcelStored",)),
    ),
    timer=None,
)
"""The locker without what asks for an effect."""


class Shelf:
    """The shelf's consumer, and the transactions that it asked for."""

    def __init__(self, kit: Kit) -> None:
        self.kit = kit
        self.transactions: list[list[Any]] = []
        self.before: Callable[[list[Any]], None] = lambda writes: None
        kit.dynamodb.meta.events.register("before-call.dynamodb.TransactWriteItems", self._note)
        self.consumer = self.worker()

    def worker(self, **changes: Any) -> Consumer:
        return self.kit.another_worker(service=SHELF, adapters={}, **changes)

    def handle(self, *records: dict[str, Any], context: Context | None = None) -> list[str]:
        answer = self.consumer.handle({"Records": list(records)}, context or Context())  # type: ignore[arg-type]
        return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]

    def counted(self) -> int:
        return int(self.kit.item(f"totals#{DAY}").get("total:parcels", {"N": "0"})["N"])

    @property
    def sizes(self) -> list[int]:
        """How many writes each transaction had."""
        return [len(writes) for writes in self.transactions]

    def _note(self, params: Any, **_: Any) -> None:
        writes = json.loads(params["body"])["TransactItems"]
        self.transactions.append(writes)
        self.before(writes)


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The longest pauses that were asked for; none takes time."""
    asked: list[float] = []
    monkeypatch.setattr(clock, "pause", asked.append)
    return asked


@pytest.fixture
def shelf(kit: Kit, pauses: list[float]) -> Shelf:
    return Shelf(kit)


def splits(*ids: str, locker: str = "l-{}") -> Iterator[dict[str, Any]]:
    """Yield the record of an event for each id, of a locker of its own."""
    for id in ids:
        yield record("ParcelSplit", {"locker_id": locker.format(id)}, event_id=id, message_id=f"m-{id}")


def arrivals(*ids: str) -> Iterator[dict[str, Any]]:
    for id in ids:
        fields = {"locker_id": f"l-{id}", "parcels": [{"size": "small"}]}
        yield record("ParcelArrived", fields, event_id=id, message_id=f"m-{id}")


TEN = tuple("abcdefghij")


def test_ten_events_are_committed_in_one_transaction_of_their_rows_and_the_sum(shelf: Shelf, kit: Kit) -> None:
    assert shelf.handle(*splits(*TEN)) == []

    assert shelf.sizes == [11]
    assert shelf.counted() == 10
    assert [event["locker_id"] for event in kit.bus.events] == [f"l-{id}" for id in TEN]
    assert kit.bus.calls == 1
    assert all(kit.unpublished(f"locker_id#l-{id}") == [] for id in TEN)


def test_what_ten_events_cost_together_is_22_write_units_instead_of_40(shelf: Shelf) -> None:
    shelf.handle(*splits(*TEN))
    together = sum(2 * size for size in shelf.sizes)
    shelf.transactions.clear()
    for one in splits(*(f"{id}2" for id in TEN)):
        shelf.handle(one)

    assert (together, sum(2 * size for size in shelf.sizes)) == (22, 40)


def test_two_events_of_one_row_are_committed_one_after_the_other(shelf: Shelf, kit: Kit) -> None:
    batch = [*splits("a"), *splits("b", "c", locker="l-a"), *splits("d"), *splits("e", locker="l-d")]

    assert shelf.handle(*batch) == []

    assert shelf.sizes == [3, 3, 2]
    assert shelf.counted() == 5
    assert (kit.state("locker_id#l-a")["reference"], kit.state("locker_id#l-d")["reference"]) == ("a b c ", "d e ")
    assert len(kit.bus.events) == 5


def test_the_same_event_twice_in_a_batch_is_counted_once(shelf: Shelf, kit: Kit) -> None:
    again = next(splits("a")) | {"messageId": "m-again"}

    assert shelf.handle(*splits("a", "b"), again) == []

    assert shelf.counted() == 2
    assert len({event["event_id"] for event in kit.bus.events}) == 2


def test_what_moves_nothing_is_not_made_dearer_by_a_transaction(shelf: Shelf, kit: Kit) -> None:
    fields = {"locker_id": "l-x", "emit": "ParcelStored", "number": ""}
    broken = record("RuleBroken", fields, event_id="x", message_id="m-x")
    plain = replace(SHELF, reactions=(*SHELF.reactions[:3], on("RuleBroken", store_plainly, reads=("locker_id",))))
    shelf.consumer = kit.another_worker(service=plain, adapters={})

    assert shelf.handle(*splits("a", "b"), broken) == []

    assert shelf.sizes == [3]
    assert kit.state("locker_id#l-x")["status"] == "plain"


def store_plainly(locker: Locker | None, event: Event) -> Decision:
    return Decision(Locker("plain"))


def test_where_a_counter_holds_too_little_for_all_each_takes_by_itself(shelf: Shelf, kit: Kit) -> None:
    kit.stock(small=2)

    assert shelf.handle(*arrivals("a", "b", "c")) == []

    assert kit.counter("space#small") == 0
    assert [kit.state(f"locker_id#l-{id}")["status"] for id in "abc"] == ["stored", "stored", "refused"]
    assert [event["type"] for event in kit.bus.events] == ["ParcelStored", "ParcelStored", "ParcelRefused"]


def test_what_is_given_and_taken_in_one_batch_is_one_move_of_the_counter(shelf: Shelf, kit: Kit) -> None:
    kit.stock(small=0)
    added = record("SpaceAdded", {"receipt_id": "r-1", "size": "small", "amount": 3}, event_id="x", message_id="m-x")

    assert shelf.handle(added, *arrivals("a", "b")) == []

    assert shelf.sizes == [4]
    assert kit.counter("space#small") == 1


def test_a_decision_that_cannot_be_committed_holds_up_no_other_of_its_batch(shelf: Shelf, kit: Kit) -> None:
    def say_what_is_not_declared(locker: Locker | None, event: Event) -> Decision:
        return Decision(Locker("lost"), publish("ParcelRefused", locker_id="l-x"), totals={DAY: {"parcels": 1}})

    reaction = on("RuleBroken", say_what_is_not_declared, reads=("locker_id",), emits=("ParcelStored",))
    shelf.consumer = kit.another_worker(service=replace(SHELF, reactions=(*SHELF.reactions[:3], reaction)), adapters={})
    broken = record("RuleBroken", {"locker_id": "l-x"}, event_id="x", message_id="m-x")

    assert shelf.handle(*splits("a"), broken, *splits("b")) == []

    assert shelf.counted() == 2
    ((_, reason),) = kit.dead_letters()
    assert reason.startswith("UndeclaredEmission")


def test_after_a_conflict_all_are_decided_anew_after_a_pause(shelf: Shelf, kit: Kit, pauses: list[float]) -> None:
    other = shelf.worker()

    def interfere(writes: list[Any]) -> None:
        shelf.before = lambda _: None
        other.handle({"Records": list(splits("b2", locker="l-b"))}, Context())  # type: ignore[arg-type]

    shelf.before = interfere

    assert shelf.handle(*splits("a", "b", "c")) == []

    assert shelf.counted() == 4
    assert kit.state("locker_id#l-b")["reference"] == "b2 b "
    assert shelf.sizes == [4, 2, 4]
    assert pauses == [0.02]


def test_an_event_that_another_worker_has_handled_meanwhile_is_counted_once(shelf: Shelf) -> None:
    other = shelf.worker()

    def interfere(writes: list[Any]) -> None:
        shelf.before = lambda _: None
        other.handle({"Records": list(splits("b"))}, Context())  # type: ignore[arg-type]

    shelf.before = interfere

    assert shelf.handle(*splits("a", "b", "c")) == []

    assert shelf.counted() == 3


def test_after_four_conflicts_a_transaction_goes_in_two_halves(shelf: Shelf, pauses: list[float]) -> None:
    other, ids = shelf.worker(), iter(range(100))

    def interfere(writes: list[Any]) -> None:
        if len(writes) > 3:
            other.handle({"Records": list(splits(f"z{next(ids)}", locker="l-b"))}, Context())  # type: ignore[arg-type]

    shelf.before = interfere

    assert shelf.handle(*splits("a", "b", "c", "d")) == []

    assert shelf.counted() == 4 + 4
    assert [size for size in shelf.sizes if size > 2] == [5, 5, 5, 5, 3, 3, 3]
    assert pauses == [0.02, 0.04, 0.08, 0.02]


def test_a_row_that_others_change_all_the_time_holds_up_no_other_of_its_batch(shelf: Shelf) -> None:
    other, ids = shelf.worker(), iter(range(100))

    def interfere(writes: list[Any]) -> None:
        if any("locker_id#l-b" in json.dumps(write) and '"b"' in json.dumps(write) for write in writes):
            other.handle({"Records": list(splits(f"z{next(ids)}", locker="l-b"))}, Context())  # type: ignore[arg-type]

    shelf.before = interfere

    assert shelf.handle(*splits(*"abcd")) == ["m-b"]


def test_what_meets_a_transaction_under_way_is_committed_as_it_was_decided(
    shelf: Shelf, kit: Kit, pauses: list[float]
) -> None:
    def meet(writes: list[Any]) -> None:
        shelf.before = lambda _: None
        reasons = [{"Code": "None"}] * (len(writes) - 1) + [{"Code": "TransactionConflict"}]
        answer: Any = {"Error": {"Code": "TransactionCanceledException"}, "CancellationReasons": reasons}
        raise ClientError(answer, "TransactWriteItems")

    shelf.before = meet

    assert shelf.handle(*splits("a", "b", "c")) == []

    assert reads(kit) == (1, 1), "the one is of the breaker of the bus"
    assert shelf.counted() == 3
    assert shelf.sizes == [4, 4]
    assert pauses == [0.02]


def test_while_the_table_does_not_answer_a_batch_asks_once_and_waits(
    shelf: Shelf, kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def answer_nothing(self: RowStore, commits: Any, now: float) -> Any:
        asked.append(len(commits))
        raise ConnectTimeoutError(endpoint_url="https://dynamodb")

    monkeypatch.setattr(RowStore, "commit_together", answer_nothing)

    assert shelf.handle(*splits("a", "b", "c")) == ["m-a", "m-b", "m-c"]

    assert asked == [3]
    assert shelf.transactions == []
    assert (kit.bus.calls, kit.dead_letters()) == (0, [])


def test_a_batch_of_more_writes_than_a_transaction_takes_is_committed_in_several(shelf: Shelf, kit: Kit) -> None:
    sizes = [f"size-{number}" for number in range(60)]
    added = [
        record("SpaceAdded", {"receipt_id": size, "size": size, "amount": 1}, event_id=size, message_id=size)
        for size in sizes
    ]

    assert shelf.handle(*added) == []

    assert shelf.sizes == [60, 60]
    assert {kit.counter(f"space#{size}") for size in sizes} == {1}


def test_a_batch_of_more_bytes_than_a_transaction_takes_is_committed_in_several(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "MAXIMUM_BYTES", 3_000)

    assert shelf.handle(*splits(*TEN)) == []

    assert len(shelf.sizes) > 1
    assert max(len(encoded(writes)) for writes in shelf.transactions if len(writes) > 2) <= 3_000
    assert shelf.counted() == 10


def test_a_row_that_was_assumed_to_be_none_is_read_when_the_transaction_finds_it(shelf: Shelf, kit: Kit) -> None:
    reaction = on("ParcelSplit", count, reads=("locker_id",), emits=("ParcelStored",), begins=True)
    shelf.consumer = kit.another_worker(service=replace(SHELF, reactions=(reaction,)), adapters={})
    shelf.handle(*splits("a"))
    shelf.transactions.clear()
    kit.calls.clear()

    assert shelf.handle(*splits("b", "c"), *splits("a2", locker="l-a")) == []

    assert shelf.sizes == [4, 4]
    assert shelf.counted() == 4
    assert kit.state("locker_id#l-a")["reference"] == "a a2 "


def test_without_time_to_commit_nothing_is_written_and_all_come_again(shelf: Shelf, kit: Kit) -> None:
    assert shelf.handle(*splits("a", "b"), context=EndingContext(lambda: kit.calls["BatchGetItem"] > 0)) == [
        "m-a",
        "m-b",
    ]

    assert shelf.transactions == []
    assert kit.item("locker_id#l-a") == {}
    assert shelf.handle(*splits("a", "b")) == []
    assert shelf.counted() == 2


def test_a_service_that_asks_for_effects_commits_each_event_by_itself(kit: Kit) -> None:
    kit.stock(small=5)
    kit.calls.clear()

    assert kit.handle(*arrivals("a", "b", "c")) == []

    assert kit.calls["TransactWriteItems"] == 3


# One read for a batch


def reads(kit: Kit) -> tuple[int, int]:
    """How many rows' batches, and how many rows by themselves, were read since."""
    found = kit.calls["BatchGetItem"], kit.calls["GetItem"]
    kit.calls.clear()
    return found


@pytest.fixture
def warm(shelf: Shelf, kit: Kit) -> Shelf:
    """A shelf whose worker knows that the bus answers, and has rows of two events."""
    shelf.handle(*splits("a0", locker="l-a"))
    shelf.handle(*splits("b0", locker="l-b"))
    shelf.transactions.clear()
    kit.calls.clear()
    return shelf


def test_ten_events_cost_one_read_and_one_transaction(warm: Shelf, kit: Kit) -> None:
    assert warm.handle(*splits(*TEN)) == []

    assert kit.calls == {"BatchGetItem": 1, "TransactWriteItems": 1, "UpdateItem": 10}
    assert kit.state("locker_id#l-a")["reference"] == "a0 a "


def test_a_batch_of_one_event_is_read_as_ever(warm: Shelf, kit: Kit) -> None:
    assert warm.handle(*splits("a")) == []

    assert reads(kit) == (0, 1)


def test_duplicates_of_a_batch_cost_one_read(warm: Shelf, kit: Kit) -> None:
    assert warm.handle(*splits("a0", locker="l-a"), *splits("b0", locker="l-b")) == []

    assert kit.calls == {"BatchGetItem": 1}


def test_the_second_event_of_a_row_finds_it_as_the_first_has_left_it(warm: Shelf, kit: Kit) -> None:
    assert warm.handle(*splits("a", "b"), *splits("a2", locker="l-a")) == []

    assert reads(kit) == (1, 1)
    assert kit.state("locker_id#l-a")["reference"] == "a0 a a2 "


def test_a_row_that_the_first_event_begins_is_not_read_ahead_for_the_second(warm: Shelf, kit: Kit) -> None:
    begins = on("ParcelSplit", count, reads=("locker_id",), emits=("ParcelStored",), begins=True)
    plain = on("RuleBroken", store_plainly, reads=("locker_id",))
    warm.consumer = kit.another_worker(service=replace(SHELF, reactions=(begins, plain)), adapters={})
    warm.handle(*splits("y"))
    kit.calls.clear()

    assert warm.handle(*splits("c"), *plainly("c", "d", "e")) == []

    assert reads(kit) == (1, 1)
    assert kit.state("locker_id#l-c")["status"] == "plain"


def plainly(*lockers: str) -> Iterator[dict[str, Any]]:
    for locker in lockers:
        yield record("RuleBroken", {"locker_id": f"l-{locker}"}, event_id=f"p-{locker}", message_id=f"m-p-{locker}")


def test_a_row_that_was_read_ahead_is_used_once_and_read_anew_after_a_conflict(warm: Shelf, kit: Kit) -> None:
    plain = replace(SHELF, reactions=(*SHELF.reactions[:3], on("RuleBroken", store_plainly, reads=("locker_id",))))
    consumer, other = kit.another_worker(service=plain, adapters={}), warm.worker()

    def interfere(**_: Any) -> None:
        kit.dynamodb.meta.events.unregister("before-call.dynamodb.PutItem", interfere)
        other.handle({"Records": list(splits("a1", locker="l-a"))}, Context())  # type: ignore[arg-type]

    kit.dynamodb.meta.events.register("before-call.dynamodb.PutItem", interfere)
    answer = consumer.handle({"Records": list(plainly("a", "b"))}, Context())  # type: ignore[arg-type]

    assert answer == {"batchItemFailures": []}
    assert kit.state("locker_id#l-a")["status"] == "plain"
    assert kit.item("locker_id#l-a")["inbox"]["M"].keys() == {place_of(id) for id in ("a0", "a1", "p-a")}


def test_what_dynamodb_leaves_for_later_is_read_by_itself(
    warm: Shelf, kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = kit.dynamodb.batch_get_item

    def leave_a_row(**request: Any) -> Any:
        ((table, asked),) = request["RequestItems"].items()
        first: Any = {**asked, "Keys": asked["Keys"][1:]}
        return {**ask(RequestItems={table: first}), "UnprocessedKeys": {table: {**asked, "Keys": asked["Keys"][:1]}}}

    monkeypatch.setattr(kit.dynamodb, "batch_get_item", leave_a_row)

    assert warm.handle(*splits("a", "b", "c")) == []

    assert reads(kit) == (1, 1)
    assert kit.state("locker_id#l-a")["reference"] == "a0 a "


def test_where_the_rows_cannot_be_read_together_each_is_read_by_itself(
    warm: Shelf, kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_: Any) -> Any:
        raise ClientError({"Error": {"Code": "AccessDeniedException"}}, "BatchGetItem")

    monkeypatch.setattr(kit.dynamodb, "batch_get_item", refuse)

    assert warm.handle(*splits("a", "b", "c")) == []

    assert reads(kit) == (0, 3)
    assert kit.state("locker_id#l-a")["reference"] == "a0 a "


def test_no_row_is_read_when_no_time_is_left_to_wait_for_it(warm: Shelf, kit: Kit) -> None:
    assert warm.handle(*splits("a", "b"), context=Context(30_000, 30_000, *[1_000] * 9)) == ["m-a", "m-b"]

    assert reads(kit) == (0, 0)


def test_a_reaction_that_failed_is_not_called_late_where_no_time_is_left_to_publish(warm: Shelf, kit: Kit) -> None:
    broken = record("RuleBroken", {"locker_id": "l-x", "emit": "", "number": ""}, event_id="x", message_id="m-x")
    bad = on("RuleBroken", say_nothing_declared, reads=("locker_id",), emits=("ParcelStored",))
    warm.consumer = kit.another_worker(service=replace(SHELF, reactions=(*SHELF.reactions[:3], bad)), adapters={})

    assert warm.handle(broken, context=Context(30_000, 30_000, 30_000, 1_000)) == []

    ((_, reason),) = kit.dead_letters()
    assert reason.startswith("UndeclaredEmission")


def say_nothing_declared(locker: Locker | None, event: Event) -> Decision:
    return Decision(Locker("lost"), publish("ParcelRefused", locker_id="l-x"))
