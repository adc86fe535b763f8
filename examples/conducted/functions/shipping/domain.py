"""Hands an order to the carrier: the pivot, after which the workflow can only go forward."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from functions.kit.model import Decision, unchanged

if TYPE_CHECKING:
    from functions.shipping.events import ShipOrder, publish
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


def ship(shipment: Shipment | None, event: ShipOrder) -> Decision:
    if shipment is not None and shipment.status != "shipping":
        return unchanged(shipment)
    effect = Ship(f"{event['order_id']}/ship", event["items"], event["address"])
    return Decision(Shipment("shipping"), effect=effect, then=shipped)  # again, if the outcome was not learnt


def shipped(shipment: Shipment, event: ShipOrder, outcome: Outcome) -> Decision:
    if not outcome.accepted:
        failed = publish.ShipmentFailed(order_id=event["order_id"], reason=outcome.reason)
        return Decision(Shipment("declined"), failed)
    created = publish.ShipmentCreated(order_id=event["order_id"], tracking_number=outcome.tracking_number)
    return Decision(Shipment("shipped", outcome.tracking_number), created)
