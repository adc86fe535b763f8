"""What came of a bad day: what was asked in vain, what was given up, how the orders ended, and when nothing waited."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from ensemble.simulator.invariants import broken
from ensemble.simulator.world import START
from scenarios.shop.simulation import Shop
from scenarios.shop.stories import MINUTE
from scenarios.shop.writes import NOTHING, state_of
from tests.shop.outage.day import Day, Span

PATIENCE = 15 * MINUTE
"""Seconds after which an order that is still on its way is cancelled."""

FIRST = 10 * MINUTE


@dataclass(frozen=True, slots=True)
class Figures:
    """What is measured of a day.

    `calls` to what is down, of which `calls_at_first` in the first ten minutes. `dead_letters` by reason. `in_time`:
    how many of the `due_later`, the orders whose deadline lies well after it, completed. `quiet_after`: seconds
    from the recovery until the last message of an order that was placed before it was received. `in_flight`: the
    largest number of messages at once that were received and not yet deleted.
    """

    orders: int
    calls: int
    calls_at_first: int
    calls_a_minute: float
    dead_letters: Mapping[str, int]
    completed: int
    cancelled: int
    due_later: int
    in_time: int
    quiet_after: float
    copies: int
    receives: int
    in_flight: int

    @property
    def without_end(self) -> int:
        """How many orders have neither completed nor been cancelled."""
        return self.orders - self.completed - self.cancelled


def figures_of(day: Day, span: Span, *, soon: float, attempts: int) -> Figures:
    """Measure a day on which something was down for a span.

    `soon`: seconds after the recovery whose deadlines do not count. `attempts`: how many requests are one call.
    """
    status = {order_id: status_of(day, order_id) for order_id in day.placed_at}
    due_later = [order_id for order_id, at in day.placed_at.items() if at + PATIENCE >= span.ends + soon]
    before = [at for order_id, at in day.world.received_at.items() if day.placed_at[order_id] < span.ends]
    calls = [instant - START - span.begins for instant in sorted(day.world.calls)[::attempts]]
    at_first = sum(second < FIRST for second in calls)
    later = (span.ends - span.begins - FIRST) / MINUTE
    return Figures(
        orders=len(status),
        calls=len(calls),
        calls_at_first=at_first,
        calls_a_minute=(len(calls) - at_first) / later if later > 0 else 0.0,
        dead_letters=Counter(reason for _, reason in day.dead_letters().values()),
        completed=sum(one == "completed" for one in status.values()),
        cancelled=sum(one == "cancelled" for one in status.values()),
        due_later=len(due_later),
        in_time=sum(status[order_id] == "completed" for order_id in due_later),
        quiet_after=max(before, default=START) - START - span.ends,
        copies=sum(is_copy(day, str(request["QueueUrl"])) for request in day.sent),
        receives=day.world.receives,
        in_flight=day.in_flight,
    )


def status_of(day: Day, order_id: str) -> str:
    """Return how an order stands at the end of the day."""
    item = day.account.table_of("order").items.get(f"order_id#{order_id}")
    return str(state_of(item).get("status", NOTHING["status"]))


def is_copy(day: Day, url: str) -> bool:
    """Whether what is sent to this queue is a message that waits there once more."""
    return url.rpartition("/")[2] in day.world.topology.mappings


def violated(day: Day, shop: Shop) -> list[str]:
    """Return what does not hold of the day at its end."""
    return [*day.world.found, *broken(day.account, shop), *day.course.judge()]
