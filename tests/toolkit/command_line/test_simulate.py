"""`ensemble simulate`: what it tells, and its exit status."""

from __future__ import annotations

import inspect
import os
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ensemble.command_line import parser
from ensemble.command_line.main import INTERRUPTED
from ensemble.command_line.parser import outcome as run
from ensemble.command_line.simulate import many, simulating
from ensemble.command_line.simulate.failures import elapsed
from ensemble.command_line.simulate.modes import WAYS
from ensemble.command_line.synthesis import FINGERPRINT, fingerprint
from ensemble.simulator.application import Application
from ensemble.simulator.campaign import Tally
from ensemble.simulator.core_lane import CoreLane
from functions.kit.reactor import Reactor


@pytest.fixture
def unguarded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take out a guard: seed 25 finds it."""
    monkeypatch.setattr(Reactor, "_commit_intent", lambda self, row, *_: row)


@pytest.fixture(autouse=True)
def assembly(in_lending: Path) -> Path:
    """Simulate the library."""
    return in_lending


def test_many_seeds_are_told_with_their_speed_faults_and_coverage(lending: Path) -> None:
    """In a process of its own, as its workers find the project by where they run."""
    (lending / "cdk.out" / FINGERPRINT).write_text(fingerprint(lending))
    command = [sys.executable, "-m", "ensemble", "simulate", "--seeds", "60", "--full", "2", "--jobs", "2"]
    environment = {**os.environ, "PYTHONPATH": str(lending), "COLUMNS": "200"}
    run = subprocess.run(command, cwd=lending, env=environment, capture_output=True, text=True, check=False)

    told = run.stdout
    assert (run.returncode, run.stderr) == (0, "")
    assert re.search(r"core lane .*: 60 schedules, 0 violated; [\d,]+ events, .* schedules a second per core", told)
    assert re.search(r"full lane .*: 2 schedules, 0 violated", told)
    assert re.search(r"a crash +\d+", told)
    assert re.search(r"coverage, reaction x outcome: \d+ of 19 cells reached", told)
    assert len(re.findall(r"not reached, a crash: ", told)) <= 1 < len(re.findall(r"not reached, ", told)) <= 40
    assert told.endswith("The general promises hold, and those of the scenario.\n")


def test_without_a_scenario_the_verdict_says_that_no_business_was_judged(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, assembly: Path
) -> None:
    monkeypatch.setattr(simulating, "find_application", lambda _root, services, schemas: Application(services, schemas))
    assert _in_this_process(monkeypatch, assembly, seeds=20) == 0

    assert capsys.readouterr().out.endswith("The general promises hold; nothing of your business was judged.\n")


def test_one_seed_is_told_in_words_and_always_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    told = []
    for _ in range(2):
        assert run(["simulate", "--seed", "16"]) == 0
        told.append(capsys.readouterr().out)

    assert told[0] == told[1]
    assert "the bus takes RequestLoan of desk (loan_id-1)" in told[0]
    assert re.search(r"seed 16, core lane: \d+ actions, trace hash [0-9a-f]{32}\n$", told[0])


def test_a_violation_is_told_with_its_seed_shrunk_and_in_words(
    capsys: pytest.CaptureFixture[str], unguarded: None, monkeypatch: pytest.MonkeyPatch, assembly: Path
) -> None:
    status = _in_this_process(monkeypatch, assembly)

    head, _, timeline = capsys.readouterr().out.partition("\n 0d 00:00:")
    assert status == 1
    assert re.search(
        r"seed 25, core lane, shrunk from \d+ disturbances to \d: loan_id#loan_id-1 is refused and was sent", head
    )
    assert "\n  command: RequestLoan 1\n" in head
    assert "FAULT at" in timeline
    assert "VIOLATED: loan_id#loan_id-1 is refused and was sent" in timeline
    assert "The whole of it: ensemble simulate --seed 25; this again: ensemble simulate --seed 25 --shrunk" in timeline


def test_every_seed_that_failed_is_told_with_what_it_violates(
    capsys: pytest.CaptureFixture[str], unguarded: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def campaign(make: Any, lane: str, first: int, seeds: int, jobs: int | None) -> Any:
        refused, granted = (
            "loan_id#loan_id-1 is refused and was sent 1 times",
            "loan_id#loan_id-3 is granted and was sent",
        )
        yield Tally(
            seconds=1.0, failures=[(25, refused), (1234, refused.replace("1", "2")), (95, f"{granted} 2 times")]
        )

    monkeypatch.setattr(many, "campaign", campaign)
    assert run(["simulate", "--seeds", "2000", "--full", "0"]) == 1

    told = capsys.readouterr().out
    assert "core lane, violated by 2: loan_id#loan_id-N is refused and was sent N times: seed 25, 1234\n" in told
    assert "core lane, violated by 1: loan_id#loan_id-N is granted and was sent N times: seed 95\n" in told
    assert re.findall(r"seed (\d+), core lane, shrunk from", told) == ["25", "95"]


def test_one_seed_that_fails_is_told_shrunk_when_that_is_asked_for(
    capsys: pytest.CaptureFixture[str], unguarded: None
) -> None:
    assert run(["simulate", "--seed", "25", "--shrunk"]) == 1

    assert "seed 25, core lane, shrunk from" in capsys.readouterr().out


def test_one_seed_that_fails_says_so_once(capsys: pytest.CaptureFixture[str], unguarded: None) -> None:
    assert run(["simulate", "--seed", "25"]) == 1

    assert capsys.readouterr().out.count("VIOLATED: loan_id#loan_id-1 is refused and was sent") == 1


def test_a_seed_of_the_full_lane_that_goes_another_way_than_the_core_lane_fails(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CoreLane, "calls_of_a_record", 4)

    assert run(["simulate", "--seed", "25", "--lane", "full"]) == 1

    assert "VIOLATED: the full lane takes other decisions" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0.0, " 0d 00:00:00.000"), (691_202.1634, " 8d 00:00:02.163"), (86_399.9996, " 1d 00:00:00.000")],
)
def test_times_are_told_to_the_millisecond(seconds: float, told: str) -> None:
    assert elapsed(seconds) == told


def test_an_interrupted_campaign_tells_what_was_run_until_then(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def campaign(make: Any, lane: str, first: int, seeds: int, jobs: int | None) -> Any:
        yield Tally(schedules=100, seconds=2.0)
        raise KeyboardInterrupt

    monkeypatch.setattr(many, "campaign", campaign)
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
    monkeypatch.setattr(many, "campaign", campaign)
    monkeypatch.setattr(many, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    run(["simulate", "--seeds", "300", "--full", "0"])

    told = capsys.readouterr().out
    assert "core lane: 200 of 300\n" in told
    assert "core lane: 100 of 300" not in told


def _in_this_process(monkeypatch: pytest.MonkeyPatch, assembly: Path, seeds: int = 1) -> int:
    """Run seeds here: what is patched would not be in another process."""

    def campaign(make: Any, lane: str, first: int, seeds: int, jobs: int | None) -> Any:
        tally = Tally(seconds=1.0)
        one = simulating.simulation(assembly, lane)
        for seed in range(first, first + seeds):
            tally.add(one(seed))
        yield tally

    monkeypatch.setattr(many, "campaign", campaign)
    return run(["simulate", "--first", "25", "--seeds", str(seeds), "--full", "0"])


def test_the_lane_has_to_be_one_of_the_lanes(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["simulate", "--seed", "1", "--lane", "fast"]) == 2

    assert "fast" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("typed", "complaint"),
    [
        ("--lane full", "--lane means nothing without --seed"),
        ("--shrunk --seeds 5", "--shrunk means nothing"),
        ("--seed 1 --seeds 20000", "--seeds means nothing with --seed"),
        ("--seed 1 --full 1", "--full means nothing with --seed"),
        ("--seed 1 --first 1", "--first means nothing with --seed"),
        ("--seed 1 --jobs 1", "--jobs means nothing with --seed"),
        ("--exhaustive --mutants x", "--mutants means nothing with --exhaustive"),
        ("--exhaustive --seed 1", "--seed means nothing with --exhaustive"),
        ("--mutants x --seeds 1", "--seeds means nothing with --mutants"),
        ("--mutants x --lane core", "--lane means nothing with --mutants"),
        ("--seeds 0 --full 0", "nothing to run: no seeds in the core lane and no seeds in the full lane"),
    ],
)
def test_what_would_be_ignored_is_refused(typed: str, complaint: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["simulate", *typed.split()]) == 2

    told = capsys.readouterr()
    assert told.err.count("\n") == 1
    assert complaint in told.err
    assert not told.out


def test_every_option_of_a_simulation_belongs_to_a_way_to_run_it() -> None:
    options = set(inspect.signature(parser.simulate).parameters) - {"context", "environment"}

    assert options == {option for way in WAYS for option in way}
