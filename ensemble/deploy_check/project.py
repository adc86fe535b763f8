"""The project as it is deployed to the emulator: synthesized with what its sandboxes give for settings."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from ensemble.aws.account import Account as Place
from ensemble.aws.assembly import account_of
from ensemble.aws.resource_types import FUNCTION
from ensemble.command_line.project import read_schemas, read_services, scenario_to_play
from ensemble.command_line.run.needs import Values, given_to
from ensemble.command_line.stage.synthesized import Synthesized, stacks_in
from ensemble.command_line.synthesis import names_in, stages, synthesize
from ensemble.contracts.doors import all_doors, commands_from_outside
from ensemble.deploy_check.errors import DeployCheckFailed
from ensemble.scenario import Scenario
from functions.kit.model import Doors, Service
from infrastructure.naming import CONTEXT, Names

ANYWHERE = Place("111122223333", "eu-west-1")
"""Where a stage is deployed to that may be deployed anywhere."""


@dataclass(frozen=True, slots=True)
class Project:
    """What is read of a project: its services, and the stories that are played, which are those that take seconds."""

    root: Path
    services: tuple[Service, ...]
    keys: Mapping[str, Collection[str]]
    doors: Doors
    scenario: Scenario

    @classmethod
    def read(cls, root: Path) -> Project:
        """Raises CommandFailed."""
        services, scenario = tuple(read_services(root)), scenario_to_play(root)
        schemas = read_schemas(root, services)
        keys, doors = commands_from_outside(services, schemas), all_doors(services, schemas)
        stories = tuple(story for story in scenario.stories if not story.is_long)
        return cls(root, services, keys, doors, replace(scenario, stories=stories))

    def given(self, values: Values) -> Values:
        """Return the values of the services' settings, checked. Raises CommandFailed."""
        return given_to(self.services, values, self.root, with_file=False)


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of it, synthesized: where its stacks lie and what they are called. `secrets`: values by reference."""

    name: str
    assembly: Path
    names: Names
    stacks: tuple[Synthesized, ...]
    place: Place
    secrets: Mapping[str, str]

    @property
    def all_stacks(self) -> str:
        """What the CDK calls all of its stacks."""
        return f"{self.name}/*"


def synthesized(project: Project, stage: str, values: Values, output: Path) -> Stage:
    """Synthesize a stage into `output`, its services given these values. Raises CommandFailed, DeployCheckFailed."""
    given, secret = (
        project.given(values),
        {
            (service.name, one.name)
            for service in project.services
            for one in service.declared_settings
            if one.is_secret
        },
    )
    context = {
        f"{service}.{field}": value
        for service, fields in given.items()
        for field, value in fields.items()
        if (service, field) not in secret
    }
    synthesize(project.root, output, {CONTEXT: stage, **context})
    made = stages(output) or {}
    if stage not in made:
        raise DeployCheckFailed(f"app.py makes no stage {stage!r}")
    assembly = made[stage]
    names, stacks, place = names_in(assembly), stacks_in(assembly), account_of(assembly)
    secrets = dict(_secrets(project, names, stacks, given))
    return Stage(stage, assembly, names, stacks, ANYWHERE if place == Place() else place, secrets)


def _secrets(
    project: Project, names: Names, stacks: tuple[Synthesized, ...], given: Values
) -> Iterator[tuple[str, str]]:
    """Yield the reference to each secret, as the function of its service gets it, with its value."""
    resources = [
        one["Properties"] for stack in stacks for one in stack.template["Resources"].values() if one["Type"] == FUNCTION
    ]
    functions = {one.get("FunctionName"): one.get("Environment", {}).get("Variables", {}) for one in resources}
    for service in project.services:
        for setting in service.declared_settings:
            if setting.is_secret:
                yield functions[names.consumer(service.name)][setting.variable], str(given[service.name][setting.name])
