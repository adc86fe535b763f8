"""Tells the customer how the order ended, each news once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from functions.kit.model import Decision, Event, unchanged

if TYPE_CHECKING:
    from functions.notification.events import CancellationRejected, OrderCancelled, OrderCompleted


@dataclass(frozen=True, slots=True)
class Told:
    """The news that the customer has been told, by event type."""

    news: list[str]


@dataclass(frozen=True, slots=True)
class Message:
    """A mail to the customer. A repeated attempt has the same `key`: the reader can drop the second copy."""

    key: str
    subject: str
    text: str
    to: str = field(repr=False)


def tell_completed(told: Told | None, event: OrderCompleted) -> Decision:
    return _tell(told, event, "Your order is on its way", f"Your tracking number is {event['tracking_number']}.")


def tell_cancelled(told: Told | None, event: OrderCancelled) -> Decision:
    return _tell(told, event, "Your order was cancelled", f"The reason: {event['reason']}. You pay nothing.")


def tell_too_late(told: Told | None, event: CancellationRejected) -> Decision:
    if event.get("requested_by") == "deadline":  # the customer asked for nothing
        return unchanged(told)
    return _tell(told, event, "Your order could not be cancelled", f"The reason: {event['reason']}.")


def _tell(
    told: Told | None, event: OrderCompleted | OrderCancelled | CancellationRejected, subject: str, text: str
) -> Decision:
    before = told or Told([])
    if event.type in before.news:
        return Decision(before)
    order_id = event["order_id"]
    message = Message(f"{order_id}/{event.type}", subject, f"Order {order_id}: {text}", event["email"])
    return Decision(before, effect=message, then=was_told)


def was_told(told: Told, event: Event, outcome: None) -> Decision:
    return Decision(Told([*told.news, event.type]))
