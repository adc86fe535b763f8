"""Both lanes take the same decisions, and the same seed is the same schedule wherever it runs."""

from __future__ import annotations

import pytest

from ensemble.command_line.simulate.simulating import Runs

HASHES = {
    1: "3e386d5b1633d69339461139dec7b304",
    2: "92c53fc944e45b780b9621c3742b49d9",
    42: "164ef7ce90a98c466c2dc9799ba0dd55",
    100: "dcac241c21bae85a39bd38f5a6a32733",
}
"""The trace hashes of some seeds, as every machine and every Python must find them.

They are those of the library as it is: when its reactions, the stacks or the simulator were meant to change, renew
them.
"""


@pytest.mark.parametrize("seed", [*range(100, 112), 255])
def test_the_full_lane_does_what_the_core_lane_does(core: Runs, full: Runs, seed: int) -> None:
    expected, found = core(seed, recorded=True), full(seed, recorded=True)

    assert found.trace == expected.trace
    assert found.hash == expected.hash


def test_a_seed_is_the_same_schedule_each_time(core: Runs) -> None:
    assert core(7, recorded=True).trace == core(7, recorded=True).trace


@pytest.mark.parametrize("seed", HASHES)
def test_a_seed_is_the_same_schedule_on_every_machine(core: Runs, seed: int) -> None:
    assert core(seed, recorded=True).hash == HASHES[seed]


def test_two_seeds_are_two_schedules(core: Runs) -> None:
    assert core(7, recorded=True).hash != core(8, recorded=True).hash


def test_recording_changes_nothing(core: Runs) -> None:
    recorded, bare = core(14, recorded=True), core(14)

    assert (recorded.disturbances, recorded.faults, recorded.invocations) == (
        bare.disturbances,
        bare.faults,
        bare.invocations,
    )
