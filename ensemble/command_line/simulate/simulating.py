"""The simulation of this project: its services, its stacks and its workload, in either lane."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from ensemble.command_line.errors import CheckFailed
from ensemble.command_line.project import misdeclared_scenario, read_schemas, read_services, root_of_project
from ensemble.scenario.errors import ScenarioMisdeclared
from ensemble.simulator.application import Application
from ensemble.simulator.core_lane import CoreLane
from ensemble.simulator.discovery import find_application
from ensemble.simulator.full_lane import FullLane
from ensemble.simulator.naive_lane import NaiveLane, permissive
from ensemble.simulator.schedule import Outcome, simulate
from ensemble.simulator.topology import read_topology

Runs = Callable[..., Outcome]


def application() -> Application:
    """Return the application of the project that the current folder is in. Raises CheckFailed."""
    root = root_of_project()
    services = read_services(root)
    try:
        return find_application(root, {one.name: one for one in services}, read_schemas(root, services))
    except ScenarioMisdeclared as error:
        raise CheckFailed(misdeclared_scenario(error, root)) from error


def judged(assembly: Path, lane: str) -> Runs:
    """Return what runs a seed in a lane, and if it is the full one in the core lane too."""
    return compared(assembly, lane) if lane == "full" else simulation(assembly, lane)


def compared(assembly: Path, lane: str) -> Runs:
    """Return what runs a seed in a lane and in the core lane too: another trace is a violation."""
    run, core = simulation(assembly, lane), simulation(assembly, "core")

    def both(seed: int, *, recorded: bool = False, **options: Any) -> Outcome:
        outcome = run(seed, recorded=True, **options)
        if outcome.trace != core(seed, recorded=True, **options).trace:
            violation = f"the {lane} lane takes other decisions than the core lane"
            outcome.violations.append(violation)
            outcome.trace.append((outcome.trace[-1][0], f"VIOLATED: {violation}"))
        return outcome if recorded else dataclasses.replace(outcome, trace=[], steps=[])

    return both


def simulation(assembly: Path, lane: str) -> Runs:
    """Return what runs the schedule of a seed of this project, with the options of `simulator.schedule.simulate`."""
    return runs_of(application(), assembly, lane)


def runs_of(app: Application, assembly: Path, lane: str) -> Runs:
    """Return what runs the schedule of a seed of an application in a lane."""
    lanes = {"core": CoreLane, "full": FullLane, "naive": NaiveLane}
    topology = read_topology(assembly)
    return partial(
        simulate,
        application=app,
        topology=permissive(topology) if lane == "naive" else topology,
        lane=lanes[lane](app),
    )
