"""`ensemble simulate`: what it tells, and its exit status."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ensemble import simulate, simulating
from ensemble.command_line import outcome as run
from ensemble.main import INTERRUPTED
from functions.shared.reactor import Reactor
from simulator.campaign import Tally


@pytest.fixture(autouse=True)
def synthesized(assembly: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulate, "assembly_of", lambda *_: assembly / "assembly-dev")


def test_many_seeds_are_told_with_their_speed_faults_and_coverage(capsys: pytest.CaptureFixture[str]) -> None:
    status = run(["simulate", "--seeds", "60", "--full", "2", "--jobs", "2"])

    told = capsys.readouterr().out
    assert status == 0
    assert re.search(r"core lane .*: 60 schedules, 0 violated; [\d,]+ events, .* schedules a second per core", told)
    assert re.search(r"full lane .*: 2 schedules, 0 violated", told)
    assert re.search(r"a crash +\d+", told)
    assert re.search(r"coverage, reaction x outcome: \d+ of 25 cells reached", told)


def test_one_seed_is_told_in_words_and_always_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    told = []
    for _ in range(2):
        assert run(["simulate", "--seed", "16"]) == 0
        told.append(capsys.readouterr().out)

    assert told[0] == told[1]
    assert "the bus takes PlaceOrder of storefront (order-1)" in told[0]
    assert re.search(r"seed 16, core lane: \d+ actions, trace hash [0-9a-f]{32}\n$", told[0])


def test_a_violation_is_told_with_its_seed_shrunk_and_in_words(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, assembly: Path
) -> None:
    monkeypatch.setattr(Reactor, "_commit_intent", lambda self, row, *_: row)

    status = _in_this_process(monkeypatch, assembly)

    told = capsys.readouterr().out
    assert status == 1
    assert re.search(r"seed 5, core lane, shrunk from \d+ disturbances to \d:", told)
    assert "FAULT at payment" in told
    assert "VIOLATED: order-1 is cancelled and has paid" in told
    assert "The whole of it: ensemble simulate --seed 5" in told


def test_an_interrupted_campaign_tells_what_was_run_until_then(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def campaign(make: Any, lane: str, first: int, seeds: int, jobs: int | None) -> Any:
        yield Tally(schedules=100, seconds=2.0)
        raise KeyboardInterrupt

    monkeypatch.setattr(simulate, "campaign", campaign)
    status = run(["simulate", "--seeds", "500", "--full", "5"])

    told = capsys.readouterr().out
    assert status == INTERRUPTED
    assert "100 schedules, 0 violated" in told
    assert "full lane" not in told


def test_without_a_terminal_a_long_campaign_tells_a_line_a_minute(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def campaign(make: Any, lane: str, first: int, seeds: int, jobs: int | None) -> Any:
        for schedules in (100, 200, 300):
            yield Tally(schedules=schedules, seconds=2.0)

    clock = iter((0.0, 59.0, 61.0, 61.0, 62.0))
    monkeypatch.setattr(simulate, "campaign", campaign)
    monkeypatch.setattr(simulate, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    run(["simulate", "--seeds", "300", "--full", "0"])

    told = capsys.readouterr().out
    assert "core lane: 200 of 300\n" in told
    assert "core lane: 100 of 300" not in told


def _in_this_process(monkeypatch: pytest.MonkeyPatch, assembly: Path) -> int:
    """Run seeds here: what is patched would not be in another process."""

    def campaign(make: Any, lane: str, first: int, seeds: int, jobs: int | None) -> Any:
        tally = Tally(seconds=1.0)
        one = simulating.simulation(assembly / "assembly-dev", lane)
        for seed in range(first, first + seeds):
            tally.add(one(seed))
        yield tally

    monkeypatch.setattr(simulate, "campaign", campaign)
    return run(["simulate", "--first", "5", "--seeds", "1", "--full", "0"])


def test_the_lane_has_to_be_one_of_the_lanes(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["simulate", "--seed", "1", "--lane", "fast"]) == 2

    assert "fast" in capsys.readouterr().err
