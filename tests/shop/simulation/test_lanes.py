"""Both lanes take the same decisions about the shop, whose schedules are the same wherever they run."""

from __future__ import annotations

import pytest

from ensemble.command_line.simulate.simulating import Runs

HASHES = {
    1: "dfd02e2e8a0ba101e54c7edaa1c92cb7",
    2: "652c76caded0450e80b45dacfcf0c8c9",
    3: "89b47f1f8c3b7c006b8693a7a957987f",
    16: "825a83561c5874fd8188ff5cafcdc1b4",
    42: "99978ca8812a14455f20e45c186cadb4",
    700: "1a83b68dd8d2a5ce8926dedd03896a5d",
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


@pytest.mark.parametrize("lane", ["core", "full"])
def test_no_schedule_prints_what_functions_count(
    lane: str, core: Runs, full: Runs, capsys: pytest.CaptureFixture[str]
) -> None:
    {"core": core, "full": full}[lane](2)

    assert capsys.readouterr().out == ""
