"""Hands an order to the carrier: the pivot, after which the workflow can only go forward."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from functions.kit.errors import NotYet
from functions.kit.model import Decision, unchanged

if TYPE_CHECKING:
    from functions.shipping.events import OrderCancellationRequested, PaymentCharged, publish
else:
    from functions.kit.model import publish


@dataclass(frozen=True, slots=True)
class Shipment:
    """A shipment: shipping, shipped or declined."""

    status: str
    tracking_number: str = ""


@dataclass(frozen=True, slots=True)
class Ship:
    """Hand these articles to the carrier for this address. The same `key` is one parcel."""

    system: ClassVar[str] = "carrier"
    key: str
    items: Sequence[Mapping[str, Any]]
    address: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the carrier answered: a tracking number, or why it declined."""

    accepted: bool
    tracking_number: str = ""
    reason: str = ""


def ship(shipment: Shipment | None, event: PaymentCharged) -> Decision:
    if shipment is not None and shipment.status != "shipping":  # declined: the cancellation overtook us
        return unchanged(shipment)
    effect = Ship(f"{event['order_id']}/ship", event["items"], event["address"])
    return Decision(Shipment("shipping"), effect=effect, then=shipped)  # again, if the outcome was not learnt


def shipped(shipment: Shipment, event: PaymentCharged, outcome: Outcome) -> Decision:
    if not outcome.accepted:
        return _decline(event, outcome.reason)
    created = publish.ShipmentCreated(order_id=event["order_id"], tracking_number=outcome.tracking_number)
    return Decision(Shipment("shipped", outcome.tracking_number), created)


def cancel(shipment: Shipment | None, event: OrderCancellationRequested) -> Decision:
    if shipment is None:  # not asked to ship yet: leave a tombstone, and say so to those before us in the chain
        return _decline(event, event["reason"])
    if shipment.status == "shipping":
        raise NotYet("whether the carrier took the parcel is not known yet")
    if shipment.status == "declined":
        return unchanged(shipment)
    rejected = publish.CancellationRejected(
        order_id=event["order_id"],
        email=event["email"],
        reason="already shipped",
        requested_by=event.get("requested_by"),
    )
    return Decision(shipment, rejected)


def _decline(event: PaymentCharged | OrderCancellationRequested, reason: str) -> Decision:
    return Decision(Shipment("declined"), publish.ShipmentFailed(order_id=event["order_id"], reason=reason))
