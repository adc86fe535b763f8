"""Why an order goes no further, by AWS's operations alone, is what the simulator knows when it is cut off."""

from __future__ import annotations

from pathlib import Path

from ensemble.command_line.trace.declared import read_declared
from ensemble.contracts.loading import load_schemas
from ensemble.simulator.topology import Topology
from ensemble.trace.standing import Cause, standing_of
from infrastructure.services import discover
from scenarios.shop.simulation import Shop
from tests.conftest import ROOT
from tests.toolkit.trace.judged import wrong_in
from tests.toolkit.trace.simulated import reading_at, stopped_at

SEEDS = (*range(40), 305, 402)
"""In the last two a dead letter has the id of another event."""


def test_what_waits_its_place_and_its_next_try_are_what_the_simulator_knows(
    shop: Shop, topology: Topology, environment: Path
) -> None:
    declared = read_declared(environment, discover(ROOT), load_schemas(ROOT / "schemas"))

    wrong, counts = wrong_in(SEEDS, shop, topology, declared, "order_id")

    assert wrong == []
    assert counts["the place: message"] > 20
    assert counts["the place: dead letter"] > 20
    assert counts["the next try"] > 20


def test_an_event_that_is_known_by_its_dead_letter_alone_is_named(
    shop: Shop, topology: Topology, environment: Path
) -> None:
    declared = read_declared(environment, discover(ROOT), load_schemas(ROOT / "schemas"))
    stopped = stopped_at(17_101.982, 18, shop, topology, "order_id")

    known = reading_at(stopped, declared).known("order-1")

    assert known is not None
    why = standing_of(known).why[0]
    assert (why.cause, why.event and why.event.type, why.queue) == (
        Cause.DEAD_LETTER,
        "ShipmentCreated",
        "shop-dev-order-events-dlq",
    )
    assert not (why.event and why.event.is_stored)
