"""The bad days of the table: each a span in which one thing is down, with orders before, during and after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ensemble.simulator.topology import Topology
from functions.kit.aws.retries import ATTEMPTS
from scenarios.shop.providers import CARRIER, PROVIDER
from scenarios.shop.simulation import Shop
from scenarios.shop.stories import MINUTE
from tests.shop.outage.day import Day, Span, Trouble
from tests.shop.outage.figures import Figures, figures_of, violated
from tests.shop.outage.troubles import (
    bus_throttles_calls,
    bus_throttles_entries,
    never_starts,
    system_down,
    tables_throttled,
)

HOUR = 60 * MINUTE
BEGINS = 2.5 * MINUTE
"""When in the day the outages begin: some orders are done by then."""

AFTERWARDS = 20 * MINUTE
"""For how long orders come after the recovery."""

SOON = 75.0
"""Seconds after the recovery in which a deadline may be missed: what is down is asked once a minute, answers within
ten seconds or not at all, and those who wait come back some seconds later."""


@dataclass(frozen=True, slots=True)
class Case:
    """A row of the table. `asked_by`: how many workers ask what is down, each with a breaker of its own.

    `attempts`: how often a client asks within one call. `soon`: the seconds after the recovery in which a deadline may
    be missed; `quiet_after`: those within which nothing waits any more.
    """

    name: str
    span: Span
    trouble: Trouble
    orders: Sequence[float]
    attempts: int = 1
    asked_by: int = 1
    soon: float = SOON
    quiet_after: float = 3 * MINUTE

    def play(self, shop: Shop, topology: Topology, lane: str = "core") -> tuple[Figures, list[str]]:
        """Play the day; return what came of it, and what does not hold at its end."""
        day = self.day(shop, topology, lane)
        return figures_of(day, self.span, soon=self.soon, attempts=self.attempts * self.asked_by), violated(day, shop)

    def day(self, shop: Shop, topology: Topology, lane: str = "core") -> Day:
        """Play the day; return it as it ended."""
        day = Day(shop, topology, self.orders, lane=lane)
        day.count_in_flight(self.span.ends + HOUR)
        return day.play(self.trouble)


def lasting(seconds: float) -> Span:
    """Return the span of an outage that lasts so long."""
    return Span(BEGINS, BEGINS + seconds)


def each(seconds: float, span: Span) -> list[float]:
    """Return when orders come: at the same distance, until some time after the recovery."""
    return [number * seconds for number in range(int((span.ends + AFTERWARDS) / seconds))]


def at_both_ends(span: Span) -> list[float]:
    """Return when thirty orders come, one each ten minutes: most as the outage begins, some around its end."""
    distance, last = 10 * MINUTE, 8
    begins = [number * distance for number in range(30 - last)]
    return [*begins, *(span.ends - 45 * MINUTE + number * distance for number in range(last))]


TEN_MINUTES, ONE_HOUR, SIX_HOURS, THREE_DAYS = map(lasting, (10 * MINUTE, HOUR, 6 * HOUR, 72 * HOUR))
A_MINUTE = each(MINUTE, ONE_HOUR)

CASES = (
    Case(
        "the payment provider is down for 10 minutes",
        TEN_MINUTES,
        system_down(PROVIDER, TEN_MINUTES),
        each(MINUTE, TEN_MINUTES),
    ),
    Case("the payment provider is down for an hour", ONE_HOUR, system_down(PROVIDER, ONE_HOUR), A_MINUTE),
    Case(
        "the payment provider is down for 6 hours",
        SIX_HOURS,
        system_down(PROVIDER, SIX_HOURS),
        each(MINUTE, SIX_HOURS),
    ),
    Case(
        "the payment provider is down for 3 days",
        THREE_DAYS,
        system_down(PROVIDER, THREE_DAYS),
        at_both_ends(THREE_DAYS),
    ),
    Case("the carrier is down for an hour", ONE_HOUR, system_down(CARRIER, ONE_HOUR), A_MINUTE),
    Case(
        "DynamoDB throttles payment's table for an hour",
        ONE_HOUR,
        tables_throttled(ONE_HOUR, "payment"),
        A_MINUTE,
        attempts=ATTEMPTS,
    ),
    Case(
        "DynamoDB throttles all tables for an hour",
        ONE_HOUR,
        tables_throttled(ONE_HOUR),
        A_MINUTE,
        attempts=ATTEMPTS,
        asked_by=len(("order", "audit")),
    ),
    Case(
        "EventBridge refuses all calls for an hour",
        ONE_HOUR,
        bus_throttles_calls(ONE_HOUR),
        A_MINUTE,
        attempts=ATTEMPTS,
    ),
    Case("EventBridge refuses all entries for an hour", ONE_HOUR, bus_throttles_entries(ONE_HOUR), A_MINUTE),
    Case(
        "the payment service dies at every start for an hour",
        ONE_HOUR,
        never_starts("payment", ONE_HOUR),
        A_MINUTE,
        soon=6 * MINUTE,
        quiet_after=6 * MINUTE,
    ),
)
"""The last is no outage of what others answer: what its function was handed comes back after the queue's visibility
timeout, three minutes, and once more some time later, apart from the others, since it looks like what kills it."""
