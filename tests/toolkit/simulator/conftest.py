"""The simulation of the lending library, made once for all tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from ensemble.command_line.simulate.simulating import Runs, runs_of
from ensemble.contracts.loading import load_schemas
from ensemble.simulator.application import Application
from ensemble.simulator.discovery import find_application
from ensemble.simulator.topology import Topology, read_topology
from infrastructure.services import discover
from tests.conftest import LENDING


@pytest.fixture(scope="session")
def environment(lending: Path) -> Path:
    return lending / "cdk.out" / "assembly-dev"


@pytest.fixture(scope="session")
def topology(environment: Path) -> Topology:
    return read_topology(environment)


@pytest.fixture(scope="session")
def application() -> Application:
    services = {one.name: one for one in discover(LENDING)}
    return find_application(LENDING, services, load_schemas(LENDING / "schemas"))


@pytest.fixture(scope="session")
def core(application: Application, environment: Path) -> Runs:
    return runs_of(application, environment, "core")


@pytest.fixture(scope="session")
def full(application: Application, environment: Path) -> Runs:
    return runs_of(application, environment, "full")
