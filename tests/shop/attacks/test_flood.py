"""A storefront that floods the shop with commands: what is under way goes on as before, as it comes by another queue.

Only the commands wait; and so do those of any other publisher to the same service, which is said in `SECURITY.md`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from ensemble.command_line.simulate.simulating import application
from ensemble.limits.load import Load, Service
from ensemble.limits.measuring import Stage
from ensemble.limits.recording import Sent, text_of
from ensemble.simulator.topology import read_topology

WORKERS, FLOOD, SECONDS = 2, 400, 3
"""Invocations of each queue at once; commands a second, several times what they can handle; how long they come."""

ORDERS, APART = 20, 0.1
"""Orders under way, and how many seconds lie between what is said of them."""

BEFORE = 10
"""Seconds after which all orders are placed, and the flood begins."""

LOOK = 0.05
"""How often it is looked whether a message was handled, in seconds."""


@pytest.fixture(scope="module")
def order(assembly: Path) -> Service:
    service = Stage(application(), read_topology(assembly / "assembly-dev"), None).services["order"]
    mappings = {
        name: replace(one, reading=replace(one.reading, maximum_concurrency=WORKERS))
        for name, one in service.topology.mappings.items()
    }
    return replace(service, topology=replace(service.topology, mappings=mappings))


def by_lane(service: Service) -> tuple[Sent, Sent]:
    """Return the command with which an order begins, and the event that ends it."""
    command, *_, event = service.messages
    assert (command.queue, event.queue) == ("shop-dev-order-commands", "shop-dev-order-events")
    return command, event


def waits(service: Service, flood: int) -> tuple[float, int]:
    """Return how long the slowest event of an order under way waited, in seconds, beside a flood of so many commands a
    second; and how many commands had to wait when the flood was over."""
    command, event = by_lane(service)
    load = Load(service, ORDERS + flood * SECONDS)
    world, slowest = load.world, [0.0]
    begun, ended = replace(command, after=0.0), replace(event, after=0.0)
    for number in range(ORDERS):
        load.send(number, (begun,), world.now + APART * number)
        load.send(number, (ended,), world.now + BEFORE + APART * number)
        world.at(world.now + BEFORE + APART * number + LOOK, _look(load, text_of(event.about, number), slowest, LOOK))
    for number in range(flood * SECONDS):
        load.send(ORDERS + number, (begun,), world.now + BEFORE + number / flood)
    with load.running():
        world.run_until(world.now + BEFORE + SECONDS, lambda: False)
        assert not [number for number in range(ORDERS) if text_of(event.about, number) in load.queues.open]
    return slowest[0], len(load.queues.open)


def _look(load: Load, about: str, slowest: list[float], waited: float) -> Callable[[], None]:
    def look() -> None:
        if about in load.queues.open:
            slowest[0] = max(slowest[0], waited)
            load.world.at(load.world.now + LOOK, _look(load, about, slowest, waited + LOOK))

    return look


def test_beside_a_flood_of_commands_orders_under_way_are_ended_as_fast_as_without(order: Service) -> None:
    alone, flooded = waits(order, 0), waits(order, FLOOD)

    assert flooded[1] > FLOOD
    assert flooded[0] < alone[0] + 0.5
