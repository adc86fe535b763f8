"""What is left of a failing schedule once everything that it does not take is gone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

import pytest

from ensemble.command_line.simulate.simulating import Runs
from ensemble.simulator.schedule import Outcome
from ensemble.simulator.shrinking import kind, shrunk, shrunk_run
from functions.kit.reactor import Reactor

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

    kept = shrunk_run(whole, lambda some: core(seed, keep=some))

    assert len(kept) <= 8 < len(whole.disturbances)
    assert any(one.startswith("command: RequestLoan") for one in kept)
    assert kind(core(seed, keep=frozenset(kept)).violations[0]) == kind(whole.violations[0])


def test_what_breaks_something_else_is_not_what_is_looked_for() -> None:
    def run(kept: Collection[str]) -> Outcome:
        if "a crash" in kept:
            return _outcome("loan-2 was sent 10 times" if "command: RequestLoan" in kept else "it is lost")
        return _outcome(*("another thing" for _ in kept))

    whole = _outcome("loan-1 was sent 5 times", happened=["command: RequestLoan", "command: Other", "a crash"])

    assert set(shrunk_run(whole, run)) == {"command: RequestLoan", "a crash"}


def test_commands_stay_when_a_judge_complains_of_them_though_nothing_happens() -> None:
    def run(kept: Collection[str]) -> Outcome:
        return _outcome("loan-1 never ends")

    whole = _outcome("loan-1 never ends", happened=["command: RequestLoan", "a crash", "command: CancelLoan"])

    assert shrunk_run(whole, run) == ["command: RequestLoan", "command: CancelLoan"]


def test_commands_go_when_the_violation_takes_none() -> None:
    def run(kept: Collection[str]) -> Outcome:
        return _outcome(*(["it does not come to rest"] if "a poison message: 1" in kept else []))

    whole = _outcome("it does not come to rest", happened=["command: RequestLoan", "a poison message: 1"])

    assert shrunk_run(whole, run) == ["a poison message: 1"]


def test_a_run_that_does_not_fail_again_is_not_shrunk() -> None:
    whole = _outcome("loan-1 never ends", happened=["command: RequestLoan", "a crash"])

    assert shrunk_run(whole, lambda _: _outcome()) == ["command: RequestLoan", "a crash"]


def _outcome(*violations: str, happened: Sequence[str] = ()) -> Outcome:
    return Outcome(0, list(violations), list(happened), Counter(), Counter(), events=0, invocations=0)
