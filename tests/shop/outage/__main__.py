"""`python -m tests.shop.outage`: plays the bad days of the shop and prints what came of each."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from ensemble.command_line.simulate.simulating import application
from ensemble.simulator.topology import Topology, read_topology
from scenarios.shop.simulation import Shop
from tests.conftest import ROOT, synthesize
from tests.shop.outage.cases import CASES
from tests.shop.outage.figures import Figures
from tests.shop.outage.table import table
from tests.shop.outage.timers import many_timers

TIMERS, FAILING = 90_000, 20


def main() -> None:
    """Print the table, and with `--timers` what becomes of 90,000 timers of one minute, which takes minutes."""
    progress, shop = Console(stderr=True), application()
    assert isinstance(shop, Shop)
    with TemporaryDirectory() as folder:
        synthesize(ROOT, Path(folder) / "cdk.out")
        stage = read_topology(Path(folder) / "cdk.out" / "assembly-dev")
        if sys.argv[1:] == ["--timers"]:
            print(_timers(shop, stage))
            return
        days: dict[str, Figures] = {}
        for case in CASES:
            with progress.status(case.name):
                days[case.name], violations = case.play(shop, stage)
            for violation in violations[:3]:
                progress.print(f"{case.name}: {violation}", style="red", highlight=False)
    print("\n".join(table(days)))


def _timers(shop: Shop, stage: Topology) -> str:
    figures = many_timers(shop, stage, TIMERS, FAILING)
    return (
        f"{figures.timers:,} timers of one minute: {figures.fired:,} fired, the last after {figures.seconds:.0f} s; "
        f"{figures.failed} failed, with {len(figures.dead_letters)} dead letters"
    )


main()
