"""`ensemble simulate`: many seeds on all cores, or one seed told in words."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from ensemble.command_line.errors import UsageRefused
from ensemble.command_line.project import root_of_project
from ensemble.command_line.simulate.coverage import tell_coverage
from ensemble.command_line.simulate.failures import tell_failures, tell_shrunk, tell_timeline
from ensemble.command_line.simulate.simulating import application, judged
from ensemble.command_line.synthesis import assembly_of
from ensemble.simulator.campaign import Tally, campaign

LANES = {
    "core": "reactions, commit protocol, relay",
    "full": "all that a Lambda runs, each schedule compared with the core lane's",
}
MINUTE = 60.0


def simulate_many(console: Console, environment: str, seeds: dict[str, int], first: int, jobs: int | None) -> bool:
    """Run so many seeds in each lane, and tell what became of them; return whether nothing was violated.

    Raises UsageRefused when that is none, and KeyboardInterrupt when one came, having told what was run until then.
    """
    if not any(seeds.values()):
        raise UsageRefused("nothing to run: " + " and ".join(f"no seeds in the {lane} lane" for lane in seeds))
    assembly = assembly_of(environment, console, root_of_project())
    tallies: dict[str, Tally] = {}
    interrupted = False
    for lane, number in seeds.items():
        if number and not interrupted:
            tallies[lane], interrupted = _campaign(console, assembly, lane, first, number, jobs)
    for lane, tally in tallies.items():
        _tell(console, lane, tally)
    tell_coverage(console, assembly, tallies.values())
    tell_failures(console, assembly, {lane: tally.failures for lane, tally in tallies.items()})
    fine = not any(tally.failures for tally in tallies.values())
    if fine:
        console.print(verdict(application().judges_business))
    if interrupted:
        raise KeyboardInterrupt
    return fine


def verdict(judges_business: bool) -> str:
    """Say what holds when nothing was violated."""
    if judges_business:
        return "The general promises hold, and those of the scenario."
    return "The general promises hold; nothing of your business was judged."


def simulate_one(console: Console, environment: str, seed: int, lane: str, *, is_shrunk: bool = False) -> bool:
    """Run one seed and tell its timeline in words; return whether nothing was violated.

    `is_shrunk`: with the disturbances that its violation takes, and no others.
    """
    run = judged(assembly_of(environment, console, root_of_project()), lane)
    outcome = run(seed, recorded=True)
    if is_shrunk and outcome.violations:
        tell_shrunk(console, lane, run, outcome)
        return False
    tell_timeline(console, outcome)
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
        try:
            for tally in campaign(partial(judged, assembly), lane, first, number, jobs):
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
