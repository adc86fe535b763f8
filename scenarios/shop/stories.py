"""The shop's stories: the ways that an order can go, for demo and tests, and smaller ones for the simulator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from ensemble.scenario import Command, Story

COMPLETED, CANCELLED = ("OrderCompleted",), ("OrderCancelled",)
MINUTE = 60.0

Line = tuple[str, int, float]
"""An article, the pieces of it, and the price of one in euros."""


def order(
    order_id: str,
    *lines: Line,
    token: str = "tok_visa",
    country: str = "DE",
    postcode: str = "10115",
    at: float = 0.0,
) -> Command:
    """Return the command that places an order; its sensitive fields are texts that can be looked for in logs."""
    fields: dict[str, Any] = {
        "order_id": order_id,
        "customer_id": "customer-1",
        "email": f"secret-{order_id}@example.com",
        "items": [{"sku": sku, "quantity": quantity, "unit_price": price} for sku, quantity, price in lines],
        "payment_token": token,
        "address": {"country": country, "postcode": postcode, "street": f"Secret Street of {order_id}"},
    }
    return Command("PlaceOrder", "storefront", fields, at=at)


def cancel(order_id: str, *, at: float = 0.0, after: str = "") -> Command:
    """Return the command that cancels an order."""
    return Command("CancelOrder", "storefront", {"order_id": order_id}, at=at, after=after)


def receipt(sku: str, quantity: int) -> Command:
    """Return the command that takes a delivery in."""
    fields = {"receipt_id": f"opening-{sku}", "sku": sku, "quantity": quantity}
    return Command("ReceiveStock", "warehouse", fields)


OPENING = (receipt("sku-1", 20), receipt("sku-2", 10), receipt("sku-3", 1))

STORIES = (
    Story(
        name="fulfilled",
        commands=(order("order-fulfilled", ("sku-1", 2, 12.5), ("sku-2", 1, 20)),),
        end=COMPLETED,
        appear=("OrderPlaced", "InventoryReserved", "PaymentCharged", "ShipmentCreated"),
        absent=("InventoryRejected", "PaymentFailed", "ShipmentFailed", "OrderCancellationRequested"),
        measures={"stock sku-1": -2, "stock sku-2": -1, "money EUR": 45, "parcels": 1},
    ),
    Story(
        name="out of stock",
        commands=(order("order-out-of-stock", ("sku-1", 1, 12.5), ("sku-3", 2, 7.99)),),
        end=CANCELLED,
        appear=("OrderPlaced", "InventoryRejected"),
        absent=("InventoryReserved", "InventoryReleased", "PaymentCharged", "ShipmentCreated"),
    ),
    Story(
        name="card declined",
        commands=(order("order-card-declined", ("sku-2", 1, 20), token="tok_declined"),),
        end=CANCELLED,
        appear=("InventoryReserved", "PaymentFailed", "InventoryReleased"),
        absent=("PaymentCharged", "PaymentRefunded", "ShipmentCreated"),
    ),
    Story(
        name="carrier refuses",
        commands=(order("order-carrier-refuses", ("sku-1", 1, 12.5), ("sku-2", 2, 20), country="XX"),),
        end=CANCELLED,
        appear=("PaymentCharged", "ShipmentFailed", "PaymentRefunded", "InventoryReleased"),
        absent=("PaymentFailed", "ShipmentCreated", "OrderCancellationRequested"),
    ),
    Story(
        name="cancelled on the way",
        commands=(order("order-cancelled", ("sku-1", 3, 12.5)), cancel("order-cancelled", after="OrderPlaced")),
        end=CANCELLED,
        appear=("OrderCancellationRequested", "ShipmentFailed", "InventoryReleased"),
        absent=("ShipmentCreated", "CancellationRejected"),
    ),
    Story(
        name="cancelled too late",
        commands=(
            order("order-too-late", ("sku-1", 1, 12.5), ("sku-2", 1, 20)),
            cancel("order-too-late", after="PaymentCharged"),
        ),
        end=COMPLETED,
        appear=("OrderCancellationRequested", "ShipmentCreated", "CancellationRejected"),
        absent=("ShipmentFailed", "PaymentRefunded", "InventoryReleased"),
        measures={"stock sku-1": -1, "stock sku-2": -1, "money EUR": Decimal("32.5"), "parcels": 1},
    ),
    Story(
        name="the carrier's answer is lost",
        commands=(order("order-unanswered", ("sku-2", 1, 20), postcode="TIMEOUT"),),
        end=COMPLETED,
        appear=("PaymentCharged", "ShipmentCreated"),
        absent=("ShipmentFailed", "PaymentRefunded", "OrderCancellationRequested"),
        measures={"stock sku-2": -1, "money EUR": 20, "parcels": 1},
    ),
    Story(
        name="nobody ships in time",
        commands=(order("order-overdue", ("sku-1", 1, 12.5), token="tok_outage"),),
        end=CANCELLED,
        appear=("OrderCancellationRequested", "ShipmentFailed", "PaymentCharged", "PaymentRefunded"),
        absent=("ShipmentCreated", "CancellationRejected"),
        within=90 * MINUTE,
    ),
)

# For the simulator: of one article, so that every crash and every interleaving can be tried

STOCK = Command("ReceiveStock", "warehouse", {"receipt_id": "opening", "sku": "sku-1", "quantity": 5})


def _small(name: str = "order-1", quantity: int = 2, **kind: Any) -> Command:
    return order(name, ("sku-1", quantity, 12.5), at=10.0, **kind)


WAYS: Mapping[str, Sequence[Command]] = {
    "fulfilled": [STOCK, _small()],
    "out of stock": [STOCK, _small(quantity=6)],
    "card declined": [STOCK, _small(token="tok_declined")],
    "carrier refuses": [STOCK, _small(country="XX")],
    "cancelled before": [STOCK, cancel("order-1", at=9.0), _small()],
    "cancelled on the way": [STOCK, _small(), cancel("order-1", at=10.1)],
    "cancelled too late": [STOCK, _small(), cancel("order-1", at=10.22)],
}
"""By name, as reports have it."""

RACE = [STOCK, _small(quantity=3), _small("order-2", quantity=3), cancel("order-1", at=10.0)]
"""Two orders racing for the same stock, and for one of them a cancellation."""
