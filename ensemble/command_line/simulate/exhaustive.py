"""`ensemble simulate --exhaustive`: every crash, every pair of crashes, every interleaving of small workloads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from rich.console import Console

from ensemble.command_line.project import root_of_project
from ensemble.command_line.simulate.simulating import Runs, application, simulation
from ensemble.command_line.synthesis import assembly_of
from ensemble.scenario import Command
from ensemble.simulator.core_lane import CoreLane
from ensemble.simulator.exhaustive import pairs_of_crashes, single_crashes
from ensemble.simulator.faults import CALM, Plan
from ensemble.simulator.interleavings import Explorer
from ensemble.simulator.schedule import Outcome
from ensemble.simulator.topology import read_topology

Crashes = Iterable[tuple[tuple[tuple[str, Plan], ...], Outcome]]


def exhaust(console: Console, environment: str) -> bool:
    """Try all of it, print what was found, the verdict last; return whether nothing was violated."""
    assembly = assembly_of(environment, console, root_of_project())
    run, app = simulation(assembly, "core"), application()
    fine = True
    for name, commands in app.stories.items():
        fine &= _print_crashes(console, f"{name}, a crash at each await point", single_crashes(story(run, commands)))
    first = next(iter(app.stories))
    pairs = pairs_of_crashes(story(run, app.stories[first]))
    fine &= _print_crashes(console, f"{first}, all pairs of crashes", pairs)
    race = app.race or app.stories[first]
    explored = Explorer(app, read_topology(assembly), CoreLane(app), race, with_timers=False).explore()
    console.print(
        f"workflows racing, without their timers, every interleaving of two workers: {explored.states:,} states, "
        f"{explored.steps:,} steps, {explored.ends} ends, {len(explored.violations)} violated"
    )
    for violation, way in explored.violations[:1]:
        console.print("\n".join([*(f"  {step}" for step in way), f"VIOLATED: {violation}"]), markup=False)
    fine &= not explored.violations
    console.print("0 of these violated an invariant." if fine else "VIOLATED: see above.")
    return fine


def story(run: Runs, commands: Sequence[Command]) -> Callable[[Mapping[str, Plan]], Outcome]:
    """Return what runs one workload in which nothing is wrong but what is planned."""
    options: dict[str, Any] = {"profile": CALM, "commands": commands}
    return lambda plans: partial(run, 0, **options)(plans=plans)


def _print_crashes(console: Console, what: str, crashes: Crashes) -> bool:
    number, failed = 0, []
    for points, outcome in crashes:
        number += 1
        if outcome.violations:
            failed.append((points, outcome.violations[0]))
    console.print(f"{what}: {number:,}, {len(failed)} violated")
    for points, violation in failed[:1]:
        console.print(f"  {points}: {violation}", markup=False)
    return not failed
