"""Schedules of the simulator that are cut off at some moment: why each workflow goes no further, by AWS's operations
alone, is what the simulator itself knows."""

from __future__ import annotations

from pathlib import Path

import pytest

from ensemble.command_line.trace.declared import Declared, read_declared
from ensemble.contracts.loading import load_schemas
from ensemble.simulator.application import Application
from ensemble.simulator.discovery import find_application
from ensemble.simulator.topology import Topology, read_topology
from infrastructure.services import discover
from tests.conftest import LENDING
from tests.toolkit.trace.judged import wrong_in

SEEDS = range(100)


@pytest.fixture(scope="module")
def assembly_of_lending(lending: Path) -> Path:
    return lending / "cdk.out" / "assembly-dev"


@pytest.fixture(scope="module")
def declared(assembly_of_lending: Path) -> Declared:
    return read_declared(assembly_of_lending, discover(LENDING), load_schemas(LENDING / "schemas"))


@pytest.fixture(scope="module")
def topology(assembly_of_lending: Path) -> Topology:
    return read_topology(assembly_of_lending)


@pytest.fixture(scope="module")
def application() -> Application:
    services = {one.name: one for one in discover(LENDING)}
    return find_application(LENDING, services, load_schemas(LENDING / "schemas"))


def test_what_waits_its_place_and_its_next_try_are_what_the_simulator_knows(
    application: Application, topology: Topology, declared: Declared
) -> None:
    wrong, counts = wrong_in(SEEDS, application, topology, declared, "loan_id")

    assert wrong == []
    assert counts["the place: message"] > 50
    assert counts["the place: dead letter"] > 30
    assert counts["the next try"] > 50
    assert counts["the parts of a hop"] > 1_000
