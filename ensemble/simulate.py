"""`ensemble simulate`: many seeds on all cores, or one seed told in words."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from ensemble.simulating import application, compared, simulation
from ensemble.synthesis import assembly_of
from simulator.campaign import Tally, campaign
from simulator.coverage import outcomes, steps
from simulator.schedule import Outcome
from simulator.shrinking import shrunk
from simulator.topology import read_topology
from simulator.world import START

LANES = {
    "core": "reactions, commit protocol, relay",
    "full": "all that a Lambda runs, each schedule compared with the core lane's",
}
SHOWN_FAILURES = 3
MINUTE = 60.0


def simulate_many(console: Console, environment: str, seeds: dict[str, int], first: int, jobs: int | None) -> bool:
    """Run so many seeds in each lane, and tell what became of them; return whether nothing was violated.

    Raises KeyboardInterrupt when one came, having told what was run until then.
    """
    assembly = assembly_of(environment, console)
    tallies: dict[str, Tally] = {}
    interrupted = False
    for lane, number in seeds.items():
        if number and not interrupted:
            tallies[lane], interrupted = _campaign(console, assembly, lane, first, number, jobs)
    for lane, tally in tallies.items():
        _tell(console, lane, tally)
    _tell_coverage(console, assembly, tallies)
    failures = [(lane, seed) for lane, tally in tallies.items() for seed, _ in sorted(tally.failures)]
    for lane, seed in failures[:SHOWN_FAILURES]:
        _tell_failure(console, assembly, lane, seed)
    if interrupted:
        raise KeyboardInterrupt
    return not failures


def simulate_one(console: Console, environment: str, seed: int, lane: str) -> bool:
    """Run one seed and tell its timeline in words; return whether nothing was violated."""
    outcome = simulation(assembly_of(environment, console), lane)(seed, recorded=True)
    _tell_timeline(console, outcome)
    for violation in outcome.violations:
        console.print(f"VIOLATED: {violation}")
    console.print(f"seed {seed}, {lane} lane: {len(outcome.trace)} actions, trace hash {outcome.hash}")
    return not outcome.violations


def _campaign(
    console: Console, assembly: Path, lane: str, first: int, number: int, jobs: int | None
) -> tuple[Tally, bool]:
    """Run the seeds of a lane with a progress bar, or a line a minute where there is no terminal.

    Return what became of them, and whether a Ctrl-C ended it early.
    """
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    tally, interrupted, told_at = Tally(), False, time.monotonic()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(f"{lane} lane", total=number)
        make = simulation if lane == "core" else compared
        try:
            for tally in campaign(partial(make, assembly), lane, first, number, jobs):
                failed = f", {len(tally.failures)} violated" if tally.failures else ""
                progress.update(task, completed=tally.schedules, description=f"{lane} lane{failed}")
                if not console.is_terminal and time.monotonic() - told_at > MINUTE:
                    told_at = time.monotonic()
                    console.print(f"{lane} lane: {tally.schedules:,} of {number:,}{failed}")
        except KeyboardInterrupt:
            interrupted = True
    return tally, interrupted


def _tell(console: Console, lane: str, tally: Tally) -> None:
    faults = sum(tally.faults.values())
    speed = tally.schedules / tally.seconds if tally.seconds else 0.0
    console.print(
        f"{lane} lane ({LANES[lane]}): {tally.schedules:,} schedules, {len(tally.failures)} violated; "
        f"{tally.events:,} events, {tally.invocations:,} invocations, {faults:,} faults; "
        f"{speed:.0f} schedules a second per core"
    )


def _tell_coverage(console: Console, assembly: Path, tallies: dict[str, Tally]) -> None:
    """Tell the faults that were injected, by kind, and which cells were not reached."""
    total = Tally()
    for tally in tallies.values():
        total.merge(tally)
    table = Table("fault", "injected", "at steps", box=None, pad_edge=False)
    for fault in sorted({fault for _, fault in total.faults}):
        struck = {step: number for (step, kind), number in total.faults.items() if kind == fault}
        table.add_row(str(fault), f"{sum(struck.values()):,}", str(len(struck)))
    console.print(table)
    app = application()
    for name, expected, reached in (
        ("reaction x outcome", outcomes(app.services), set(total.reached)),
        ("step x fault", steps(read_topology(assembly), app), set(total.faults)),
    ):
        missing = sorted(map(str, (" / ".join(cell) for cell in expected - reached)))
        console.print(f"coverage, {name}: {len(expected) - len(missing)} of {len(expected)} cells reached")
        for cell in missing:
            console.print(f"  not reached: {cell}")


def _tell_failure(console: Console, assembly: Path, lane: str, seed: int) -> None:
    """Tell what failed, shrunk to the disturbances that it takes."""
    run = simulation(assembly, lane)
    whole = run(seed)

    def fails(disturbances: Sequence[str]) -> bool:
        return bool(run(seed, keep=frozenset(disturbances)).violations)

    kept = shrunk(whole.disturbances, fails) if fails(whole.disturbances) else whole.disturbances
    outcome = run(seed, keep=frozenset(kept), recorded=True)
    console.print(f"\nseed {seed}, {lane} lane, shrunk from {len(whole.disturbances)} disturbances to {len(kept)}:")
    _tell_timeline(console, outcome)
    console.print(f"The whole of it: ensemble simulate --seed {seed}" + (" --lane full" if lane == "full" else ""))


def _tell_timeline(console: Console, outcome: Outcome) -> None:
    for instant, text in outcome.trace:
        console.print(f"{instant - START:12.3f} s  {text}", markup=False)
