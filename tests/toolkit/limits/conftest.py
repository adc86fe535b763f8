"""The library's loan, as the limits measure it."""

from __future__ import annotations

import pytest

from ensemble.limits.load import Service
from ensemble.limits.measuring import Stage
from ensemble.simulator.application import Application
from ensemble.simulator.topology import Topology
from tests.toolkit.simulator.conftest import application, environment, topology

__all__ = ["application", "environment", "topology"]


@pytest.fixture(scope="session")
def stage(application: Application, topology: Topology) -> Stage:
    return Stage(application, topology, None)


@pytest.fixture(scope="session")
def shelf(stage: Stage) -> Service:
    """The service whose counter every loan of one title moves."""
    return stage.services["shelf"]
