"""Runs everything that a stage does, and notes the calls of its roles: stories, sweeps, a replay, and faults."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from ensemble.aws.entries import rfc3339
from ensemble.aws.policies import permits
from ensemble.aws.resource_types import ARCHIVE, BUS, POLICY
from ensemble.choreography.permissions import statements_of
from ensemble.choreography.templates import read_resources
from ensemble.command_line.errors import CommandFailed
from ensemble.command_line.permissions.door import called_by_the_door
from ensemble.command_line.progress import working
from ensemble.command_line.project import read_services, root_of_project, scenario_to_play
from ensemble.command_line.run.needs import given_to
from ensemble.command_line.run.playing import play
from ensemble.command_line.run.running import running_laptop, running_sandboxes
from ensemble.command_line.simulate.simulating import application
from ensemble.command_line.synthesis import assembly_of
from ensemble.laptop import Laptop
from ensemble.laptop.clock import VirtualClock
from ensemble.laptop.roles import Call, Role
from ensemble.simulator.core_lane import CoreLane
from ensemble.simulator.schedule import simulate
from ensemble.simulator.topology import Topology, read_topology

SWEEP_SECONDS = 180.0


@dataclass(frozen=True, slots=True)
class Ran:
    """The roles of a stage, the calls that they have made, and those that were refused."""

    roles: list[Role]
    calls: Mapping[Call, int]
    refused: Mapping[Call, int]


def run_everything(console: Console, environment: str, seeds: int) -> Ran:
    """Play all stories, a replay of all, and so many schedules with faults. Raises CommandFailed."""
    root = root_of_project()
    assembly = assembly_of(environment, console, root)
    scenario, services = scenario_to_play(root), read_services(root)
    publishers = list(_publishers(assembly))
    buses = {one.name: one.arn for one in read_resources(assembly) if one.type == BUS}
    with running_sandboxes(scenario) as sandboxes:
        settings = given_to(services, sandboxes.settings, root, with_file=False)
        with running_laptop(console, environment, VirtualClock(), settings, is_traced=True) as laptop:
            commands: Counter[Call] = Counter()
            laptop.on_event(lambda bus, event: commands.update(_put_by(publishers, buses[bus], event)))
            with working(console, f"Playing the stories of {environment}"):
                began = laptop.now()
                play(laptop, scenario, sandboxes=sandboxes)
                laptop.run_for(SWEEP_SECONDS)
                commands.update(called_by_the_door(laptop, scenario, publishers))
                _replay(laptop, assembly, began)
            roles, by_function = laptop.roles, {name: one.role for name, one in laptop.functions.items()}
            calls, refused = Counter(laptop.calls) + commands, Counter(laptop.calls_refused)
    names = {arn: role.name for arn, role in roles.items()}
    topology = read_topology(assembly)
    with working(console, f"Simulating {seeds} schedules of {environment}"):
        _simulate(topology, seeds)
    for name, function in topology.functions.items():
        role = names[by_function[name]]
        for (action, resource, keys), times in function.permissions.calls.items():
            calls[Call(role, action, resource, keys[1] if keys else "")] += times
        for action, resource, keys in function.permissions.refused:
            refused[Call(role, action, resource, keys[1] if keys else "")] += 1
    return Ran([*roles.values(), *publishers], calls, refused)


def _publishers(assembly: Path) -> Iterator[Role]:
    """Yield the policies for the roles of publishers outside, each as the role that has it alone."""
    for one in read_resources(assembly):
        if one.type == POLICY and not one.properties.get("Roles"):
            yield Role(one.name, list(statements_of([one.properties["PolicyDocument"]])))


def _put_by(publishers: list[Role], bus: str, event: Mapping[str, Any]) -> Iterator[Call]:
    """Yield the call by which a publisher outside would have put an event that its policy permits."""
    keys = {"events:source": [event["source"]], "events:detail-type": [event["detail-type"]]}
    for role in publishers:
        if "replay-name" not in event and permits(role.statements, "events:PutEvents", bus, keys):
            yield Call(role.name, "events:PutEvents", bus, event["detail-type"])


def _replay(laptop: Laptop, assembly: Path, began: float) -> None:
    """Replay all that the archive has of the run. Raises CommandFailed."""
    for archive in (one for one in read_resources(assembly) if one.type == ARCHIVE):
        request = {
            "ReplayName": "permissions",
            "EventSourceArn": archive.arn,
            "EventStartTime": rfc3339(began),
            "EventEndTime": rfc3339(laptop.now()),
            "Destination": {"Arn": archive.properties["SourceArn"]},
        }
        answer = laptop.answer({"x-amz-target": "AWSEvents.StartReplay"}, json.dumps(request).encode())
        if answer.status != 200:
            raise CommandFailed(f"nothing can be replayed here: {answer.body.decode()}")
        laptop.run_for(SWEEP_SECONDS)


def _simulate(topology: Topology, seeds: int) -> None:
    app = application()
    for seed in range(seeds):
        simulate(seed, application=app, topology=topology, lane=CoreLane(app))
