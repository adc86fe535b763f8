"""`python -m tests.shop.operations`: forecasts over 10,000 dead letters of simulated nights, and prints how right."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from ensemble.command_line.simulate.simulating import application
from ensemble.simulator.topology import read_topology
from tests.conftest import ROOT, synthesize
from tests.shop.operations.nights import played

NIGHTS = 320


def main() -> None:
    """Print what was said and what came of it, and each miss with what explains it."""
    with TemporaryDirectory() as folder:
        synthesize(ROOT, Path(folder) / "cdk.out")
        compared = played(range(NIGHTS), application(), read_topology(Path(folder) / "cdk.out" / "assembly-dev"))
    print(f"{compared.number:,} forecasts in {NIGHTS} nights, {100 * compared.right:.2f}% right")
    for (said, came), number in compared.forecasts.most_common():
        print(f"{number:8,} {said}, and it {'did' if said is came else f'was otherwise: {came}'}")
    for miss in compared.misses:
        print(f"a concurrent event: {miss}")
    for miss in compared.unexplained:
        print(f"UNEXPLAINED: {miss}")


main()
