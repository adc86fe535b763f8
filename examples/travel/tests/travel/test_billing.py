"""The billing service charges a trip once, and refunds what it charged."""

from __future__ import annotations

import pytest

from functions.billing.cards import DECLINED, CardProvider
from functions.billing.domain import Charge, ChargeAnswer, Payment, Refund, charge, charged, refunded, withdraw
from functions.kit.errors import NotYet
from functions.kit.model import publish
from tests.travel.events import event

ROOM = event("RoomBooked", price_cents=45_000, card_token="tok")
CANCELLED = event("TripCancellationRequested", reason="you cancelled it")
WANTED = Charge("t-1/charge", 45_000, "tok")


def test_a_charge_and_its_repetition_have_the_same_key() -> None:
    first = charge(None, ROOM)

    again = charge(first.state, ROOM)

    assert first.effect == again.effect == WANTED


def test_a_charge_that_went_through_is_told() -> None:
    decision = charged(Payment("charging", 45_000), ROOM, ChargeAnswer(accepted=True))

    assert decision.state == Payment("charged", 45_000)
    assert decision.publications == (publish("TripCharged", trip_id="t-1", price_cents=45_000),)


def test_a_declined_card_is_a_refusal_with_its_reason() -> None:
    decision = charged(Payment("charging", 45_000), ROOM, ChargeAnswer(accepted=False, reason="no money"))

    assert decision.state == Payment("declined", 45_000)
    assert decision.publications == (publish("ChargeFailed", trip_id="t-1", reason="no money"),)


def test_a_trip_that_was_cancelled_first_is_never_charged() -> None:
    tombstone = withdraw(None, CANCELLED)

    assert [one.type for one in tombstone.publications] == ["ChargeFailed"]
    assert charge(tombstone.state, ROOM).effect is None


def test_a_charged_trip_that_is_cancelled_is_refunded() -> None:
    decision = withdraw(Payment("charged", 45_000), CANCELLED)

    told = publish("TripRefunded", trip_id="t-1", refunded_cents=45_000, reason="you cancelled it")
    assert decision.effect == Refund("t-1/charge")
    assert refunded(decision.state, CANCELLED, None).publications == (told,)


def test_a_cancellation_waits_while_the_charge_is_not_known() -> None:
    with pytest.raises(NotYet):
        withdraw(Payment("charging", 45_000), CANCELLED)


def test_a_card_token_is_not_in_the_text_of_a_charge() -> None:
    assert "tok" not in repr(WANTED)


def test_the_provider_moves_money_once_for_a_key_and_once_back() -> None:
    cards = CardProvider()

    for _ in range(2):
        cards.charge(WANTED)
    paid = cards.balance
    for _ in range(2):
        cards.refund(Refund(WANTED.key))

    assert paid == 45_000
    assert cards.balance == 0


def test_the_provider_declines_the_card_that_is_always_declined() -> None:
    assert not CardProvider().charge(Charge("t-1/charge", 45_000, DECLINED)).accepted
