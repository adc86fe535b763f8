"""What one message does to the others: nothing. It is told of with its reason, and all else goes on."""

from __future__ import annotations

import re

import pytest

from ensemble.simulator.topology import Topology
from scenarios.shop.simulation import Shop
from scenarios.shop.stories import MINUTE
from tests.shop.outage.cases import HOUR
from tests.shop.outage.day import Day, Span
from tests.shop.outage.figures import status_of
from tests.shop.outage.timers import ALL_BUT_ORDER
from tests.shop.outage.troubles import entry_refused, row_kills

ONE = "order-00500"


def test_of_a_thousand_events_the_one_that_is_refused_is_parked_and_is_published_when_it_is_redriven(
    shop: Shop, stage: Topology
) -> None:
    day = Day(shop, stage, [number / 1_000 for number in range(1_000)], absent=ALL_BUT_ORDER, is_watched=False)
    day.redrive_at(HOUR + MINUTE)
    parked: list[str] = []
    day.at(HOUR, lambda: parked.extend(reason for _, reason in day.dead_letters().values()))

    day.play(entry_refused(ONE, "OrderPlaced", Span(0.0, HOUR)))

    published = dict(day.published("OrderPlaced"))
    assert HOUR + MINUTE < published.pop(ONE) < HOUR + 2 * MINUTE
    assert len(published) == 999
    assert max(published.values()) < 10
    (reason,) = parked
    assert re.fullmatch(r"EventRefused: the bus refused OrderPlaced [\w-]{36} by MalformedDetail", reason)
    assert day.dead_letters() == {}
    assert len(day.world.calls) == 1


POISON = {
    "no JSON": "no JSON",
    "no event": "{}",
    "an event that nobody publishes": (
        '{"id":"1","source":"nobody","detail-type":"Nothing","time":"2026-01-01T00:00:00Z","detail":{}}'
    ),
}


@pytest.mark.parametrize("body", POISON.values(), ids=POISON)
def test_a_message_that_nobody_can_handle_is_told_of_at_once(shop: Shop, stage: Topology, body: str) -> None:
    day = Day(shop, stage, [0.0, 60.0])
    day.put("payment", "poison-1", body, 60.0)

    day.play()

    ((second, reason),) = day.dead_letters().values()
    assert second < 60 + 10
    assert reason.startswith("ContractViolation: ")
    assert [status_of(day, order_id) for order_id in day.placed_at] == ["completed", "completed"]


def test_a_message_that_kills_its_function_is_told_of_with_its_reason_and_no_other_is_given_up(
    shop: Shop, stage: Topology
) -> None:
    killing = "order-00003"
    day = Day(shop, stage, [number * 20.0 for number in range(90)])

    day.play(row_kills("payment", killing))

    given_up = day.dead_letters()
    assert [key.partition(" ")[0] for key in given_up] == ["InventoryReserved", "ShipmentFailed"]
    assert all(reason.startswith("FunctionDied: ") for _, reason in given_up.values())
    assert min(second for second, _ in given_up.values()) < HOUR / 2
    ends = {order_id: status_of(day, order_id) for order_id in day.placed_at}
    assert ends.pop(killing) == "cancelling"
    assert set(ends.values()) == {"completed"}
