"""`ensemble demo`: all stories, and an exit status that can be relied on."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest

from ensemble.scenario import Scenario
from scenarios.lending.scenario import SCENARIO
from tests.toolkit.command_line.conftest import Command


def play(monkeypatch: pytest.MonkeyPatch, scenario: Scenario | None) -> None:
    """Let the project have this scenario."""
    monkeypatch.setattr("ensemble.command_line.project.find_scenario", lambda _root: scenario)


def marked(output: str) -> list[str]:
    return [line.split("  ")[0] for line in output.splitlines() if line.startswith("✓")]


def test_the_demo_plays_all_stories_and_ends_with_status_0(ensemble: Command, in_lending: Path) -> None:
    outcome = ensemble("demo")

    assert (outcome.status, outcome.errors) == (0, "")
    assert marked(outcome.output) == [*(f"✓ {story.name}" for story in SCENARIO.stories), "✓ all together"]
    assert "All stories ended as they must" in outcome.output
    assert "✗" not in outcome.output


def test_a_story_that_ends_wrongly_is_marked_and_the_status_is_1(
    ensemble: Command, in_lending: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    play(
        monkeypatch,
        replace(SCENARIO, stories=(replace(SCENARIO.stories[1], end=("LoanGranted",)), SCENARIO.stories[0])),
    )

    outcome = ensemble("demo")

    assert outcome.status == 1
    assert "✗ none" in outcome.output
    assert "✗ it ended with none, not LoanGranted" in outcome.output
    assert ".ensemble/logs" in outcome.output


def test_a_long_story_comes_last_and_takes_no_real_time(
    ensemble: Command, in_lending: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    short, other, *_ = SCENARIO.stories
    late = replace(short, name="late", commands=(replace(short.commands[0], at=4_000.0),), within=5_000.0)
    play(monkeypatch, replace(SCENARIO, stories=(late, other)))
    began = time.monotonic()

    outcome = ensemble("demo")

    assert outcome.status == 0
    assert marked(outcome.output) == [f"✓ {other.name}", "✓ late", "✓ all together"]
    assert "4000." in outcome.output
    assert time.monotonic() - began < 60


def test_without_stories_an_example_of_each_command_is_played(
    ensemble: Command, in_lending: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    play(monkeypatch, Scenario(settings=SCENARIO.settings))

    outcome = ensemble("demo")

    assert outcome.status == 0
    assert marked(outcome.output) == ["✓ AddCopies", "✓ CancelLoan", "✓ RequestLoan"]
    assert "LoanRequested" in outcome.output
    assert "No story says how it must end" in outcome.output


def test_an_environment_that_is_not_there_is_one_line_and_status_2(ensemble: Command, in_lending: Path) -> None:
    outcome = ensemble("demo", "--environment", "test")

    assert outcome.status == 2
    assert outcome.errors == "ensemble: app.py makes no stage 'test'; it makes dev, prod\n"
