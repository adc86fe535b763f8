"""`ensemble simulate`: many seeds on all cores, or one seed step by step."""

from __future__ import annotations

import json
import sys
import time
from functools import partial
from pathlib import Path
from time import monotonic

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from ensemble.command_line.errors import UsageRefused
from ensemble.command_line.project import root_of_project
from ensemble.command_line.simulate.coverage import coverage, print_coverage
from ensemble.command_line.simulate.failures import again, print_failures, print_shrunk
from ensemble.command_line.simulate.simulating import application, judged
from ensemble.command_line.simulate.story import print_story, print_trace, verdict
from ensemble.command_line.simulate.verdict import Campaign
from ensemble.command_line.synthesis import assembly_of
from ensemble.command_line.terminal import error_console, printable
from ensemble.simulator.beside import carriers_beside
from ensemble.simulator.campaign import Tally, campaign

LANES = {
    "core": "reactions, commit protocol, publishing",
    "full": "all that a Lambda runs, each schedule compared with the core lane's",
}
MINUTE = 60.0


def simulate_many(
    console: Console, environment: str, seeds: dict[str, int], first: int, jobs: int | None, *, as_json: bool = False
) -> bool:
    """Run so many seeds in each lane, print what became of them, the verdict last; return whether nothing was violated.

    `as_json`: print one JSON document instead, and what is under way to the standard error. Raises UsageRefused when
    there is no seed, and KeyboardInterrupt when one came, having printed what was run until then.
    """
    if not any(seeds.values()):
        raise UsageRefused("nothing to run: " + " and ".join(f"no seeds in the {lane} lane" for lane in seeds))
    progress = error_console() if as_json else console
    assembly = assembly_of(environment, progress, root_of_project())
    tallies: dict[str, Tally] = {}
    interrupted, began = False, monotonic()
    for lane, number in seeds.items():
        if number and not interrupted:
            tallies[lane], interrupted = _campaign(progress, assembly, lane, first, number, jobs)
    judges_business = application().judges_business
    run = Campaign(environment, first, seeds, tallies, monotonic() - began, interrupted, judges_business)
    if as_json:
        document = run.as_json(coverage(assembly, tallies.values()))
        sys.stdout.write(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
    else:
        _print(console, assembly, run)
    if interrupted:
        raise KeyboardInterrupt
    return not run.violations


def _print(console: Console, assembly: Path, run: Campaign) -> None:
    """Print figures, coverage and failures of a campaign, and its verdict last."""
    for lane, tally in run.tallies.items():
        _print_figures(console, lane, tally)
    print_coverage(console, coverage(assembly, run.tallies.values()))
    if carriers := carriers_beside(assembly):
        console.print(
            printable(f"\nNot simulated, as no service's: {', '.join(carriers)}"), markup=False, soft_wrap=True
        )
    print_failures(console, assembly, {lane: tally.failures for lane, tally in run.tallies.items()})
    console.print(f"\n{run.line()}", markup=False)


def simulate_one(
    console: Console, environment: str, seed: int, lane: str, *, is_shrunk: bool = False, whole: bool = False
) -> bool:
    """Run one seed and print the verdict and what happened; return whether nothing was violated.

    `is_shrunk`: with the disturbances that its violation takes, and no others. `whole`: each action as it is.
    """
    run = judged(assembly_of(environment, console, root_of_project()), lane)
    outcome = run(seed, recorded=True)
    if is_shrunk and outcome.violations:
        print_shrunk(console, lane, run, outcome)
        return False
    for text in verdict(lane, outcome):
        console.print(printable(text), markup=False)
    console.print()
    if whole:
        print_trace(console, outcome)
    else:
        print_story(console, outcome)
        console.print(f"Each action as it is: {again(seed, lane)} --all")
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


def _print_figures(console: Console, lane: str, tally: Tally) -> None:
    faults = sum(tally.faults.values())
    speed = tally.schedules / tally.seconds if tally.seconds else 0.0
    console.print(
        f"{lane} lane ({LANES[lane]}): {tally.schedules:,} schedules, {len(tally.failures)} violated; "
        f"{tally.events:,} events, {tally.invocations:,} invocations, {faults:,} faults; "
        f"{speed:.0f} schedules a second per core; hash {tally.hash}"
    )
    if tally.left_out:
        shares = (f"{service} in {number / tally.schedules:.0%}" for service, number in tally.left_out.most_common())
        console.print(f"  left out, since it publishes nothing: {', '.join(shares)}", markup=False)
