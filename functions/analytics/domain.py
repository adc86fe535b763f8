"""Counts orders and revenue, in all and by day. A row per order remembers what of it has been counted."""

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


def count_placed(counted: Counted | None, event: OrderPlaced) -> Decision:
    amounts = {"orders_placed": 1, **_money("value_placed", event)}
    channel = event.get("channel")
    return _count(counted, event, amounts if channel is None else amounts | {f"orders_placed_by_{channel}": 1})


def count_completed(counted: Counted | None, event: OrderCompleted) -> Decision:
    return _count(counted, event, {"orders_completed": 1, **_money("revenue", event)})


def count_cancelled(counted: Counted | None, event: OrderCancelled) -> Decision:
    return _count(counted, event, {"orders_cancelled": 1})


def _count(counted: Counted | None, event: Event, amounts: dict[str, int]) -> Decision:
    """Add the amounts (money in minor units) to the counters of all time and of the event's day, in UTC."""
    before = counted or Counted([])
    if event.type in before.events:
        return unchanged(before)
    day = event.timestamp[:10]
    by_day = {f"{name}#{day}": amount for name, amount in amounts.items()}
    return Decision(Counted([*before.events, event.type]), gives=amounts | by_day)


def _money(name: str, event: OrderPlaced | OrderCompleted) -> dict[str, int]:
    return {f"{name}_{event['total']['currency']}": event["total"]["minor_units"]}
