"""The billing's table: charges what is booked, and refunds what is cancelled."""

from functions.billing.domain import Charge, ChargeAnswer, Payment, Refund, charge, withdraw
from functions.kit.model import Service, on

BILLING = Service(
    name="billing",
    key="trip_id",
    state=Payment,
    reactions=(
        on(
            "RoomBooked",
            charge,
            reads=("trip_id", "price_cents", "card_token"),
            emits=("TripCharged",),
            refusals=("ChargeFailed",),
            effects={Charge: ChargeAnswer},
            begins=True,
        ),
        on(
            "TripCancellationRequested",
            withdraw,
            reads=("trip_id", "reason"),
            emits=("TripRefunded",),
            refusals=("ChargeFailed",),
            effects={Refund: None},
            compensates="TripCharged",
        ),
    ),
)
