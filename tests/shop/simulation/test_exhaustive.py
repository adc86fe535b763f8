"""Small workloads of the shop, tried in every way."""

from __future__ import annotations

import pytest

from ensemble.command_line.simulate.exhaustive import story
from ensemble.command_line.simulate.simulating import Runs
from ensemble.simulator.core_lane import CoreLane
from ensemble.simulator.exhaustive import single_crashes
from ensemble.simulator.faults import CALM
from ensemble.simulator.interleavings import Explorer
from ensemble.simulator.topology import Topology
from scenarios.shop.simulation import Shop
from scenarios.shop.stories import WAYS

ENDS = {
    "fulfilled": ("OrderCompleted",),
    "out of stock": ("InventoryRejected", "OrderCancelled"),
    "card declined": ("PaymentFailed", "OrderCancelled"),
    "carrier refuses": ("ShipmentFailed", "PaymentRefunded", "OrderCancelled"),
    "cancelled before": (),
    "cancelled on the way": ("OrderCancellationRequested", "ShipmentFailed", "OrderCancelled"),
    "cancelled too late": ("OrderCompleted", "CancellationRejected"),
}


@pytest.mark.parametrize("name", WAYS)
def test_a_story_goes_the_way_of_its_name(core: Runs, name: str) -> None:
    outcome = core(0, profile=CALM, commands=WAYS[name])

    published = {event for _, _, some in outcome.reached for event in some.split(" and ")}
    assert outcome.violations == []
    assert set(ENDS[name]) <= published
    assert {"OrderCompleted", "OrderCancelled"} & published == {"OrderCompleted", "OrderCancelled"} & set(ENDS[name])


@pytest.mark.parametrize("name", WAYS)
def test_a_story_survives_a_crash_at_any_await_point(core: Runs, name: str) -> None:
    crashes = list(single_crashes(story(core, WAYS[name])))

    assert len(crashes) > 20
    assert all(outcome.faults.total() == 1 for _, outcome in crashes)
    assert [(points, outcome.violations) for points, outcome in crashes if outcome.violations] == []


def test_an_order_survives_every_interleaving_with_its_cancellation(shop: Shop, topology: Topology) -> None:
    explored = Explorer(shop, topology, CoreLane(shop), WAYS["cancelled on the way"]).explore()

    assert explored.violations == []
    assert explored.ends > 10
    assert explored.steps > 300


def test_two_orders_racing_with_a_cancellation_survive_every_interleaving(shop: Shop, topology: Topology) -> None:
    explored = Explorer(shop, topology, CoreLane(shop), shop.race, with_timers=False).explore()

    assert explored.violations == []
    assert explored.states > 390
    assert explored.ends > 12
