"""`ensemble demo`: all stories on the real clock, and an exit status that can be relied on."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace

import pytest

from ensemble.command_line.run.stories import COMPLETED, STORIES
from tests.toolkit.command_line.conftest import Command


def test_the_demo_plays_all_stories_and_ends_with_status_0(synthesized: dict[str, str]) -> None:
    environment = {**os.environ, **synthesized, "COLUMNS": "120"}
    command = [sys.executable, "-m", "ensemble", "demo"]

    run = subprocess.run(command, env=environment, capture_output=True, text=True)

    assert (run.returncode, run.stderr) == (0, "")
    assert [line.split("  ")[0] for line in run.stdout.splitlines() if line.startswith("✓")] == [
        *(f"✓ {story.name}" for story in STORIES),
        "✓ all together",
    ]
    assert "All stories ended as they must" in run.stdout
    assert "✗" not in run.stdout


def test_a_story_that_ends_wrongly_is_marked_and_the_status_is_1(
    ensemble: Command, synthesized: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CDK_OUTDIR", synthesized["CDK_OUTDIR"])
    monkeypatch.setattr("ensemble.command_line.run.demo.STORIES", (replace(STORIES[1], end=COMPLETED),))

    outcome = ensemble("demo")

    assert outcome.status == 1
    assert "✗ OrderCancelled" in outcome.output
    assert "✗ it ended with OrderCancelled, not OrderCompleted" in outcome.output
    assert ".ensemble/logs" in outcome.output


def test_an_environment_that_is_not_there_is_one_line_and_status_2(
    ensemble: Command, synthesized: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CDK_OUTDIR", synthesized["CDK_OUTDIR"])

    outcome = ensemble("demo", "--environment", "test")

    assert outcome.status == 2
    assert outcome.errors == "ensemble: app.py makes no environment 'test'; it makes dev, prod\n"
