"""Days of timers: very many that come due in one minute, some of which fail for good, and one a year ahead."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from unittest.mock import patch

from ensemble.simulator.topology import Topology
from functions.kit.model import TIMER, Decision, Event
from functions.order import domain
from functions.order.domain import Order
from scenarios.shop.simulation import Shop
from scenarios.shop.stories import MINUTE
from tests.shop.outage.day import Day
from tests.shop.outage.figures import PATIENCE

ALL_BUT_ORDER = ("inventory", "payment", "shipping", "notification", "analytics", "audit")

FIRED = "OrderCancellationRequested"

SECONDS_A_REQUEST, CONCURRENCY = 0.01, 30
"""How long AWS takes for a request, and how many invocations of a consumer are at work at once: prod's, in app.py."""


class Bug(Exception):
    """What a reaction raises that nobody has thought of."""


@dataclass(frozen=True, slots=True)
class TimersFigures:
    """`fired`: how many orders heard of their timer. `seconds`: from when all were due to the last one."""

    timers: int
    fired: int
    failed: int
    seconds: float
    dead_letters: Collection[str]


def many_timers(shop: Shop, topology: Topology, timers: int, failing: int) -> TimersFigures:
    """Play a day on which so many timers come due in one minute, and the reaction to some of them has a bug."""
    spread = [second * MINUTE / timers for second in range(timers)]
    every = timers // failing
    failing_ids = {f"order-{number * every:05}" for number in range(failing)}
    day = Day(with_a_bug(shop, failing_ids), topology, spread, absent=ALL_BUT_ORDER, is_watched=False)
    day.at(PATIENCE / 2, lambda: day.take_time(SECONDS_A_REQUEST, CONCURRENCY))
    day.play(until=PATIENCE + 60 * MINUTE)
    fired = day.published(FIRED)
    return TimersFigures(
        timers=timers,
        fired=len(fired),
        failed=len(failing_ids - fired.keys()),
        seconds=max(fired.values()) - PATIENCE - MINUTE,
        dead_letters=[reason for _, reason in day.dead_letters().values()],
    )


def with_a_bug(shop: Shop, order_ids: Collection[str]) -> Shop:
    """Return the shop with an order service whose reaction to the timer raises for these orders."""
    service = shop.services["order"]

    def expire(order: Order | None, event: Event) -> Decision:
        if order is not None and order.order_id in order_ids:
            raise Bug("a bug")
        return domain.expire(order, event)

    reactions = tuple(
        dataclasses.replace(one, react=expire) if one.event == TIMER else one for one in service.reactions
    )
    return shop.with_services({**shop.services, "order": dataclasses.replace(service, reactions=reactions)})


def a_year_ahead(shop: Shop, topology: Topology) -> float | None:
    """Play an order whose deadline is a year ahead and that nobody answers; return after how many seconds it is told.

    None: its timer was lost.
    """
    year = timedelta(days=365)
    with patch.object(domain, "PATIENCE", year):
        day = Day(shop, topology, [0.0], absent=ALL_BUT_ORDER, is_watched=False).play(until=2 * year.total_seconds())
    return next((at - year.total_seconds() for at in day.published(FIRED).values()), None)
