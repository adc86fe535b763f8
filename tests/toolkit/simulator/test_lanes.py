"""Both lanes take the same decisions, and the same seed is the same schedule wherever it runs."""

from __future__ import annotations

import pytest

from ensemble.command_line.simulate.simulating import Runs

HASHES = {
    1: "3e386d5b1633d69339461139dec7b304",
    2: "26515b3ba5da1bda1bf7faa983b97df0",
    42: "88e91657351984c9d726a67cc08e2035",
    100: "c1860255ce4beb01e6bf6ff1d6eac578",
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
