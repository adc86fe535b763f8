"""How many AWS calls an event costs, counted at the client."""

from __future__ import annotations

from tests.kit.conftest import Kit, record

PARCEL = {"locker_id": "l-1", "parcels": [{"size": "small"}]}


def test_an_event_costs_one_read_and_one_conditional_write(kit: Kit) -> None:
    kit.handle(record("RuleBroken", {"locker_id": "l-0", "emit": "ParcelStored"}, message_id="warm"))
    kit.stock(small=1)
    kit.handle(record("ParcelArrived", PARCEL))
    kit.handle(record("CourierWanted", {"locker_id": "l-1"}, event_id="e-2"))
    kit.calls.clear()

    kit.handle(record("CourierWanted", {"locker_id": "l-1"}, event_id="e-3"))

    assert kit.calls == {"GetItem": 1, "PutItem": 1}


def test_an_event_that_moves_counters_costs_one_read_and_one_transaction(kit: Kit) -> None:
    kit.stock(small=1)
    kit.calls.clear()

    kit.handle(record("ParcelArrived", PARCEL))

    assert kit.calls == {"GetItem": 1, "TransactWriteItems": 1}


def test_a_duplicate_costs_one_read(kit: Kit) -> None:
    kit.stock(small=1)
    kit.handle(record("ParcelArrived", PARCEL))
    kit.calls.clear()

    kit.handle(record("ParcelArrived", PARCEL))

    assert kit.calls == {"GetItem": 1}


def test_an_effect_costs_one_more_write_for_its_intent(kit: Kit) -> None:
    kit.stock(small=1)
    kit.handle(record("ParcelArrived", PARCEL))
    kit.calls.clear()

    kit.handle(record("CourierWanted", {"locker_id": "l-1"}, event_id="e-2"))

    assert kit.calls == {"GetItem": 1, "PutItem": 2}
