"""Finds the application that is simulated: of the project's `scenarios/<name>/simulation.py`, or the one for any."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ensemble.contracts.schemas import Schemas
from ensemble.scenario.discovery import find_scenario, load, sole_file
from ensemble.scenario.errors import ScenarioMisdeclared
from ensemble.simulator.application import Application
from functions.kit.model import Service

SIMULATION = "simulation.py"


def find_application(root: Path, services: Mapping[str, Service], schemas: Schemas) -> Application:
    """Return the project's application. Raises ScenarioMisdeclared, as for a scenario."""
    return _kind(root)(services, schemas, find_scenario(root))


def _kind(root: Path) -> type[Application]:
    path = sole_file(root, SIMULATION)
    if path is None:
        return Application
    module = load(path, root)
    found = [
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Application) and value.__module__ == module.__name__
    ]
    if len(found) != 1:
        place = path.relative_to(root).as_posix()
        raise ScenarioMisdeclared(f"{place} has {len(found)} subclasses of Application: declare exactly one")
    return found[0]
