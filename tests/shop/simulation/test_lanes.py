"""Both lanes take the same decisions about the shop, whose schedules are the same wherever they run."""

from __future__ import annotations

import pytest

from ensemble.command_line.simulate.simulating import Runs

HASHES = {
    1: "06039640ce186dc5d1b563a121474069",
    2: "80ccb2a806cc4b08ace7a4be9bd28df3",
    3: "713a1b92e3da191fe62c83f60c5c7be9",
    16: "abdfcdb1621bb0590e3b849f8b3ba38b",
    42: "52c5dbab23957446fb0a283822541a70",
    700: "7b3719fbbaa733e20d812736e9ff8930",
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
