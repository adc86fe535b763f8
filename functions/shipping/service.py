"""The shipping service's table: ships what is paid, unless a cancellation came in time."""

from functions.kit.model import Service, on
from functions.shipping.domain import Outcome, Ship, Shipment, cancel, ship
from functions.shipping.settings import Settings

SHIPPING = Service(
    name="shipping",
    key="order_id",
    state=Shipment,
    settings=Settings,
    reactions=(
        on(
            "PaymentCharged",
            ship,
            reads=(
                "order_id",
                "items[].sku",
                "items[].quantity",
                "address.country",
                "address.postcode",
                "address.street",
            ),
            emits=("ShipmentCreated",),
            refusals=("ShipmentFailed",),
            effects={Ship: Outcome},
            pivot=True,
            begins=True,
        ),
        on(
            "OrderCancellationRequested",
            cancel,
            reads=("order_id", "email", "reason", "requested_by?"),
            emits=("CancellationRejected",),
            refusals=("ShipmentFailed",),
        ),
    ),
)
