"""The shipping service's table: ships as it is told."""

from functions.kit.model import Service, on
from functions.shipping.domain import Outcome, Ship, Shipment, ship
from functions.shipping.settings import Settings

SHIPPING = Service(
    name="shipping",
    key="order_id",
    state=Shipment,
    settings=Settings,
    reactions=(
        on(
            "ShipOrder",
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
    ),
)
