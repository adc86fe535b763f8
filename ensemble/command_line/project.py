"""Reads what the project declares, and reports in one line each what of it does not fit together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from ensemble.command_line.errors import CheckFailed, UsageRefused
from ensemble.contracts.consumers import harmed
from ensemble.contracts.loading import load_schemas
from ensemble.contracts.ownership import unowned
from ensemble.contracts.profile import SchemaMisdeclared
from ensemble.contracts.schemas import Schemas
from ensemble.project.root import ProjectNotFound, project_root
from ensemble.scenario import Scenario
from ensemble.scenario.discovery import find_scenario
from ensemble.scenario.errors import ScenarioMisdeclared
from ensemble.scenario.generated import generated_stories
from functions.kit.errors import EnsembleError
from functions.kit.model import Service
from infrastructure.contracts import compile_contracts
from infrastructure.services import discover


def root_of_project() -> Path:
    """Return the root of the project that the current folder is in. Raises UsageRefused when it is in none."""
    try:
        return project_root()
    except ProjectNotFound as error:
        raise UsageRefused(str(error)) from error


def refuse(reasons: Iterable[str]) -> None:
    """Raise CheckFailed with the reasons, if there are any."""
    found = list(reasons)
    if found:
        raise CheckFailed(*found)


def read_services(root: Path) -> Sequence[Service]:
    """Read the services. Raises CheckFailed."""
    try:
        return discover(root)
    except EnsembleError as error:
        raise CheckFailed(str(error)) from error


def read_schemas(root: Path, services: Sequence[Service]) -> Schemas:
    """Read the schemas and fit the services to them. Raises CheckFailed."""
    try:
        schemas = load_schemas(root / "schemas")
    except SchemaMisdeclared as error:
        event = Path(str(error).split(":")[0]).parent.name
        raise CheckFailed(f"{error}. Harmed: {harmed(services, event)}") from error
    refuse(unowned(schemas, services))
    try:
        for service in services:
            compile_contracts(service, schemas)
    except EnsembleError as error:
        raise CheckFailed(str(error)) from error
    return schemas


def read_scenario(root: Path) -> Scenario | None:
    """Read the scenario, if the project has one. Raises CheckFailed."""
    try:
        return find_scenario(root)
    except ScenarioMisdeclared as error:
        raise CheckFailed(str(error)) from error


def scenario_to_play(root: Path) -> Scenario:
    """Return the project's scenario, with a story for each command from outside where it has none.

    Raises CheckFailed.
    """
    scenario = read_scenario(root) or Scenario()
    if scenario.stories:
        return scenario
    services = read_services(root)
    stories = generated_stories(services, read_schemas(root, services), scenario)
    return Scenario(stories=stories, opening=scenario.opening, examples=scenario.examples, measures=scenario.measures)
