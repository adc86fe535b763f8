"""The simulation of the shop, made once for all tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from ensemble.command_line.simulate.simulating import Runs, application, simulation
from ensemble.simulator.topology import Topology, read_topology
from scenarios.shop.simulation import Shop


@pytest.fixture(scope="session")
def environment(assembly: Path) -> Path:
    return assembly / "assembly-dev"


@pytest.fixture(scope="session")
def topology(environment: Path) -> Topology:
    return read_topology(environment)


@pytest.fixture(scope="session")
def shop() -> Shop:
    found = application()
    assert isinstance(found, Shop)
    return found


@pytest.fixture(scope="session")
def core(environment: Path) -> Runs:
    return simulation(environment, "core")


@pytest.fixture(scope="session")
def full(environment: Path) -> Runs:
    return simulation(environment, "full")
