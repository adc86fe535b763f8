"""The pivot: a parcel is handed over once, or never."""

from __future__ import annotations

from functions.shipping.domain import Outcome, Ship
from functions.shipping.service import SHIPPING
from tests.shop.services.table import ADDRESS, LINES, react, said, settle, state


def a_parcel(**address: str) -> Ship:
    return Ship("o-1/ship", LINES, ADDRESS | address)


def test_a_repeated_attempt_to_ship_has_the_same_key() -> None:
    first = react(SHIPPING, None, "PaymentCharged")

    again = react(SHIPPING, first.state, "PaymentCharged")

    assert first.effect == again.effect == a_parcel()


def test_a_created_shipment_carries_the_tracking_number() -> None:
    decision = settle(SHIPPING, None, "PaymentCharged", Outcome(True, "PARCEL-1"))

    assert said(decision) == [("ShipmentCreated", {"order_id": "o-1", "tracking_number": "PARCEL-1"})]


def test_a_refused_shipment_carries_the_carrier_s_reason() -> None:
    decision = settle(SHIPPING, None, "PaymentCharged", Outcome(False, reason="no"))

    assert said(decision) == [("ShipmentFailed", {"order_id": "o-1", "reason": "no"})]


def test_a_cancellation_in_time_keeps_the_late_payment_from_being_shipped() -> None:
    declined = react(SHIPPING, None, "OrderCancellationRequested")

    late = react(SHIPPING, declined.state, "PaymentCharged")

    assert said(declined) == [("ShipmentFailed", {"order_id": "o-1", "reason": "changed my mind"})]
    assert late.effect is None
    assert late.state == declined.state


def test_a_cancellation_too_late_is_answered_with_where_to_reach_the_customer() -> None:
    decision = react(SHIPPING, state("shipping", "shipped"), "OrderCancellationRequested")

    fields = {"order_id": "o-1", "email": "ada@example.com", "reason": "already shipped", "requested_by": "customer"}
    assert said(decision) == [("CancellationRejected", fields)]


def test_an_effect_does_not_show_the_address() -> None:
    assert "Chausseestr" not in repr(a_parcel())
