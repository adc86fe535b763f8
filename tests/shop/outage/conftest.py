"""The shop and the stacks that its bad days are played on."""

from __future__ import annotations

from pathlib import Path

import pytest

from ensemble.command_line.simulate.simulating import application
from ensemble.simulator.topology import Topology, read_topology
from scenarios.shop.simulation import Shop


@pytest.fixture(scope="session")
def shop() -> Shop:
    found = application()
    assert isinstance(found, Shop)
    return found


@pytest.fixture(scope="session")
def stage(assembly: Path) -> Topology:
    return read_topology(assembly / "assembly-dev")
