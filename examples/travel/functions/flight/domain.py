"""Books a seat for a trip, and gives it back when the trip comes to nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from functions.kit.errors import NotYet
from functions.kit.model import Decision, unchanged

if TYPE_CHECKING:
    from functions.flight.events import RoomCancelled, RoomRefused, TripRequested, publish
else:
    from functions.kit.model import publish


@dataclass(frozen=True, slots=True)
class Seat:
    """A seat: booking, booked, refused, cancelling or cancelled."""

    status: str


@dataclass(frozen=True, slots=True)
class BookSeat:
    """Ask the airline for a seat. The same `key` is one seat."""

    system: ClassVar[str] = "airline"

    key: str
    city: str


@dataclass(frozen=True, slots=True)
class SeatAnswer:
    """What the airline answered: the seat's number, or none when the flight is full."""

    seat: str | None


@dataclass(frozen=True, slots=True)
class CancelSeat:
    """Give back the seat that was booked with this key."""

    system: ClassVar[str] = "airline"

    key: str


def book(seat: Seat | None, event: TripRequested) -> Decision:
    if seat is not None and seat.status != "booking":  # cancelled: the compensation came first
        return unchanged(seat)
    return Decision(Seat("booking"), effect=BookSeat(_key(event["trip_id"]), event["city"]), then=booked)


def booked(seat: Seat, event: TripRequested, answer: SeatAnswer) -> Decision:
    if answer.seat is None:
        return Decision(Seat("refused"), publish.SeatRefused(trip_id=event["trip_id"], reason="no seat is free"))
    told = publish.SeatBooked(
        trip_id=event["trip_id"],
        city=event["city"],
        nights=event["nights"],
        price_cents=event["price_cents"],
        card_token=event["card_token"],
        seat=answer.seat,
    )
    return Decision(Seat("booked"), told)


def cancel(seat: Seat | None, event: RoomRefused | RoomCancelled) -> Decision:
    if seat is None:  # not asked for yet: leave a tombstone, so that the late request books nothing
        return cancelled(Seat("cancelling"), event, None)
    if seat.status == "booking":
        raise NotYet("whether the airline booked the seat is not known yet")
    if seat.status not in ("booked", "cancelling"):
        return unchanged(seat)
    return Decision(Seat("cancelling"), effect=CancelSeat(_key(event["trip_id"])), then=cancelled)


def cancelled(seat: Seat, event: RoomRefused | RoomCancelled, outcome: None) -> Decision:
    told = publish.SeatCancelled(trip_id=event["trip_id"], reason=event["reason"])
    return Decision(Seat("cancelled"), told)


def _key(trip_id: str) -> str:
    return f"{trip_id}/seat"
