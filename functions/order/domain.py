"""What becomes of an order. It asks for things and hears what came of them; it orders nobody about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from functions.kit.model import Decision, Event, Sensitive, unchanged

if TYPE_CHECKING:
    from functions.order.events import (
        CancelOrder,
        OrderPlacedTotal,
        PlaceOrder,
        publish,
    )
else:
    from functions.kit.model import publish

CURRENCY = "EUR"
"""What the storefront's prices are in."""

STANDING = {"placed": "placed", "cancelling": "being cancelled", "completed": "completed", "cancelled": "cancelled"}
"""How an order stands, by its status, as whoever asks for something is told."""

PATIENCE = timedelta(minutes=15)
"""How long an order may be on its way through the workflow before it is cancelled."""


@dataclass(frozen=True, slots=True)
class Order:
    """An order: placed, cancelling, completed or cancelled; `total` as in OrderPlaced.

    Only a tombstone knows no more than its status.
    """

    status: str
    order_id: str
    customer_id: str = ""
    email: Sensitive[str] = ""
    total: dict[str, Any] = field(default_factory=dict)
    deadline: str = ""


def place(order: Order | None, event: PlaceOrder) -> Decision:
    if order is not None:
        return _refused(order, event, f"it is {STANDING[order.status]} already")
    placed = Order(
        status="placed",
        order_id=event["order_id"],
        customer_id=event["customer_id"],
        email=event["email"],
        total=_total(event),
        deadline=event.later(PATIENCE),
    )
    return Decision(
        placed,
        publish.OrderPlaced(
            order_id=placed.order_id,
            customer_id=placed.customer_id,
            items=[{"sku": line["sku"], "quantity": line["quantity"]} for line in event["items"]],
            total=_money(placed.total),
            payment_token=event["payment_token"],
            address=event["address"],
            channel=event.get("channel"),
        ),
    )


def _total(event: PlaceOrder) -> dict[str, Any]:
    """Add up the lines, exactly as the prices are written, and round to the currency's smallest unit once."""
    total = sum(line["quantity"] * Decimal(str(line["unit_price"])) for line in event["items"])
    return {"minor_units": round(total * 100), "currency": CURRENCY}


def _money(total: Mapping[str, Any]) -> OrderPlacedTotal:
    """Return the total that a row has, as events have it."""
    return {"minor_units": total["minor_units"], "currency": total["currency"]}


def cancel(order: Order | None, event: CancelOrder) -> Decision:
    if order is None:  # the command overtook PlaceOrder, which will find this tombstone
        tombstone = Order(status="cancelled", order_id=event["order_id"])
        return _refused(tombstone, event, "there is no such order, and from now on none is placed")
    if order.status != "placed":
        return _refused(order, event, f"it is {STANDING[order.status]} already")
    return _ask_to_cancel(order, event.get("reason", "cancelled by the customer"), requested_by="customer")


def expire(order: Order | None, event: Event) -> Decision:
    if order is None or order.status != "placed":
        return unchanged(order)
    return _ask_to_cancel(order, "deadline", requested_by="deadline")


def _refused(order: Order, event: PlaceOrder | CancelOrder, reason: str) -> Decision:
    """Answer a command that is not carried out; the order goes on its way, or stays as it ended."""
    return Decision(
        order,
        publish.OrderCommandRefused(
            order_id=order.order_id,
            command=event.type,
            command_id=event.external_id,
            reason=reason,
        ),
    )


def _ask_to_cancel(order: Order, reason: str, *, requested_by: Literal["customer", "deadline"]) -> Decision:
    return Decision(
        replace(order, status="cancelling"),
        publish.OrderCancellationRequested(
            order_id=order.order_id,
            email=order.email,
            reason=reason,
            requested_by=requested_by,
        ),
    )


def complete(order: Order | None, event: Event) -> Decision:
    if order is None or order.status not in ("placed", "cancelling"):
        return unchanged(order)
    return Decision(
        replace(order, status="completed"),
        publish.OrderCompleted(
            order_id=order.order_id,
            customer_id=order.customer_id,
            email=order.email,
            total=_money(order.total),
            tracking_number=event["tracking_number"],
        ),
    )


def give_up(order: Order | None, event: Event) -> Decision:
    if order is None or order.status not in ("placed", "cancelling"):
        return unchanged(order)
    return Decision(
        replace(order, status="cancelled"),
        publish.OrderCancelled(
            order_id=order.order_id,
            customer_id=order.customer_id,
            email=order.email,
            reason=event["reason"],
        ),
    )


def deadline_of(order: Order) -> str | None:
    """Return an order's deadline for as long as it means something."""
    return order.deadline if order.status == "placed" else None
