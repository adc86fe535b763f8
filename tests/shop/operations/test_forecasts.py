"""What a forecast says of dead letters is what comes of them, in nights with many faults."""

from __future__ import annotations

from pathlib import Path

from ensemble.command_line.dead_letters.forecast import Ahead
from ensemble.command_line.simulate.simulating import application
from ensemble.simulator.topology import read_topology
from tests.shop.operations.nights import played


def test_forecasts_are_right_but_for_concurrent_events(assembly: Path) -> None:
    compared = played(range(16), application(), read_topology(assembly / "assembly-dev"))

    assert compared.unexplained == []
    assert compared.right >= 0.999
    for ahead in (Ahead.COMMITS, Ahead.DUPLICATE, Ahead.FAILS):
        assert compared.forecasts[ahead, ahead] > 30
