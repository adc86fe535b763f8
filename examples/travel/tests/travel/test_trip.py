"""The trip service decides what becomes of a trip."""

from __future__ import annotations

import pytest

from functions.kit.model import publish
from functions.trip.domain import Trip, cancel, confirm, deadline_of, end, expire, request
from tests.travel.events import event

EMAIL = "ada@example.com"
BOOK = event("BookTrip", city="Lisbon", nights=3, email=EMAIL, card_token="tok")
WAITING = Trip("requested", "t-1", EMAIL, deadline="2026-01-01T12:15:00.000Z")
CONFIRMED = Trip("confirmed", "t-1", EMAIL, deadline=WAITING.deadline)
CANCELLING = Trip("cancelling", "t-1", EMAIL, deadline=WAITING.deadline)


def test_a_trip_asks_for_its_seat_its_room_and_its_price() -> None:
    decision = request(None, BOOK)

    requested = publish("TripRequested", trip_id="t-1", city="Lisbon", nights=3, price_cents=45_000, card_token="tok")
    assert decision.state == WAITING
    assert decision.publications == (requested,)


def test_a_trip_to_a_city_that_is_not_served_is_refused() -> None:
    decision = request(None, event("BookTrip", city="Reykjavik", nights=3, email=EMAIL, card_token="tok"))

    assert decision.publications == (publish("TripRefused", trip_id="t-1", email=EMAIL, reason="we do not go there"),)


def test_a_trip_that_is_booked_twice_is_requested_once_and_the_second_one_is_told() -> None:
    again = request(WAITING, BOOK)

    told = publish("TripCommandRefused", trip_id="t-1", command="BookTrip", reason="it is requested already")
    assert again.state == WAITING
    assert again.publications == (told,)


@pytest.mark.parametrize("trip", [None, CANCELLING])
def test_whoever_cancels_what_can_not_be_cancelled_is_told(trip: Trip | None) -> None:
    assert [one.type for one in cancel(trip, event("CancelTrip")).publications] == ["TripCommandRefused"]


def test_a_trip_that_was_cancelled_before_it_was_booked_is_refused() -> None:
    tombstone = cancel(None, event("CancelTrip")).state

    late = request(tombstone, BOOK)

    assert [one.type for one in late.publications] == ["TripRefused"]


def test_a_trip_that_waits_can_be_cancelled() -> None:
    decision = cancel(WAITING, event("CancelTrip"))

    asked = publish("TripCancellationRequested", trip_id="t-1", reason="you cancelled it")
    assert decision.state == CANCELLING
    assert decision.publications == (asked,)


def test_a_confirmed_trip_can_not_be_cancelled_and_the_traveller_is_told() -> None:
    decision = cancel(CONFIRMED, event("CancelTrip"))

    assert decision.state == CONFIRMED
    assert decision.publications == (publish("CancellationRefused", trip_id="t-1", email=EMAIL),)


def test_a_trip_wants_to_be_woken_at_its_deadline_only_while_it_waits() -> None:
    assert deadline_of(WAITING) == "2026-01-01T12:15:00.000Z"
    assert deadline_of(CONFIRMED) is None
    assert deadline_of(CANCELLING) is None


def test_a_trip_that_still_waits_at_its_deadline_is_cancelled() -> None:
    decision = expire(WAITING, event("timer"))

    assert decision.state == CANCELLING
    assert [one.type for one in decision.publications] == ["TripCancellationRequested"]


def test_a_charge_confirms_a_trip_that_waits_and_none_that_is_being_cancelled() -> None:
    charged = event("TripCharged")

    assert confirm(WAITING, charged).publications == (publish("TripConfirmed", trip_id="t-1", email=EMAIL),)
    assert confirm(CANCELLING, charged).publications == ()


@pytest.mark.parametrize("trip", [WAITING, CANCELLING])
def test_a_trip_without_a_seat_is_cancelled_with_the_reason(trip: Trip) -> None:
    decision = end(trip, event("SeatRefused", reason="no seat is free"))

    cancelled = publish("TripCancelled", trip_id="t-1", email=EMAIL, reason="no seat is free")
    assert decision.publications == (cancelled,)


def test_an_address_is_not_in_the_text_of_a_trip() -> None:
    assert EMAIL not in repr(WAITING)
