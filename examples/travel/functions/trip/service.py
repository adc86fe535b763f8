"""The trip's table: takes the traveller's commands, and ends each trip in one way."""

from functions.kit.model import Service, on, on_timer
from functions.trip.domain import Trip, cancel, confirm, deadline_of, end, expire, request

ONLY_ASKS = "it only asks: what comes of it undoes the trip"

TRIP = Service(
    name="trip",
    key="trip_id",
    state=Trip,
    timer=deadline_of,
    terminal=("TripCommandRefused",),
    reactions=(
        on(
            "BookTrip",
            request,
            reads=("trip_id", "city", "nights", "email", "card_token"),
            emits=("TripRequested",),
            refusals=("TripCommandRefused", "TripRefused"),
            begins=True,
        ),
        on(
            "CancelTrip",
            cancel,
            reads=("trip_id",),
            emits=("TripCancellationRequested", "CancellationRefused"),
            refusals=("TripCommandRefused",),
            irreversible=ONLY_ASKS,
        ),
        on_timer(expire, emits=("TripCancellationRequested",), irreversible=ONLY_ASKS),
        on("TripCharged", confirm, reads=("trip_id",), emits=("TripConfirmed",), pivot=True),
        on("SeatRefused", end, reads=("trip_id", "reason"), emits=("TripCancelled",), compensates="TripRequested"),
        on("SeatCancelled", end, reads=("trip_id", "reason"), emits=("TripCancelled",), compensates="TripRequested"),
    ),
)
