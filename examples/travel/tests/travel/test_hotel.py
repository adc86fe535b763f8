"""The hotel service books a room once, and gives it back once."""

from __future__ import annotations

import pytest

from functions.hotel.client import HotelClient, Response
from functions.hotel.domain import BookRoom, CancelRoom, Room, RoomAnswer, book, booked, cancel
from functions.hotel.sandbox import HotelSandbox
from functions.kit.errors import NotYet, Unavailable
from functions.kit.model import publish
from tests.travel.events import event

SEAT = event("SeatBooked", city="Lisbon", nights=3, price_cents=45_000, card_token="tok")
FAILED = event("ChargeFailed", reason="the card was declined")
WANTED = BookRoom("t-1/room", "Lisbon", 3)


def test_a_booking_and_its_repetition_have_the_same_key() -> None:
    first = book(None, SEAT)

    again = book(first.state, SEAT)

    assert first.effect == again.effect == WANTED


def test_a_full_hotel_is_a_refusal() -> None:
    decision = booked(Room("booking"), SEAT, RoomAnswer(None))

    assert decision.state == Room("refused")
    assert decision.publications == (publish("RoomRefused", trip_id="t-1", reason="no room is free"),)


def test_a_room_is_given_back_when_the_charge_failed() -> None:
    assert cancel(Room("booked"), FAILED).effect == CancelRoom("t-1/room")


def test_a_room_that_was_cancelled_before_it_was_requested_is_never_booked() -> None:
    tombstone = cancel(None, FAILED)

    assert [one.type for one in tombstone.publications] == ["RoomCancelled"]
    assert book(tombstone.state, SEAT).effect is None


def test_a_cancellation_waits_while_the_hotel_has_not_answered() -> None:
    with pytest.raises(NotYet):
        cancel(Room("booking"), FAILED)


def test_the_hotel_takes_one_room_for_a_key_and_has_it_again_when_it_is_given_back() -> None:
    hotel = HotelSandbox({"Lisbon": 1}, silent={})
    client = HotelClient(hotel.send)

    answers = {client.book(WANTED) for _ in range(2)}
    full = client.book(BookRoom("t-2/room", "Lisbon", 1))
    for _ in range(2):
        client.cancel(CancelRoom(WANTED.key))

    assert len(answers) == 1
    assert full == RoomAnswer(None)
    assert hotel.held == {}


def test_a_hotel_that_does_not_answer_decides_nothing() -> None:
    hotel = HotelSandbox({"Oslo": 1}, silent={"Oslo": 1})
    client = HotelClient(hotel.send)
    wanted = BookRoom("t-1/room", "Oslo", 3)

    with pytest.raises(Unavailable):
        client.book(wanted)

    assert client.book(wanted).room is not None


def test_a_room_that_could_not_be_given_back_is_tried_again() -> None:
    client = HotelClient(lambda method, path, body: Response(503))

    with pytest.raises(Unavailable):
        client.cancel(CancelRoom("t-1/room"))
