"""The shop's six stories as data: an order, what happens to it on the way, and how it must end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from ensemble.command_line.run.drafts import Command, example

COMPLETED, CANCELLED = "OrderCompleted", "OrderCancelled"
ENDS = (COMPLETED, CANCELLED)
"""The events that end an order; each order has exactly one."""


@dataclass(frozen=True, slots=True)
class Trigger:
    """A command to put as soon as an event of the type `seen` is on the bus."""

    seen: str
    command: Command


@dataclass(frozen=True, slots=True)
class Story:
    """An order and its expected course: its end, events that must and that must not appear on the bus."""

    name: str
    order: Command
    end: str
    appear: tuple[str, ...]
    absent: tuple[str, ...]
    trigger: Trigger | None = None

    @property
    def pieces(self) -> Mapping[str, int]:
        """The pieces ordered, by article."""
        pieces: Counter[str] = Counter()
        for line in self.order.detail["items"]:
            pieces[line["sku"]] += line["quantity"]
        return dict(pieces)

    @property
    def total(self) -> Decimal:
        """What the order costs, in euros."""
        lines = self.order.detail["items"]
        return sum((line["quantity"] * Decimal(str(line["unit_price"])) for line in lines), Decimal(0))

    @property
    def stock_change(self) -> Mapping[str, int]:
        """What the stock must have gained in the end, by article: the pieces less if the order completes."""
        return {sku: -pieces for sku, pieces in self.pieces.items()} if self.end == COMPLETED else {}

    @property
    def money_change(self) -> Decimal:
        """What the shop must have earned in the end, in euros."""
        return self.total if self.end == COMPLETED else Decimal(0)


def _order(order_id: str, *lines: tuple[str, int, float], token: str = "tok_visa", country: str = "DE") -> Command:
    start = example("PlaceOrder")
    items = [{"sku": sku, "quantity": quantity, "unit_price": price} for sku, quantity, price in lines]
    address = {**start["address"], "country": country}
    fields = {"order_id": order_id, "items": items, "payment_token": token, "address": address}
    return Command("PlaceOrder", "storefront", {**start, **fields})


def _cancel(order_id: str) -> Command:
    return Command("CancelOrder", "storefront", {**example("CancelOrder"), "order_id": order_id})


def _receipt(sku: str, quantity: int) -> Command:
    return Command("ReceiveStock", "warehouse", {"receipt_id": f"opening-{sku}", "sku": sku, "quantity": quantity})


OPENING_STOCK = (_receipt("sku-1", 20), _receipt("sku-2", 10), _receipt("sku-3", 1))

STORIES = (
    Story(
        name="fulfilled",
        order=_order("order-fulfilled", ("sku-1", 2, 12.5), ("sku-2", 1, 20)),
        end=COMPLETED,
        appear=("OrderPlaced", "InventoryReserved", "PaymentCharged", "ShipmentCreated"),
        absent=("InventoryRejected", "PaymentFailed", "ShipmentFailed", "OrderCancellationRequested"),
    ),
    Story(
        name="out of stock",
        order=_order("order-out-of-stock", ("sku-1", 1, 12.5), ("sku-3", 2, 7.99)),
        end=CANCELLED,
        appear=("OrderPlaced", "InventoryRejected"),
        absent=("InventoryReserved", "InventoryReleased", "PaymentCharged", "ShipmentCreated"),
    ),
    Story(
        name="card declined",
        order=_order("order-card-declined", ("sku-2", 1, 20), token="tok_declined"),
        end=CANCELLED,
        appear=("InventoryReserved", "PaymentFailed", "InventoryReleased"),
        absent=("PaymentCharged", "PaymentRefunded", "ShipmentCreated"),
    ),
    Story(
        name="carrier refuses",
        order=_order("order-carrier-refuses", ("sku-1", 1, 12.5), ("sku-2", 2, 20), country="XX"),
        end=CANCELLED,
        appear=("PaymentCharged", "ShipmentFailed", "PaymentRefunded", "InventoryReleased"),
        absent=("PaymentFailed", "ShipmentCreated", "OrderCancellationRequested"),
    ),
    Story(
        name="cancelled on the way",
        order=_order("order-cancelled", ("sku-1", 3, 12.5)),
        end=CANCELLED,
        appear=("OrderCancellationRequested", "ShipmentFailed", "InventoryReleased"),
        absent=("ShipmentCreated", "CancellationRejected"),
        trigger=Trigger("OrderPlaced", _cancel("order-cancelled")),
    ),
    Story(
        name="cancelled too late",
        order=_order("order-too-late", ("sku-1", 1, 12.5), ("sku-2", 1, 20)),
        end=COMPLETED,
        appear=("OrderCancellationRequested", "ShipmentCreated", "CancellationRejected"),
        absent=("ShipmentFailed", "PaymentRefunded", "InventoryReleased"),
        trigger=Trigger("PaymentCharged", _cancel("order-too-late")),
    ),
)
