"""`ensemble simulate`: what it tells, and its exit status."""

from __future__ import annotations

import inspect
import json
import os
import re
import runpy
import subprocess
import sys
from itertools import islice
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ensemble.command_line import parser
from ensemble.command_line.main import INTERRUPTED
from ensemble.command_line.parser import outcome as run
from ensemble.command_line.simulate import many, simulating
from ensemble.command_line.simulate.modes import WAYS
from ensemble.command_line.simulate.story import elapsed
from ensemble.command_line.simulate.verdict import Campaign
from ensemble.command_line.synthesis import FINGERPRINT, fingerprint
from ensemble.install import SCRIPT
from ensemble.simulator.application import Application
from ensemble.simulator.campaign import Tally
from ensemble.simulator.core_lane import CoreLane
from ensemble.simulator.faults import Fault
from functions.kit.reactor import Reactor
from tests.conftest import LENDING

LOST = Fault.EFFECT_ANSWER_LOST

TAKEN_OUT = "_commit_intent", lambda self, row, *_: row
"""A guard of the reactor, and what is in its place when it is taken out."""


@pytest.fixture(scope="module")
def failing(lending: Path) -> list[int]:
    """Return the first seeds that fail while the guard is taken out, and the courier did not learn of its parcel."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Reactor, *TAKEN_OUT)
        patch.setattr("ensemble.command_line.project.project_root", lambda: LENDING)
        run_one = simulating.simulation(lending / "cdk.out" / "assembly-dev", "core")
        outcomes = (run_one(seed) for seed in range(2_000))
        found = (one.seed for one in outcomes if one.violations and one.faults["courier effect", LOST])
        return list(islice(found, 2))


@pytest.fixture
def unguarded(monkeypatch: pytest.MonkeyPatch, failing: list[int]) -> int:
    """Take out the guard; return a seed that finds it."""
    monkeypatch.setattr(Reactor, *TAKEN_OUT)
    return failing[0]


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
    assert re.search(
        r"core lane .*: 60 schedules, 0 violated; [\d,]+ events, .* schedules a second per core; hash [0-9a-f]{16}",
        told,
    )
    assert re.search(r"left out, since it publishes nothing: \w+ in \d+%", told)
    assert re.search(r"full lane .*: 2 schedules, 0 violated", told)
    assert re.search(r"a crash +\d+", told)
    assert re.search(r"coverage, reaction x outcome: \d+ of 22 cells reached", told)
    assert len(re.findall(r"not reached, a crash: ", told)) <= 1 < len(re.findall(r"not reached, ", told)) <= 40


def test_one_seed_is_told_in_words_and_always_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    told = []
    for _ in range(2):
        assert run(["simulate", "--seed", "16", "--all"]) == 0
        told.append(capsys.readouterr().out)

    assert told[0] == told[1]
    assert "the bus takes AddCopies of bindery (opening-Emma)" in told[0]
    assert re.match(
        r"No invariant is violated\.\nseed 16, core lane: \d+ actions, .*, trace hash [0-9a-f]{32}\n", told[0]
    )


def test_a_violation_is_told_with_its_seed_shrunk_and_in_words(
    capsys: pytest.CaptureFixture[str], unguarded: int, monkeypatch: pytest.MonkeyPatch, assembly: Path
) -> None:
    status = _in_this_process(monkeypatch, assembly, "--first", str(unguarded), "--seeds", "1")

    told = capsys.readouterr().out
    shrunk = r"seed (\d+), core lane, shrunk from \d+ disturbances to \d: (loan-\d) is refused and was sent"
    found = re.search(shrunk, told)
    assert status == 1
    assert found is not None
    assert found[1] == str(unguarded)
    head, _, story = told.partition(f"\nRequestLoan {found[2]} (workflow ")
    assert f"\n  command: RequestLoan {found[2]}\n" in head
    assert re.search(r"\n! [\d:.]+ +courier +the provider does what was asked", story)
    again = f"ensemble simulate --seed {unguarded}"
    assert f"The whole of it: {again}; this again: {again} --shrunk" in story
    assert story.endswith(f"\nVIOLATED: 1 of 1 schedules violated an invariant: seed {unguarded} (core).\n")


def test_every_seed_that_failed_is_told_with_what_it_violates(
    capsys: pytest.CaptureFixture[str], unguarded: int, failing: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    earlier, later = failing

    def campaign(make: Any, lane: str, first: int, seeds: int, jobs: int | None) -> Any:
        sent, kept = "loan-2 is refused and was sent 1 times", "loan-3 is refused and its copies are not back"
        yield Tally(seconds=1.0, failures=[(earlier, sent), (98_765, sent.replace("2", "1")), (later, kept)])

    monkeypatch.setattr(many, "campaign", campaign)
    assert run(["simulate", "--seeds", "2000", "--full", "0"]) == 1

    told = capsys.readouterr().out
    assert f"core lane, violated by 2: loan-N is refused and was sent N times: seed {earlier}, 98765\n" in told
    assert f"core lane, violated by 1: loan-N is refused and its copies are not back: seed {later}\n" in told
    assert re.findall(r"seed (\d+), core lane, shrunk from", told) == [str(earlier), str(later)]


def test_one_seed_that_fails_is_told_shrunk_when_that_is_asked_for(
    capsys: pytest.CaptureFixture[str], unguarded: int
) -> None:
    assert run(["simulate", "--seed", str(unguarded), "--shrunk"]) == 1

    assert f"seed {unguarded}, core lane, shrunk from" in capsys.readouterr().out


def test_one_seed_that_fails_says_so_once(capsys: pytest.CaptureFixture[str], unguarded: int) -> None:
    assert run(["simulate", "--seed", str(unguarded)]) == 1

    assert len(re.findall(r"VIOLATED: loan-\d is refused and was sent", capsys.readouterr().out)) == 1


def test_a_seed_of_the_full_lane_that_goes_another_way_than_the_core_lane_fails(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CoreLane, "calls_of_a_record", 4)

    assert run(["simulate", "--seed", "0", "--lane", "full"]) == 1

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


def _in_this_process(monkeypatch: pytest.MonkeyPatch, assembly: Path, *options: str) -> int:
    """Run seeds here: what is patched would not be in another process."""

    def campaign(make: Any, lane: str, first: int, seeds: int, jobs: int | None) -> Any:
        tally = Tally(seconds=1.0)
        one = simulating.simulation(assembly, lane)
        for seed in range(first, first + seeds):
            tally.add(one(seed))
        yield tally

    monkeypatch.setattr(many, "campaign", campaign)
    return run(["simulate", "--full", "0", *options])


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


def test_a_seed_leads_with_the_verdict_and_the_workflow_that_the_violation_is_about(
    capsys: pytest.CaptureFixture[str], unguarded: int
) -> None:
    assert run(["simulate", "--seed", str(unguarded)]) == 1

    printed = capsys.readouterr().out
    lines = printed.splitlines()
    violated = re.fullmatch(r"VIOLATED: (loan-\d) is refused and was sent 1 times", lines[0])
    assert violated is not None
    assert lines[1].startswith(f"seed {unguarded}, core lane: ")
    assert lines[3].startswith(f"RequestLoan {violated[1]} (workflow ")
    assert "loan         RequestLoan: status requested → cancelling" not in printed
    assert re.search(r"^  [\d:.]+ +loan +(CancelLoan|timer): status requested → cancelling", printed, re.MULTILINE)
    assert re.search(r"^! [\d:.]+ +courier +the provider does what was asked, and does not$", printed, re.MULTILINE)
    assert max(map(len, lines[2:])) <= 80
    assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}-", printed)
    assert lines[-1] == f"Each action as it is: ensemble simulate --seed {unguarded} --all"


def test_a_campaign_ends_in_its_verdict_after_the_coverage(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, assembly: Path
) -> None:
    assert _in_this_process(monkeypatch, assembly, "--seeds", "20") == 0

    lines = capsys.readouterr().out.splitlines()
    verdict = "0 of 20 schedules violated an invariant. The general promises hold, and those of the scenario."
    assert lines[-1] == verdict
    assert any(line.startswith("coverage, ") for line in lines[:-1])


def test_a_campaign_of_a_project_without_a_scenario_says_that_no_business_was_judged(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, assembly: Path
) -> None:
    monkeypatch.setattr(simulating, "find_application", lambda _root, services, schemas: Application(services, schemas))

    assert _in_this_process(monkeypatch, assembly, "--seeds", "20") == 0

    assert capsys.readouterr().out.endswith("The general promises hold; nothing of your business was judged.\n")


def test_a_program_is_given_one_document_and_nothing_else(
    capsys: pytest.CaptureFixture[str], unguarded: int, monkeypatch: pytest.MonkeyPatch, assembly: Path
) -> None:
    assert _in_this_process(monkeypatch, assembly, "--first", str(unguarded), "--seeds", "2", "--json") == 1

    document = json.loads(capsys.readouterr().out)
    assert document["verdict"] == "violated"
    assert document["seeds"] == {
        "core": {"first": unguarded, "asked": 2, "run": 2},
        "full": {"first": unguarded, "asked": 0, "run": 0},
    }
    violated = document["violations"][0]
    assert (violated["seed"], violated["lane"]) == (unguarded, "core")
    assert re.fullmatch(r"loan-\d is refused and was sent 1 times", violated["text"])
    assert document["cells"]["reactions"]["expected"] == 22
    assert document["faults"]["the provider does what was asked, and does not answer"]["injected"] > 0
    assert document["duration_seconds"] >= 0


def test_an_interrupted_campaign_says_so_in_its_verdict() -> None:
    run = Campaign("dev", 0, {"core": 500}, {"core": Tally(schedules=100)}, 1.0, interrupted=True, judges_business=True)

    assert run.line() == (
        "0 of 100 schedules violated an invariant. The general promises hold, and those of the scenario. "
        "Interrupted: 400 were not run."
    )


def test_without_a_scenario_the_verdict_says_that_no_business_was_judged() -> None:
    run = Campaign("dev", 0, {"core": 9}, {"core": Tally(schedules=9)}, 1.0, interrupted=False, judges_business=False)

    assert run.line().endswith("The general promises hold; nothing of your business was judged.")


def test_many_violations_are_counted_and_the_first_are_named() -> None:
    failures = [(seed, "it is open") for seed in range(1_000, 1_012)]
    run = Campaign(
        "dev",
        0,
        {"core": 20_000},
        {"core": Tally(20_000, failures=failures)},
        1.0,
        interrupted=False,
        judges_business=True,
    )

    assert run.line().startswith(
        "VIOLATED: 12 of 20,000 schedules violated an invariant: seed 1000 (core), 1001 (core)"
    )
    assert run.line().endswith("1009 (core) and 2 more.")


def test_a_process_of_the_simulator_that_imports_the_command_runs_nothing(tmp_path: Path) -> None:
    script = tmp_path / "ensemble"
    script.write_text(SCRIPT.format(python=sys.executable))

    assert "run" in runpy.run_path(str(script), run_name="__mp_main__")
