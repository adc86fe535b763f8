"""A slice of seeds of the lending library: what a campaign judges, reaches and leaves out."""

from __future__ import annotations

from collections import Counter

import pytest

from ensemble.command_line.simulate.simulating import Runs
from ensemble.simulator.application import Application
from ensemble.simulator.chance import Chance
from ensemble.simulator.coverage import outcomes
from ensemble.simulator.faults import CALM, Fault, profile_of
from ensemble.simulator.schedule import Outcome
from functions.kit.sweep import Sweep
from scenarios.lending.asked import WAYS
from tests.conftest import NAMES

SLICE = 300
SLICE_OF_FULL = 10


@pytest.fixture(scope="module")
def slice_of_core(core: Runs) -> list[Outcome]:
    return [core(seed) for seed in range(SLICE)]


def test_no_schedule_of_the_slice_violates_an_invariant(slice_of_core: list[Outcome]) -> None:
    assert [(one.seed, one.violations) for one in slice_of_core if one.violations] == []


def test_a_sweep_fails_only_by_what_aws_answers(core: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(*_: object) -> None:
        raise KeyError("a mistake")

    monkeypatch.setattr(Sweep, "send_due", run)

    outcome = core(0, profile=CALM, commands=WAYS["granted"])

    assert outcome.violations == [f"{NAMES.consumer('loan')} fails as a whole: KeyError"]


def test_no_schedule_of_the_full_lane_violates_an_invariant(full: Runs) -> None:
    found = [(seed, full(seed).violations) for seed in range(SLICE_OF_FULL)]

    assert [failure for failure in found if failure[1]] == []


def test_the_slice_reaches_every_outcome_of_every_reaction(
    slice_of_core: list[Outcome], application: Application
) -> None:
    reached: Counter[tuple[str, str, str]] = sum((one.reached for one in slice_of_core), Counter())

    assert outcomes(application.services) <= set(reached)


def test_who_opted_in_to_replay_takes_part_wherever_something_is_replayed(slice_of_core: list[Outcome]) -> None:
    replayed = [one for one in slice_of_core if profile_of(Chance(one.seed)).rate(Fault.REPLAYED)]
    to_be_counted = [one for one in replayed if ("loan", "RequestLoan", "LoanRequested") in one.reached]

    assert len(to_be_counted) > 100
    assert all(any(service == "figures" for service, _, _ in one.reached) for one in to_be_counted)
