"""Both lanes take the same decisions about the shop, whose schedules are the same wherever they run."""

from __future__ import annotations

import pytest

from ensemble.command_line.simulate.simulating import Runs

HASHES = {
    1: "be1029f90c0047499b93dcc6b4f593ef",
    2: "e9d39415ece8b5eff1607c4ef9bcc533",
    3: "0a2cc5e95f5289e504986a649f41c39a",
    16: "abe6e688ea3e0ef39c0c19b6592e1063",
    42: "5479dfb6d612159091646ae599ddd142",
    700: "676a491f702cbdb9c399438a4f319b25",
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
