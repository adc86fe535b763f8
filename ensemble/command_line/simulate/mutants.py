"""`ensemble simulate --mutants`: does the simulator find each guard that is taken out?"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import combinations
from pathlib import Path

from rich.console import Console

from ensemble.command_line.errors import UsageRefused
from ensemble.command_line.project import root_of_project
from ensemble.command_line.simulate.simulating import application, simulation
from ensemble.command_line.synthesis import assembly_of
from ensemble.simulator.mutation import Mutant, Verdict, hunt

SEEDS = 2_000
"""Within so many a mutant must be found."""

OF_CONTROL = 1_000

NO_BUSINESS = "no scenario judges the business"
"""Why a guard may not be found where an application says nothing of what must hold of it."""


def hunt_mutants(console: Console, environment: str, wanted: str) -> bool:
    """Take out each guard whose name has `wanted` in it, and each pair of those that alone nothing breaks without.

    Return whether each verdict is the expected one. Raises UsageRefused when no guard's name has it.
    """
    app = application()
    chosen = [mutant for mutant in app.mutants if wanted in mutant.guard]
    if not chosen:
        raise UsageRefused(f'no guard has {wanted!r} in its name; --mutants "" takes out each')
    assembly = assembly_of(environment, console, root_of_project())
    console.print("The first seed that breaks without each guard, as one should:")
    fine, number = True, 0
    for verdict, redundant in _verdicts(chosen, assembly):
        is_open = not redundant and not app.judges_business
        as_expected = is_open or (verdict.seed is None) == bool(redundant)
        fine &= as_expected
        number += not as_expected
        console.print(
            _text_of(verdict, NO_BUSINESS if is_open else redundant) + ("" if as_expected else "  <- NOT AS EXPECTED"),
            markup=False,
        )
    if not wanted:
        _print_control(console, assembly)
    console.print("Every verdict is as expected." if fine else f"NOT AS EXPECTED: {number} of the verdicts.")
    return fine


def _verdicts(chosen: Sequence[Mutant], assembly: Path) -> Iterator[tuple[Verdict, str]]:
    """Yield each verdict with why nothing was to be found, if so; several processes hunt at a time."""
    redundant = [mutant for mutant in chosen if mutant.redundant]
    teams = [(mutant,) for mutant in chosen] + list(combinations(redundant, 2))
    search = partial(hunt, root=root_of_project(), assembly=assembly, seeds=SEEDS)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for team, verdict in zip(teams, pool.map(search, teams), strict=True):
            yield verdict, team[0].redundant if len(team) == 1 else "neither stands in for the other"


def _text_of(verdict: Verdict, redundant: str) -> str:
    guard = " + ".join(verdict.guards)
    if verdict.seed is None:
        return f"{guard}: nothing in {verdict.tried:,} seeds" + (f" ({redundant})" if redundant else "")
    return f"{guard}: seed {verdict.seed}: {verdict.violation}"


def _print_control(console: Console, assembly: Path) -> None:
    """Print how often the same faults break the naive control."""
    run = simulation(assembly, "naive")
    broken = sum(bool(run(seed).violations) for seed in range(OF_CONTROL))
    console.print(f"the naive control: {broken} of {OF_CONTROL:,} seeds violate an invariant")
