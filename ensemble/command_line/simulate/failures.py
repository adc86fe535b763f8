"""Tells what failed: every seed by what it broke, some shrunk to what that takes, and the timeline of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console

from ensemble.command_line.simulate.simulating import Runs, judged
from ensemble.simulator.schedule import Outcome
from ensemble.simulator.shrinking import kind, shrunk_run
from ensemble.simulator.world import START

SHOWN = 3
"""Kinds of violations of which the first seed is told shrunk."""


def tell_failures(console: Console, assembly: Path, failures: Mapping[str, Sequence[tuple[int, str]]]) -> None:
    """Tell all seeds that failed in each lane by the kind of their first violation, then one of some kinds shrunk."""
    first: dict[str, tuple[str, int]] = {}
    for lane, failed in failures.items():
        kinds: dict[str, list[int]] = {}
        for seed, violation in sorted(failed):
            kinds.setdefault(kind(violation), []).append(seed)
            first.setdefault(kind(violation), (lane, seed))
        for violation, seeds in sorted(kinds.items(), key=lambda one: -len(one[1])):
            told = f"{lane} lane, violated by {len(seeds):,}: {violation}: seed {', '.join(map(str, seeds))}"
            console.print(told, markup=False)
    for lane, seed in list(first.values())[:SHOWN]:
        run = judged(assembly, lane)
        tell_shrunk(console, lane, run, run(seed))


def tell_shrunk(console: Console, lane: str, run: Runs, whole: Outcome) -> None:
    """Tell what failed, shrunk to the disturbances that it takes: what is violated, those, and what happens then."""
    seed = whole.seed
    kept = shrunk_run(whole, lambda disturbances: run(seed, keep=disturbances))
    outcome = run(seed, keep=frozenset(kept), recorded=True)
    number = len(set(whole.disturbances))
    console.print(f"\nseed {seed}, {lane} lane, shrunk from {number} disturbances to {len(kept)}: ", end="")
    console.print((outcome.violations or whole.violations)[0], markup=False)
    for disturbance in kept:
        console.print(f"  {disturbance}", markup=False)
    console.print()
    tell_timeline(console, outcome)
    again = f"ensemble simulate --seed {seed}" + (f" --lane {lane}" if lane != "core" else "")
    console.print(f"The whole of it: {again}; this again: {again} --shrunk")


def tell_timeline(console: Console, outcome: Outcome) -> None:
    """Tell all that happened, each at its time since the start."""
    for instant, text in outcome.trace:
        console.print(f"{elapsed(instant - START)}  {text}", markup=False)


def elapsed(seconds: float) -> str:
    """Write a span of time as days, hours, minutes, seconds and milliseconds: as wide for all, so that they sort."""
    minutes, milliseconds = divmod(round(seconds * 1_000), 60_000)
    days, minutes = divmod(minutes, 24 * 60)
    return f"{days:2}d {minutes // 60:02}:{minutes % 60:02}:{milliseconds / 1_000:06.3f}"
