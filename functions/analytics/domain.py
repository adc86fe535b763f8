"""Counts orders and revenue by day. A row per order remembers what of it has been counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from functions.kit.model import Decision, Event, unchanged

if TYPE_CHECKING:
    from functions.analytics.events import OrderCancelled, OrderCompleted, OrderPlaced


@dataclass(frozen=True, slots=True)
class Counted:
    """What of an order has been counted, by event type."""

    events: list[str]


CHANNELS = ("app", "phone", "store", "web")
"""The channels that are counted by themselves: what a customer may write freely must not name a total."""


def count_placed(counted: Counted | None, event: OrderPlaced) -> Decision:
    amounts = {"orders_placed": 1, **_money("value_placed", event)}
    channel = event.get("channel")
    if channel is not None:
        amounts[f"orders_placed_by_{channel if channel in CHANNELS else 'other'}"] = 1
    return _count(counted, event, amounts)


def count_completed(counted: Counted | None, event: OrderCompleted) -> Decision:
    return _count(counted, event, {"orders_completed": 1, **_money("revenue", event)})


def count_cancelled(counted: Counted | None, event: OrderCancelled) -> Decision:
    return _count(counted, event, {"orders_cancelled": 1})


def _count(counted: Counted | None, event: Event, amounts: dict[str, int]) -> Decision:
    """Add the amounts (money in minor units) to the totals of the event's day, in UTC. All days make those of all."""
    before = counted or Counted([])
    if event.type in before.events:
        return unchanged(before)
    return Decision(Counted([*before.events, event.type]), totals={event.timestamp[:10]: amounts})


def _money(name: str, event: OrderPlaced | OrderCompleted) -> dict[str, int]:
    return {f"{name}_{event['total']['currency']}": event["total"]["minor_units"]}
