"""Books a room for a trip that has its seat, and gives it back when the trip comes to nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from functions.kit.errors import NotYet
from functions.kit.model import Decision, unchanged

if TYPE_CHECKING:
    from functions.hotel.events import ChargeFailed, SeatBooked, TripRefunded, publish
else:
    from functions.kit.model import publish


@dataclass(frozen=True, slots=True)
class Room:
    """A room: booking, booked, refused, cancelling or cancelled."""

    status: str


@dataclass(frozen=True, slots=True)
class BookRoom:
    """Ask the hotel for a room. The same `key` is one room."""

    system: ClassVar[str] = "hotel"

    key: str
    city: str
    nights: int


@dataclass(frozen=True, slots=True)
class RoomAnswer:
    """What the hotel answered: the room's number, or none when it is full."""

    room: str | None


@dataclass(frozen=True, slots=True)
class CancelRoom:
    """Give back the room that was booked with this key."""

    system: ClassVar[str] = "hotel"

    key: str


def book(room: Room | None, event: SeatBooked) -> Decision:
    if room is not None and room.status != "booking":  # cancelled: the compensation came first
        return unchanged(room)
    wanted = BookRoom(_key(event["trip_id"]), event["city"], event["nights"])
    return Decision(Room("booking"), effect=wanted, then=booked)


def booked(room: Room, event: SeatBooked, answer: RoomAnswer) -> Decision:
    if answer.room is None:
        return Decision(Room("refused"), publish.RoomRefused(trip_id=event["trip_id"], reason="no room is free"))
    told = publish.RoomBooked(
        trip_id=event["trip_id"],
        price_cents=event["price_cents"],
        card_token=event["card_token"],
        room=answer.room,
    )
    return Decision(Room("booked"), told)


def cancel(room: Room | None, event: ChargeFailed | TripRefunded) -> Decision:
    if room is None:  # not asked for yet: leave a tombstone, so that the late request books nothing
        return cancelled(Room("cancelling"), event, None)
    if room.status == "booking":
        raise NotYet("whether the hotel booked the room is not known yet")
    if room.status not in ("booked", "cancelling"):
        return unchanged(room)
    return Decision(Room("cancelling"), effect=CancelRoom(_key(event["trip_id"])), then=cancelled)


def cancelled(room: Room, event: ChargeFailed | TripRefunded, outcome: None) -> Decision:
    told = publish.RoomCancelled(trip_id=event["trip_id"], reason=event["reason"])
    return Decision(Room("cancelled"), told)


def _key(trip_id: str) -> str:
    return f"{trip_id}/room"
