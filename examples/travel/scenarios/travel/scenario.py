"""The stories of the travel agency: what a traveller asks for, and how it ends."""

from __future__ import annotations

from collections.abc import Mapping

from ensemble.scenario import Command, Look, Scenario, Story

HOURS = 3_600.0


def book(trip: str, city: str, card: str = "tok_visa") -> Command:
    """Book three nights, which are 450 euros in Lisbon."""
    fields = {"trip_id": trip, "city": city, "nights": 3, "email": "ada@example.com", "card_token": card}
    return Command("BookTrip", "website", fields)


def cancel(trip: str, after: str) -> Command:
    return Command("CancelTrip", "website", {"trip_id": trip}, after=after)


def measures(look: Look) -> Mapping[str, int]:
    """Look at what the systems outside hold: seats and rooms that are taken, and euro cents that were paid."""
    return {
        "seats": len(look.handler("flight").airline.held),
        "rooms": len(look.handler("hotel").hotel.held),
        "money": look.handler("billing").cards.balance,
    }


CONFIRMED, CANCELLED, REFUSED = ("TripConfirmed",), ("TripCancelled",), ("TripRefused",)

SCENARIO = Scenario(
    measures=measures,
    examples={"BookTrip": {**book("trip-{unique}", "Lisbon").fields}, "CancelTrip": {"trip_id": "trip-{unique}"}},
    stories=(
        Story(
            "booked",
            commands=(book("trip-1", "Lisbon"),),
            end=CONFIRMED,
            appear=("SeatBooked", "RoomBooked", "TripCharged"),
            measures={"seats": 1, "rooms": 1, "money": 45_000},
        ),
        Story(
            "no seat",
            commands=(book("trip-2", "Vienna"),),
            end=CANCELLED,
            appear=("SeatRefused",),
            absent=("SeatBooked", "RoomBooked"),
        ),
        Story(
            "no room: the seat is given back",
            commands=(book("trip-3", "Rome"),),
            end=CANCELLED,
            appear=("SeatBooked", "RoomRefused", "SeatCancelled"),
            absent=("TripCharged",),
        ),
        Story(
            "card declined: room and seat are given back",
            commands=(book("trip-4", "Lisbon", "tok_declined"),),
            end=CANCELLED,
            appear=("RoomBooked", "ChargeFailed", "RoomCancelled", "SeatCancelled"),
            absent=("TripCharged",),
        ),
        Story(
            "cancelled on the way",
            commands=(book("trip-5", "Lisbon"), cancel("trip-5", after="TripRequested")),
            end=CANCELLED,
            appear=("TripCancellationRequested", "RoomCancelled", "SeatCancelled"),
        ),
        Story(
            "cancelled too late",
            commands=(book("trip-6", "Lisbon"), cancel("trip-6", after="TripConfirmed")),
            end=CONFIRMED,
            appear=("CancellationRefused",),
            absent=("TripCancellationRequested",),
            measures={"seats": 1, "rooms": 1, "money": 45_000},
        ),
        Story(
            "the city is not served",
            commands=(book("trip-7", "Reykjavik"),),
            end=REFUSED,
            absent=("TripRequested",),
        ),
        Story(
            "the hotel does not answer before the deadline",
            commands=(book("trip-8", "Oslo"),),
            end=CANCELLED,
            appear=("TripCancellationRequested", "ChargeFailed", "RoomCancelled", "SeatCancelled"),
            absent=("TripCharged",),
            within=4 * HOURS,
        ),
    ),
)
