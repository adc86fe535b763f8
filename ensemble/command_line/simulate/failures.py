"""Prints what failed: every seed by what it violates, and some shrunk to what that takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console

from ensemble.command_line.simulate.simulating import Runs, judged
from ensemble.command_line.simulate.story import print_story
from ensemble.command_line.terminal import printable
from ensemble.simulator.schedule import Outcome
from ensemble.simulator.shrinking import kind, shrunk_run

SHOWN = 3
"""Kinds of violations of which the first seed is printed shrunk."""


def print_failures(console: Console, assembly: Path, failures: Mapping[str, Sequence[tuple[int, str]]]) -> None:
    """Print all seeds that failed in each lane by the kind of their first violation, then one of some kinds shrunk."""
    first: dict[str, tuple[str, int]] = {}
    for lane, failed in failures.items():
        kinds: dict[str, list[int]] = {}
        for seed, violation in sorted(failed):
            kinds.setdefault(kind(violation), []).append(seed)
            first.setdefault(kind(violation), (lane, seed))
        for violation, seeds in sorted(kinds.items(), key=lambda one: -len(one[1])):
            text = f"{lane} lane, violated by {len(seeds):,}: {violation}: seed {', '.join(map(str, seeds))}"
            console.print(printable(text), markup=False)
    for lane, seed in list(first.values())[:SHOWN]:
        run = judged(assembly, lane)
        print_shrunk(console, lane, run, run(seed))


def print_shrunk(console: Console, lane: str, run: Runs, whole: Outcome) -> None:
    """Print what failed, shrunk to the disturbances that it takes: what is violated, those, and what happens then."""
    seed = whole.seed
    kept = shrunk_run(whole, lambda disturbances: run(seed, keep=disturbances))
    outcome = run(seed, keep=frozenset(kept), recorded=True)
    number = len(set(whole.disturbances))
    console.print(f"\nseed {seed}, {lane} lane, shrunk from {number} disturbances to {len(kept)}: ", end="")
    console.print(printable((outcome.violations or whole.violations)[0]), markup=False)
    for disturbance in kept:
        console.print(f"  {printable(disturbance)}", markup=False)
    console.print()
    print_story(console, outcome)
    command = again(seed, lane)
    console.print(f"The whole of it: {command}; this again: {command} --shrunk")


def again(seed: int, lane: str) -> str:
    """Return the command that runs one seed again."""
    return f"ensemble simulate --seed {seed}" + (f" --lane {lane}" if lane != "core" else "")
