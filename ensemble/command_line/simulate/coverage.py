"""What a campaign reached: the faults that were injected, and the cells that it did not come to."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from ensemble.command_line.simulate.simulating import application
from ensemble.simulator.campaign import Tally
from ensemble.simulator.coverage import outcomes, steps
from ensemble.simulator.topology import read_topology

Cell = tuple[str, str]
"""What it is listed under, and what is listed there."""


@dataclass(frozen=True, slots=True)
class Cells:
    """The cells of one kind: how many there are, and which were not reached."""

    name: str
    expected: int
    missing: tuple[Cell, ...]

    @property
    def reached(self) -> int:
        """How many were reached."""
        return self.expected - len(self.missing)

    def as_json(self) -> dict[str, Any]:
        """Return them as `ensemble simulate --json` prints them."""
        missing = [{"under": head, "cell": cell} for head, cell in self.missing]
        return {"expected": self.expected, "reached": self.reached, "not_reached": missing}


@dataclass(frozen=True, slots=True)
class Coverage:
    """`faults`: kind -> how often it was injected, at how many steps."""

    faults: dict[str, tuple[int, int]]
    reactions: Cells
    steps: Cells


def coverage(assembly: Path, tallies: Iterable[Tally]) -> Coverage:
    """Return what the schedules reached of what the stacks and the services have."""
    total, app = Tally(), application()
    for tally in tallies:
        total.merge(tally)
    reactions = {(service, f"{event} / {published}") for service, event, published in outcomes(app.services)}
    reacted = {(service, f"{event} / {published}") for service, event, published in total.reached}
    places = {(str(fault), step) for step, fault in steps(read_topology(assembly), app)}
    struck = {(str(fault), step) for step, fault in total.faults}
    return Coverage(
        _faults(total), _cells("reaction x outcome", reactions, reacted), _cells("step x fault", places, struck)
    )


def print_coverage(console: Console, found: Coverage) -> None:
    """Print the faults that were injected, by kind, and which cells were not reached, a line for those of a kind."""
    table = Table("fault", "injected", "at steps", box=None, pad_edge=False)
    for fault, (times, places) in found.faults.items():
        table.add_row(fault, f"{times:,}", str(places))
    console.print(table)
    for cells in (found.reactions, found.steps):
        console.print(f"coverage, {cells.name}: {cells.reached} of {cells.expected} cells reached")
        for head, missing in groupby(cells.missing, key=lambda cell: cell[0]):
            console.print(f"  not reached, {head}: {', '.join(cell for _, cell in missing)}", markup=False)


def _faults(total: Tally) -> dict[str, tuple[int, int]]:
    kinds = sorted({str(fault) for _, fault in total.faults})
    struck = {kind: [number for (_, fault), number in total.faults.items() if str(fault) == kind] for kind in kinds}
    return {kind: (sum(numbers), len(numbers)) for kind, numbers in struck.items()}


def _cells(name: str, expected: Collection[Cell], reached: Collection[Cell]) -> Cells:
    return Cells(name, len(expected), tuple(sorted(set(expected).difference(reached))))
