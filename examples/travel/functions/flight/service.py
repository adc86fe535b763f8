"""The flight's table: books a seat at the airline, and cancels it."""

from functions.flight.domain import BookSeat, CancelSeat, Seat, SeatAnswer, book, cancel
from functions.kit.model import Service, on

FLIGHT = Service(
    name="flight",
    key="trip_id",
    state=Seat,
    reactions=(
        on(
            "TripRequested",
            book,
            reads=("trip_id", "city", "nights", "price_cents", "card_token"),
            emits=("SeatBooked",),
            refusals=("SeatRefused",),
            effects={BookSeat: SeatAnswer},
            begins=True,
        ),
        on(
            "RoomRefused",
            cancel,
            reads=("trip_id", "reason"),
            emits=("SeatCancelled",),
            effects={CancelSeat: None},
            compensates="SeatBooked",
        ),
        on(
            "RoomCancelled",
            cancel,
            reads=("trip_id", "reason"),
            emits=("SeatCancelled",),
            effects={CancelSeat: None},
            compensates="SeatBooked",
        ),
    ),
)
