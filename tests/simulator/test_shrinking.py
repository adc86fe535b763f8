"""What is left of a failing schedule once everything that it does not take is gone."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from ensemble.simulating import Runs
from functions.shared.reactor import Reactor
from simulator.shrinking import shrunk

MANY = [str(number) for number in range(60)]


@pytest.mark.parametrize("needed", [{"7"}, {"0", "59"}, {"3", "4", "5"}, {"1", "20", "33", "58"}])
def test_only_what_the_failure_takes_is_left(needed: set[str]) -> None:
    assert set(shrunk(MANY, lambda kept: needed <= set(kept))) == needed


def test_a_failure_that_takes_nothing_is_shrunk_to_nothing() -> None:
    assert shrunk(MANY, lambda kept: True) == []


def test_no_single_disturbance_of_the_result_can_be_left_out() -> None:
    def fails(kept: Sequence[str]) -> bool:
        return ({"1", "2"} <= set(kept) or {"3"} <= set(kept)) and len(kept) >= 2

    kept = shrunk(MANY, fails)

    assert fails(kept)
    assert not any(fails([one for one in kept if one != left_out]) for left_out in kept)


def test_a_failing_schedule_is_shrunk_to_the_few_disturbances_that_it_takes(
    core: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Reactor, "_commit_intent", lambda self, row, *_: row)
    seed = next(seed for seed in range(2_000) if core(seed).violations)
    whole = core(seed)

    kept = shrunk(whole.disturbances, lambda some: bool(core(seed, keep=frozenset(some)).violations))

    assert len(kept) <= 8 < len(whole.disturbances)
    assert any(one.startswith("command: PlaceOrder") for one in kept)
    assert core(seed, keep=frozenset(kept)).violations
