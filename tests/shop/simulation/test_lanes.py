"""Both lanes take the same decisions about the shop, whose schedules are the same wherever they run."""

from __future__ import annotations

import pytest

from ensemble.command_line.simulate.simulating import Runs

HASHES = {
    1: "84fa492dcfdcdd01dc7a68cde24097d7",
    2: "2287a1f5a5719141712d42d78e024b39",
    3: "28a648b48cfc70de4b341d2a6e5f1e61",
    16: "c06bd2ec402bf1c0e3f608da4dec2529",
    42: "34d474001e06509f2438e1c852a7ae75",
    700: "beae8e4e78f1ee2c754408fa04655f40",
}
"""The trace hashes of some seeds, as every machine and every Python must find them.

They are those of the shop as it is: when its reactions, its stacks or the simulator were meant to change, renew them.
"""


@pytest.mark.parametrize("seed", [100, 101, 102, 255])
def test_the_full_lane_does_what_the_core_lane_does(core: Runs, full: Runs, seed: int) -> None:
    expected, found = core(seed, recorded=True), full(seed, recorded=True)

    assert found.trace == expected.trace
    assert found.hash == expected.hash


@pytest.mark.parametrize("seed", HASHES)
def test_a_seed_is_the_same_schedule_on_every_machine(core: Runs, seed: int) -> None:
    assert core(seed, recorded=True).hash == HASHES[seed]
