"""The saga table, row by row, and that it is the whole table."""

from __future__ import annotations

import dataclasses
import json
from itertools import product

import pytest

from functions.kit.errors import NotYet
from tests.shop.services.table import OUTCOMES, SERVICES, STATES, changes_nothing, react, said, settle, state, status

PLACED = ("placed", "cancelling", "completed", "cancelled")
HELD = ("reserved", "rejected", "released", "received")

ROWS = [
    # service, event, state, becomes, publishes
    ("order", "PlaceOrder", None, "placed", "OrderPlaced"),
    ("order", "CancelOrder", "placed", "cancelling", "OrderCancellationRequested"),
    ("order", "timer", "placed", "cancelling", "OrderCancellationRequested"),
    ("order", "CancelOrder", None, "cancelled", "OrderCommandRefused"),
    *(("order", "PlaceOrder", status, status, "OrderCommandRefused") for status in PLACED),
    *(("order", "CancelOrder", status, status, "OrderCommandRefused") for status in PLACED[1:]),
    ("order", "ShipmentCreated", "placed", "completed", "OrderCompleted"),
    ("order", "ShipmentCreated", "cancelling", "completed", "OrderCompleted"),
    ("order", "InventoryRejected", "placed", "cancelled", "OrderCancelled"),
    ("order", "InventoryRejected", "cancelling", "cancelled", "OrderCancelled"),
    ("order", "InventoryReleased", "placed", "cancelled", "OrderCancelled"),
    ("order", "InventoryReleased", "cancelling", "cancelled", "OrderCancelled"),
    ("inventory", "OrderPlaced", None, "reserved", "InventoryReserved"),
    ("inventory", "PaymentFailed", "reserved", "released", "InventoryReleased"),
    ("inventory", "PaymentFailed", None, "released", "InventoryReleased"),
    ("inventory", "PaymentRefunded", "reserved", "released", "InventoryReleased"),
    ("inventory", "PaymentRefunded", None, "released", "InventoryReleased"),
    ("inventory", "ReceiveStock", None, "received", "StockReceived"),
    *(("inventory", "ReceiveStock", status, status, "ReceiptRefused") for status in HELD),
    ("payment", "ShipmentFailed", None, "voided", "PaymentFailed"),
    ("shipping", "OrderCancellationRequested", None, "declined", "ShipmentFailed"),
    ("shipping", "OrderCancellationRequested", "shipped", "shipped", "CancellationRejected"),
]

PAID = [("charged", "PaymentCharged"), ("failed", "PaymentFailed")]
PAID_BACK = [("refunded", "PaymentRefunded")]
SENT = [("shipped", "ShipmentCreated"), ("declined", "ShipmentFailed")]

WITH_EFFECT = [
    # service, event, state, effect, intent, (becomes, publishes) for each outcome
    ("payment", "InventoryReserved", None, "Charge", "charging", PAID),
    ("payment", "InventoryReserved", "charging", "Charge", "charging", PAID),
    ("payment", "ShipmentFailed", "charged", "Refund", "refunding", PAID_BACK),
    ("payment", "ShipmentFailed", "refunding", "Refund", "refunding", PAID_BACK),
    ("shipping", "PaymentCharged", None, "Ship", "shipping", SENT),
    ("shipping", "PaymentCharged", "shipping", "Ship", "shipping", SENT),
]

MUST_WAIT = [
    ("payment", "ShipmentFailed", "charging"),
    ("shipping", "OrderCancellationRequested", "shipping"),
]

LISTED = {row[:3] for row in ROWS} | {row[:3] for row in WITH_EFFECT} | set(MUST_WAIT)

OTHERS = [
    (name, reaction.event, status(before))
    for name in ("order", "inventory", "payment", "shipping")
    for reaction, before in product(SERVICES[name].reactions, STATES[name])
    if (name, reaction.event, status(before)) not in LISTED
]


@pytest.mark.parametrize(("service", "event", "before", "after", "publishes"), ROWS)
def test_a_row_of_the_table_holds(service: str, event: str, before: str | None, after: str, publishes: str) -> None:
    decision = react(SERVICES[service], state(service, before), event)

    assert status(decision.state) == after
    assert [type for type, _ in said(decision)] == [publishes]
    assert decision.effect is None


@pytest.mark.parametrize(("service", "event", "before", "effect", "intent", "ends"), WITH_EFFECT)
def test_a_row_with_an_effect_first_says_what_it_is_about_to_do_and_then_what_came_of_it(
    service: str, event: str, before: str | None, effect: str, intent: str, ends: list[tuple[str, str]]
) -> None:
    decision = react(SERVICES[service], state(service, before), event)

    assert status(decision.state) == intent
    assert type(decision.effect).__name__ == effect
    for outcome, (after, publishes) in zip(OUTCOMES[effect], ends, strict=True):
        settled = settle(SERVICES[service], state(service, before), event, outcome)
        assert (status(settled.state), [kind for kind, _ in said(settled)]) == (after, [publishes])


@pytest.mark.parametrize(("service", "event", "before"), MUST_WAIT)
def test_what_overtakes_an_outcome_waits_for_it(service: str, event: str, before: str) -> None:
    with pytest.raises(NotYet):
        react(SERVICES[service], state(service, before), event)


@pytest.mark.parametrize(("service", "event", "before"), OTHERS)
def test_every_other_pair_of_event_and_state_changes_nothing(service: str, event: str, before: str | None) -> None:
    sample = state(service, before)

    assert changes_nothing(react(SERVICES[service], sample, event), sample)


@pytest.mark.parametrize("name", SERVICES)
def test_a_state_survives_being_stored_as_json(name: str) -> None:
    for sample in STATES[name][1:]:
        assert SERVICES[name].state(**json.loads(json.dumps(dataclasses.asdict(sample)))) == sample
