"""Both lanes take the same decisions about the shop, whose schedules are the same wherever they run."""

from __future__ import annotations

import pytest

from ensemble.command_line.simulate.simulating import Runs

HASHES = {
    1: "e61f8f97fb04d1dbae585f2c9b9a0a82",
    2: "3a20cb5799a9f0b66cbf06ad2f5b2dd7",
    3: "260c3354006fb27c0b598e3f091aa972",
    16: "00be163d33e6cf4daf00ff18dd40a678",
    42: "4607aa59a95df8b1c0b238e4d2527081",
    700: "8ec821733d848e80c1897ebe05031b63",
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
