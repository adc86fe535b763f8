"""Charges and refunds are keyed, dated and remembered; the sandbox behaves as a provider does."""

from __future__ import annotations

import pytest

from functions.kit.errors import NotYet, Unavailable
from functions.kit.model import Event
from functions.payment.domain import Charge, Outcome, Payment, Refund, charge
from functions.payment.gateway import MARGIN, Gateway
from functions.payment.sandbox import Entry, SandboxProvider
from functions.payment.service import PAYMENT
from tests.shop.services.table import ADDRESS, LINES, MONEY, NOON, event, react, said, settle, state

AT_NOON = 1_767_268_800.0
DAY = 24 * 3600


class Clock:
    def __init__(self) -> None:
        self.time = AT_NOON

    def now(self) -> float:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def gateway(clock: Clock) -> Gateway:
    return Gateway(SandboxProvider(clock.now), clock.now)


def a_charge(token: str = "tok_good", minor_units: int = 4250) -> Charge:
    return Charge("o-1/charge", minor_units, "EUR", NOON, token)


REFUND = Refund("o-1/refund", 4250, "EUR", NOON, "o-1/charge")
CHARGED = Entry("o-1/charge", "charge", 4250, "EUR")
REFUNDED = Entry("o-1/refund", "refund", 4250, "EUR", "o-1/charge")


def test_a_charge_and_its_repetition_have_the_same_key() -> None:
    first = react(PAYMENT, None, "InventoryReserved")

    again = react(PAYMENT, first.state, "InventoryReserved")

    assert first.effect == again.effect == a_charge()


def test_the_card_is_kept_from_the_order_until_its_charge_has_an_outcome_and_no_longer() -> None:
    kept = react(PAYMENT, None, "OrderPlaced").state
    charging = react(PAYMENT, kept, "InventoryReserved", payment_token="another")

    assert kept == Payment("awaited", token="tok_good")
    assert charging.effect.token == charging.state.token == "tok_good"
    for outcome in (Outcome(True), Outcome(False, "card declined")):
        assert settle(PAYMENT, kept, "InventoryReserved", outcome).state.token == ""
    for type in ("InventoryRejected", "ShipmentFailed"):
        ended = react(PAYMENT, kept, type).state
        assert ended.token == ""
        assert react(PAYMENT, ended, "OrderPlaced").state == ended, "which comes late"


def test_a_reservation_without_a_card_waits_for_the_order() -> None:
    reserved = event(PAYMENT, "InventoryReserved")
    late = Event(reserved.event_id, reserved.type, NOON, "workflow-1", {**reserved.fields})
    del late.fields["payment_token"]  # type: ignore[attr-defined]

    with pytest.raises(NotYet):
        charge(None, late)  # type: ignore[arg-type]


def test_a_payment_passes_on_what_shipping_needs_and_not_the_token() -> None:
    decision = settle(PAYMENT, None, "InventoryReserved", Outcome(True))

    fields = {"order_id": "o-1", "amount": MONEY, "items": LINES, "address": ADDRESS}
    assert said(decision) == [("PaymentCharged", fields)]


def test_a_declined_charge_is_an_event_with_the_provider_s_reason() -> None:
    decision = settle(PAYMENT, None, "InventoryReserved", Outcome(False, "card declined"))

    assert said(decision) == [("PaymentFailed", {"order_id": "o-1", "reason": "card declined"})]


def test_a_refund_gives_back_what_was_charged_under_a_key_of_its_own() -> None:
    decision = react(PAYMENT, state("payment", "charged"), "ShipmentFailed")

    assert decision.effect == REFUND
    settled = settle(PAYMENT, state("payment", "charged"), "ShipmentFailed", None)
    assert said(settled) == [("PaymentRefunded", {"order_id": "o-1", "amount": MONEY, "reason": "changed my mind"})]


def test_a_refund_in_doubt_is_asked_for_again_under_the_same_key() -> None:
    decision = react(PAYMENT, state("payment", "refunding"), "ShipmentFailed")

    assert decision.effect == REFUND


def test_a_voided_payment_is_never_charged() -> None:
    voided = react(PAYMENT, None, "ShipmentFailed").state

    late = react(PAYMENT, voided, "InventoryReserved")

    assert late.effect is None
    assert late.state == Payment("voided")


def test_an_effect_does_not_show_the_token() -> None:
    assert "tok_good" not in repr(a_charge())


def test_a_repeated_charge_moves_money_once(gateway: Gateway) -> None:
    outcomes = [gateway.charge(a_charge()), gateway.charge(a_charge())]

    assert outcomes == [Outcome(True), Outcome(True)]
    assert gateway.ledger == [CHARGED]


def test_a_charge_that_timed_out_has_gone_through_and_is_not_repeated(gateway: Gateway) -> None:
    with pytest.raises(Unavailable):
        gateway.charge(a_charge("tok_timeout"))

    assert gateway.charge(a_charge("tok_timeout")) == Outcome(True)
    assert gateway.ledger == [CHARGED]


@pytest.mark.parametrize(
    ("charge", "reason"),
    [(a_charge("tok_declined"), "card declined"), (a_charge(minor_units=100_001), "amount over the limit")],
)
def test_a_declined_charge_moves_no_money(gateway: Gateway, charge: Charge, reason: str) -> None:
    assert gateway.charge(charge) == Outcome(False, reason)
    assert gateway.ledger == []


def test_a_declined_charge_stays_declined_under_its_key(gateway: Gateway) -> None:
    gateway.charge(a_charge("tok_declined"))

    assert gateway.charge(a_charge("tok_good")) == Outcome(False, "card declined")


def test_a_repeated_refund_moves_money_once(gateway: Gateway) -> None:
    gateway.charge(a_charge())

    gateway.refund(REFUND)
    gateway.refund(REFUND)

    assert gateway.ledger == [CHARGED, REFUNDED]


def test_a_refund_of_a_charge_that_another_process_made_is_given(gateway: Gateway) -> None:
    gateway.refund(REFUND)

    assert gateway.ledger == [REFUNDED]


def test_the_provider_forgets_a_key_after_a_day_and_would_charge_again(clock: Clock) -> None:
    provider = SandboxProvider(clock.now)
    provider.charge("o-1/charge", 4250, "EUR", "tok_good")

    clock.time += DAY + 1
    provider.charge("o-1/charge", 4250, "EUR", "tok_good")

    assert provider.ledger == [CHARGED, CHARGED]


@pytest.mark.parametrize("age", [DAY - MARGIN + 1, DAY + 1, 30 * DAY])
def test_an_attempt_older_than_the_provider_s_memory_looks_up_instead_of_charging_again(
    gateway: Gateway, clock: Clock, age: float
) -> None:
    gateway.charge(a_charge())
    gateway.refund(REFUND)

    clock.time += age
    outcome = gateway.charge(a_charge())
    gateway.refund(REFUND)

    assert outcome == Outcome(True)
    assert gateway.ledger == [CHARGED, REFUNDED]


def test_a_provider_whose_clock_is_ahead_of_ours_does_not_charge_twice(clock: Clock) -> None:
    ahead = Clock()
    gateway = Gateway(SandboxProvider(ahead.now), clock.now)
    gateway.charge(a_charge())

    clock.time += DAY - MARGIN / 2
    ahead.time += DAY + 1
    gateway.charge(a_charge())

    assert gateway.ledger == [CHARGED]


def test_an_old_attempt_that_never_reached_the_provider_is_made(gateway: Gateway, clock: Clock) -> None:
    clock.time += 2 * DAY

    assert gateway.charge(a_charge()) == Outcome(True)
    assert gateway.ledger == [CHARGED]
