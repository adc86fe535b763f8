"""How many AWS calls an event costs, counted at the client."""

from __future__ import annotations

from dataclasses import replace

from functions.kit.model import Decision, Event, on
from tests.kit.conftest import Kit, record
from tests.kit.locker import LOCKER, CallCourier, Locker

PARCEL = {"locker_id": "l-1", "parcels": [{"size": "small"}]}


def test_an_event_costs_one_read_and_one_conditional_write(kit: Kit) -> None:
    kit.stock(small=1)
    kit.handle(record("ParcelArrived", PARCEL))
    kit.handle(record("CourierWanted", {"locker_id": "l-1"}, event_id="e-2"))
    kit.calls.clear()

    kit.handle(record("CourierWanted", {"locker_id": "l-1"}, event_id="e-3"))

    assert kit.calls == {"GetItem": 1, "PutItem": 1}


def test_what_is_published_costs_one_more_call_and_one_more_write(kit: Kit) -> None:
    kit.handle(record("ParcelSplit", {"locker_id": "l-1"}))
    first = dict(kit.calls)
    kit.calls.clear()

    kit.handle(record("ParcelSplit", {"locker_id": "l-2"}))

    assert first == {"GetItem": 2, "PutItem": 1, "UpdateItem": 1}, "a new worker looks at the breaker of the bus once"
    assert kit.calls == {"GetItem": 1, "PutItem": 1, "UpdateItem": 1}
    assert kit.bus.calls == 2


def test_an_event_that_moves_counters_costs_one_read_and_one_transaction(kit: Kit) -> None:
    kit.stock(small=1)
    kit.handle(record("ParcelSplit", {"locker_id": "l-2"}))
    kit.calls.clear()

    kit.handle(record("ParcelArrived", PARCEL))

    assert kit.calls == {"GetItem": 1, "TransactWriteItems": 1, "UpdateItem": 1}


def test_a_duplicate_costs_one_read(kit: Kit) -> None:
    kit.stock(small=1)
    kit.handle(record("ParcelArrived", PARCEL))
    kit.calls.clear()

    kit.handle(record("ParcelArrived", PARCEL))

    assert kit.calls == {"GetItem": 1}


def test_an_effect_costs_one_more_write_for_its_intent(kit: Kit) -> None:
    kit.stock(small=2)
    kit.handle(record("ParcelArrived", PARCEL))
    kit.calls.clear()

    kit.handle(record("CourierWanted", {"locker_id": "l-1"}, event_id="e-2"))

    first = dict(kit.calls)
    kit.handle(record("ParcelArrived", PARCEL | {"locker_id": "l-2"}, event_id="e-3"))
    kit.calls.clear()
    kit.handle(record("CourierWanted", {"locker_id": "l-2"}, event_id="e-4"))

    assert kit.calls == {"GetItem": 1, "PutItem": 2, "UpdateItem": 1}
    assert first == {"GetItem": 2, "PutItem": 2, "UpdateItem": 1}, "a new worker looks at the breaker once"


def ring(locker: Locker | None, event: Event) -> Decision:
    """Call the courier, with nothing to write down before."""
    effect = CallCourier(event["locker_id"])
    return Decision(locker, effect=effect, then=lambda locker, *_: Decision(locker or Locker("called")))


def test_an_intent_that_leaves_the_state_as_it_was_read_is_not_written(kit: Kit) -> None:
    wanted = on("CourierWanted", ring, reads=("locker_id",), effects={CallCourier: str})
    kit.consumer = kit.another_worker(service=replace(LOCKER, reactions=(wanted,), timer=None))
    kit.handle(record("CourierWanted", {"locker_id": "l-0"}))
    kit.calls.clear()

    kit.handle(record("CourierWanted", {"locker_id": "l-1"}))

    assert kit.calls == {"GetItem": 1, "PutItem": 1}
    assert kit.courier.calls == ["l-0", "l-1"]


def test_an_intent_is_written_where_nothing_was_read_since_it_finds_out_whether_there_is_a_row(kit: Kit) -> None:
    wanted = on("CourierWanted", ring, reads=("locker_id",), effects={CallCourier: str}, begins=True)
    kit.consumer = kit.another_worker(service=replace(LOCKER, reactions=(wanted,), timer=None))
    first = record("CourierWanted", {"locker_id": "l-1"})

    kit.handle(first)
    kit.handle(first)

    assert kit.courier.calls == ["l-1"]
