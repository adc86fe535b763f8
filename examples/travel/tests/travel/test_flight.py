"""The flight service books a seat once, and gives it back once."""

from __future__ import annotations

import pytest

from functions.flight.airline import Airline
from functions.flight.domain import BookSeat, CancelSeat, Seat, SeatAnswer, book, booked, cancel, cancelled
from functions.kit.errors import NotYet
from functions.kit.model import publish
from tests.travel.events import event

REQUESTED = event("TripRequested", city="Lisbon", nights=3, price_cents=45_000, card_token="tok")
NO_ROOM = event("RoomRefused", reason="no room is free")


def test_a_booking_and_its_repetition_have_the_same_key() -> None:
    first = book(None, REQUESTED)

    again = book(first.state, REQUESTED)

    assert first.effect == again.effect == BookSeat("t-1/seat", "Lisbon")


def test_a_seat_is_told_with_its_number() -> None:
    decision = booked(Seat("booking"), REQUESTED, SeatAnswer("12A"))

    (told,) = decision.publications
    assert decision.state == Seat("booked")
    assert (told.type, told.fields["seat"]) == ("SeatBooked", "12A")


def test_a_full_flight_is_a_refusal() -> None:
    decision = booked(Seat("booking"), REQUESTED, SeatAnswer(None))

    assert decision.state == Seat("refused")
    assert decision.publications == (publish("SeatRefused", trip_id="t-1", reason="no seat is free"),)


def test_a_seat_is_given_back_when_there_is_no_room() -> None:
    decision = cancel(Seat("booked"), NO_ROOM)

    assert decision.effect == CancelSeat("t-1/seat")
    assert cancelled(decision.state, NO_ROOM, None).publications == (
        publish("SeatCancelled", trip_id="t-1", reason="no room is free"),
    )


def test_a_seat_that_was_cancelled_before_it_was_requested_is_never_booked() -> None:
    tombstone = cancel(None, event("RoomCancelled", reason="you cancelled it"))

    assert [one.type for one in tombstone.publications] == ["SeatCancelled"]
    assert book(tombstone.state, REQUESTED).effect is None


def test_a_cancellation_waits_while_the_airline_has_not_answered() -> None:
    with pytest.raises(NotYet):
        cancel(Seat("booking"), NO_ROOM)


@pytest.mark.parametrize("status", ["refused", "cancelled"])
def test_a_seat_that_is_not_held_is_not_given_back(status: str) -> None:
    decision = cancel(Seat(status), NO_ROOM)

    assert decision.effect is None
    assert decision.publications == ()


def test_the_airline_takes_one_seat_for_a_key() -> None:
    airline = Airline({"Lisbon": 2})

    answers = {airline.book(BookSeat("a", "Lisbon")) for _ in range(2)}

    assert len(answers) == 1
    assert airline.held == {"a": "Lisbon"}


def test_the_airline_has_a_seat_again_when_one_is_given_back() -> None:
    airline = Airline({"Lisbon": 1})
    airline.book(BookSeat("a", "Lisbon"))

    refused = airline.book(BookSeat("b", "Lisbon"))
    airline.cancel(CancelSeat("a"))

    assert refused.seat is None
    assert airline.book(BookSeat("c", "Lisbon")).seat is not None
