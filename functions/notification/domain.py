"""Notifies the customer how the order ended, each news once."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

from functions.kit.model import Decision, Event, unchanged

if TYPE_CHECKING:
    from functions.notification.events import CancellationRejected, OrderCancelled, OrderCompleted


@dataclass(frozen=True, slots=True)
class Notified:
    """The news that the customer has got, by event type."""

    news: list[str]


@dataclass(frozen=True, slots=True)
class Message:
    """A mail to the customer. A repeated attempt has the same `key`: the reader can drop the second copy."""

    system: ClassVar[str] = "customer topic"
    key: str
    subject: str
    text: str
    to: str = field(repr=False)


def notify_completed(notified: Notified | None, event: OrderCompleted) -> Decision:
    return _notify(notified, event, "Your order is on its way", f"Your tracking number is {event['tracking_number']}.")


def notify_cancelled(notified: Notified | None, event: OrderCancelled) -> Decision:
    return _notify(notified, event, "Your order was cancelled", f"The reason: {event['reason']}. You pay nothing.")


def notify_too_late(notified: Notified | None, event: CancellationRejected) -> Decision:
    if event.get("requested_by") == "deadline":  # the customer asked for nothing
        return unchanged(notified)
    return _notify(notified, event, "Your order could not be cancelled", f"The reason: {event['reason']}.")


def _notify(
    notified: Notified | None, event: OrderCompleted | OrderCancelled | CancellationRejected, subject: str, text: str
) -> Decision:
    if notified is not None and event.type in notified.news:
        return unchanged(notified)
    order_id = event["order_id"]
    message = Message(f"{order_id}/{event.type}", subject, f"Order {order_id}: {text}", event["email"])
    return Decision(notified, effect=message, then=_noted)  # a topic knows no keys: there is no intent to write down


def _noted(notified: Notified | None, event: Event, outcome: None) -> Decision:
    earlier = [] if notified is None else notified.news
    return Decision(Notified([*earlier, event.type]))


def memory_of(notified: Notified) -> timedelta:
    """Return how long what the customer was told is of use: no longer than the kit knows its events again."""
    return timedelta()
