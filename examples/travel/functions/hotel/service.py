"""The hotel's table: books a room, and cancels it."""

from functions.hotel.domain import BookRoom, CancelRoom, Room, RoomAnswer, book, cancel
from functions.kit.model import Service, on

HOTEL = Service(
    name="hotel",
    key="trip_id",
    state=Room,
    reactions=(
        on(
            "SeatBooked",
            book,
            reads=("trip_id", "city", "nights", "price_cents", "card_token"),
            emits=("RoomBooked",),
            refusals=("RoomRefused",),
            effects={BookRoom: RoomAnswer},
            begins=True,
        ),
        on(
            "ChargeFailed",
            cancel,
            reads=("trip_id", "reason"),
            emits=("RoomCancelled",),
            effects={CancelRoom: None},
            compensates="RoomBooked",
        ),
        on(
            "TripRefunded",
            cancel,
            reads=("trip_id", "reason"),
            emits=("RoomCancelled",),
            effects={CancelRoom: None},
            compensates="RoomBooked",
        ),
    ),
)
