"""What a campaign reached: the faults that were injected, and the cells that it did not come to."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from itertools import groupby
from pathlib import Path

from rich.console import Console
from rich.table import Table

from ensemble.command_line.simulate.simulating import application
from ensemble.simulator.campaign import Tally
from ensemble.simulator.coverage import outcomes, steps
from ensemble.simulator.topology import read_topology

Cells = Collection[tuple[str, str]]
"""Each as what it is told under, and what is told there."""


def tell_coverage(console: Console, assembly: Path, tallies: Iterable[Tally]) -> None:
    """Tell the faults that were injected, by kind, and which cells were not reached, a line for those of a kind."""
    total, app = Tally(), application()
    for tally in tallies:
        total.merge(tally)
    _tell_faults(console, total)
    expected = {(service, f"{event} / {said}") for service, event, said in outcomes(app.services)}
    reached = {(service, f"{event} / {said}") for service, event, said in total.reached}
    _tell_cells(console, "reaction x outcome", expected, reached)
    expected = {(str(fault), step) for step, fault in steps(read_topology(assembly), app)}
    reached = {(str(fault), step) for step, fault in total.faults}
    _tell_cells(console, "step x fault", expected, reached)


def _tell_faults(console: Console, total: Tally) -> None:
    table = Table("fault", "injected", "at steps", box=None, pad_edge=False)
    for fault in sorted({fault for _, fault in total.faults}):
        struck = [number for (_, kind), number in total.faults.items() if kind == fault]
        table.add_row(str(fault), f"{sum(struck):,}", str(len(struck)))
    console.print(table)


def _tell_cells(console: Console, name: str, expected: Cells, reached: Cells) -> None:
    missing = sorted(set(expected).difference(reached))
    console.print(f"coverage, {name}: {len(expected) - len(missing)} of {len(expected)} cells reached")
    for head, cells in groupby(missing, key=lambda cell: cell[0]):
        console.print(f"  not reached, {head}: {', '.join(cell for _, cell in cells)}", markup=False)
