"""What becomes of a trip: asks for it, hears how it went, and says how it ended. No other service ends a trip."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from functions.kit.model import Decision, Event, Sensitive, unchanged

if TYPE_CHECKING:
    from functions.trip.events import BookTrip, CancelTrip, SeatCancelled, SeatRefused, TripCharged, publish
else:
    from functions.kit.model import publish

FARES = {"Lisbon": 18_000, "Oslo": 22_000, "Rome": 15_000, "Vienna": 12_000}
"""The cities that are served, with the price of a seat in euro cents."""

NIGHT = 9_000
"""The price of a night in the hotel, in euro cents."""

PATIENCE = timedelta(minutes=15)
"""How long a trip may wait for its confirmation."""


@dataclass(frozen=True, slots=True)
class Trip:
    """A trip: requested, cancelling, confirmed, cancelled or refused; withdrawn: cancelled before it was booked."""

    status: str
    trip_id: str
    email: Sensitive[str] = field(default="", repr=False)
    deadline: str = ""


def request(trip: Trip | None, event: BookTrip) -> Decision:
    trip_id, city, email = event["trip_id"], event["city"], event["email"]
    if trip is not None and trip.status == "withdrawn":
        return _refused(trip_id, email, "it was cancelled before it was booked")
    if trip is not None:
        return _not_done(trip, event, f"it is {trip.status} already")
    if city not in FARES:
        return _refused(trip_id, email, "we do not go there")
    requested = publish.TripRequested(
        trip_id=trip_id,
        city=city,
        nights=event["nights"],
        price_cents=FARES[city] + event["nights"] * NIGHT,
        card_token=event["card_token"],
    )
    return Decision(Trip("requested", trip_id, email, deadline=event.later(PATIENCE)), requested)


def cancel(trip: Trip | None, event: CancelTrip) -> Decision:
    if trip is None:  # the booking is late: leave a tombstone, so that it is refused
        return _not_done(Trip("withdrawn", event["trip_id"]), event, "it is not booked, and will not be")
    if trip.status == "confirmed":
        return Decision(trip, publish.CancellationRefused(trip_id=trip.trip_id, email=trip.email))
    if trip.status != "requested":
        return _not_done(trip, event, f"it is {trip.status} already")
    return _cancelling(trip, "you cancelled it")


def expire(trip: Trip | None, event: Event) -> Decision:
    if trip is None or trip.status != "requested":
        return unchanged(trip)
    return _cancelling(trip, "it could not be confirmed in time")


def confirm(trip: Trip | None, event: TripCharged) -> Decision:
    if trip is None or trip.status != "requested":  # cancelling: the refund is on its way
        return unchanged(trip)
    confirmed = publish.TripConfirmed(trip_id=trip.trip_id, email=trip.email)
    return Decision(replace(trip, status="confirmed"), confirmed)


def end(trip: Trip | None, event: SeatRefused | SeatCancelled) -> Decision:
    if trip is None or trip.status not in ("requested", "cancelling"):
        return unchanged(trip)
    cancelled = publish.TripCancelled(trip_id=trip.trip_id, email=trip.email, reason=event["reason"])
    return Decision(replace(trip, status="cancelled"), cancelled)


def deadline_of(trip: Trip) -> str | None:
    """Return when a trip that still waits is to be cancelled."""
    return trip.deadline if trip.status == "requested" else None


def _refused(trip_id: str, email: str, reason: str) -> Decision:
    refused = publish.TripRefused(trip_id=trip_id, email=email, reason=reason)
    return Decision(Trip("refused", trip_id, email), refused)


def _not_done(trip: Trip, event: BookTrip | CancelTrip, reason: str) -> Decision:
    """Answer a command that changes nothing; the trip goes on its way, or stays as it ended."""
    answer = publish.TripCommandRefused(
        trip_id=trip.trip_id, command=event.type, command_id=event.external_id, reason=reason
    )
    return Decision(trip, answer)


def _cancelling(trip: Trip, reason: str) -> Decision:
    asked = publish.TripCancellationRequested(trip_id=trip.trip_id, reason=reason)
    return Decision(replace(trip, status="cancelling"), asked)
