"""A participant answers its command, undoes what it did, and never does what it was told to undo before."""

from __future__ import annotations

from typing import Any

import pytest

from functions.inventory.domain import Holding, release, reserve
from functions.kit.errors import NotYet
from functions.kit.model import Event, publish
from functions.payment.domain import Charge, Outcome, Payment, Refund, charge, charged, refund, refunded
from functions.shipping.domain import Outcome as Shipped
from functions.shipping.domain import Shipment, ship, shipped

LATE = "ChargePayment had no answer in time"
TOTAL = {"minor_units": 4500, "currency": "EUR"}


def told(type: str, **fields: Any) -> Any:
    """Return a command about one order; untyped, as each reaction has a type of its own."""
    return Event("e-1", type, "2026-01-01T12:00:00.000Z", "workflow-1", {"order_id": "o-1", **fields})


RESERVE = told("ReserveStock", items=[{"sku": "sku-1", "quantity": 2}])
RELEASE = told("ReleaseStock", reason=LATE)
CHARGE = told("ChargePayment", total=TOTAL, payment_token="tok_visa")
REFUND = told("RefundPayment", reason=LATE)
SHIP = told("ShipOrder", items=[], address={"country": "DE", "postcode": "10115", "street": "Chausseestr. 1"})


def test_what_is_reserved_says_no_more_than_that() -> None:
    decision = reserve(None, RESERVE)

    assert decision.takes == {"stock#sku-1": 2}
    assert decision.publications == (publish("InventoryReserved", order_id="o-1"),)


def test_stock_that_is_to_be_released_before_it_was_reserved_never_is() -> None:
    tombstone = release(None, RELEASE)

    assert tombstone.publications == (publish("InventoryReleased", order_id="o-1", reason=LATE),)
    assert not reserve(tombstone.state, RESERVE).takes


def test_stock_that_was_refused_has_answered_the_undo_already() -> None:
    assert release(Holding("rejected", {}), RELEASE).publications == ()


def test_what_is_charged_says_how_much() -> None:
    intent = charge(None, CHARGE)

    decision = charged(intent.state, CHARGE, Outcome(accepted=True))

    assert isinstance(intent.effect, Charge)
    assert decision.publications == (publish("PaymentCharged", order_id="o-1", amount=TOTAL),)


def test_money_that_is_to_be_given_back_before_it_was_charged_never_is_charged() -> None:
    tombstone = refund(None, REFUND)

    assert tombstone.publications == (publish("PaymentRefunded", order_id="o-1", reason=LATE),)
    assert charge(tombstone.state, CHARGE).effect is None


def test_a_refund_waits_while_the_charge_is_not_known() -> None:
    with pytest.raises(NotYet):
        refund(Payment("charging", TOTAL), REFUND)


def test_what_was_charged_is_given_back_with_its_amount() -> None:
    intent = refund(Payment("charged", TOTAL), REFUND)

    decision = refunded(intent.state, REFUND, None)

    assert isinstance(intent.effect, Refund)
    assert decision.publications == (publish("PaymentRefunded", order_id="o-1", amount=TOTAL, reason=LATE),)


def test_a_charge_that_was_declined_has_answered_the_undo_already() -> None:
    assert refund(Payment("failed", TOTAL), REFUND).publications == ()


def test_a_parcel_that_the_carrier_declines_is_a_refusal() -> None:
    intent = ship(None, SHIP)

    decision = shipped(intent.state, SHIP, Shipped(accepted=False, reason="the carrier does not go there"))

    assert decision.state == Shipment("declined")
    assert decision.publications == (publish("ShipmentFailed", order_id="o-1", reason="the carrier does not go there"),)


def test_a_parcel_is_handed_over_once() -> None:
    assert ship(Shipment("shipped", "PARCEL-1"), SHIP).effect is None
