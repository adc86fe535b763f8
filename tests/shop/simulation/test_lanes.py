"""Both lanes take the same decisions about the shop, whose schedules are the same wherever they run."""

from __future__ import annotations

import pytest

from ensemble.command_line.simulate.simulating import Runs

HASHES = {
    1: "dfd02e2e8a0ba101e54c7edaa1c92cb7",
    2: "394d2954581ac919ca9205efcfa0f646",
    3: "4718b2a976de1b348d95c34f03a94aba",
    16: "518b07233a6a81b7aeaf92304904e6a2",
    42: "99978ca8812a14455f20e45c186cadb4",
    700: "2967a4390ccb5dcef43c7a6a4aedabfd",
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
