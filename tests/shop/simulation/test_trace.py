"""Why an order goes no further, by AWS's operations alone, is what the simulator knows when it is cut off."""

from __future__ import annotations

from pathlib import Path

from ensemble.command_line.trace.declared import read_declared
from ensemble.contracts.loading import load_schemas
from ensemble.simulator.topology import Topology
from infrastructure.services import discover
from scenarios.shop.simulation import Shop
from tests.conftest import ROOT
from tests.toolkit.trace.judged import wrong_in

SEEDS = (*range(60), 124, 210, 248)
"""In seed 18 a dead letter alone tells of an event that no store has; in 54 and 124 two events have one id."""


def test_what_waits_its_place_and_its_next_try_are_what_the_simulator_knows(
    shop: Shop, topology: Topology, environment: Path
) -> None:
    declared = read_declared(environment, discover(ROOT), load_schemas(ROOT / "schemas"))

    wrong, counts = wrong_in(SEEDS, shop, topology, declared, "order_id")

    assert wrong == []
    assert counts["the place: message"] > 20
    assert counts["the place: dead letter"] > 20
    assert counts["the next try"] > 20
