"""A slice of what `make simulate` runs of the shop: fixed seeds, and every seed that ever found something."""

from __future__ import annotations

from collections import Counter

import pytest

from ensemble.command_line.simulate.simulating import Runs
from ensemble.simulator.chance import Chance
from ensemble.simulator.coverage import outcomes
from ensemble.simulator.faults import Fault, profile_of
from ensemble.simulator.schedule import Outcome
from scenarios.shop.simulation import Shop

FOUND_SOMETHING = (
    0,
    2,
    3,
    4,
    5,
    7,
    14,
    16,
    17,
    18,
    19,
    21,
    22,
    24,
    34,
    48,
    60,
    353,
    700,
    731,
    2364,
    2904,
    3278,
    5309,
    6517,
    8101,
    8586,
    11_237,
    11_643,
    15_448,
    15_606,
    25_495,
    29_297,
    44_950,
    87_737,
    89_444,
    592_810,
)
"""Seeds that a guard taken out, or a mistake in the simulator itself, once made fail.

Of five that found that copies of a record grow without end, two are here. 47,105, 67,985 and 38,398 take up to 20
seconds: 87,737 finds what the first two do, and for the last `tests/kit/test_waiting.py` has a case without a schedule.
"""

SLICE = 500
SLICE_OF_FULL = 15


@pytest.fixture(scope="module")
def slice_of_core(core: Runs) -> list[Outcome]:
    return [core(seed) for seed in range(SLICE)]


def test_no_schedule_of_the_slice_violates_an_invariant(slice_of_core: list[Outcome]) -> None:
    assert [(one.seed, one.violations) for one in slice_of_core if one.violations] == []


@pytest.mark.parametrize("seed", FOUND_SOMETHING)
def test_no_seed_that_once_failed_fails(core: Runs, slice_of_core: list[Outcome], seed: int) -> None:
    outcome = slice_of_core[seed] if seed < SLICE else core(seed)

    assert outcome.violations == []


def test_no_schedule_of_the_full_lane_violates_an_invariant(full: Runs) -> None:
    found = [(seed, full(seed).violations) for seed in range(SLICE_OF_FULL)]

    assert [failure for failure in found if failure[1]] == []


def test_the_slice_reaches_every_outcome_of_every_reaction(slice_of_core: list[Outcome], shop: Shop) -> None:
    reached: Counter[tuple[str, str, str]] = sum((one.reached for one in slice_of_core), Counter())

    assert outcomes(shop.services) <= set(reached)


def test_who_opted_in_to_replay_takes_part_wherever_something_is_replayed(slice_of_core: list[Outcome]) -> None:
    replayed = [one for one in slice_of_core if profile_of(Chance(one.seed)).rate(Fault.REPLAYED)]
    to_be_counted = [one for one in replayed if ("order", "PlaceOrder", "OrderPlaced") in one.reached]

    assert len(to_be_counted) > 0.3 * SLICE
    assert all(any(service == "analytics" for service, _, _ in one.reached) for one in to_be_counted)
