"""The command line itself: help, and faults in one line."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.ensemble.conftest import Command

IMPORTS = """
import sys
from ensemble.main import run
try:
    run(["--help"])
finally:
    print("imported:", *sorted({name.partition(".")[0] for name in sys.modules}))
"""


def test_help_imports_nothing_that_takes_its_time() -> None:
    run = subprocess.run([sys.executable, "-c", IMPORTS], capture_output=True, text=True, check=True)

    imported = set(run.stdout.partition("imported:")[2].split())
    assert "ensemble" in imported
    assert not imported & {"aws_cdk", "botocore", "infrastructure", "jsii", "local", "moto", "starlette", "uvicorn"}


@pytest.mark.parametrize("command", ["up", "send", "demo"])
def test_each_command_explains_itself_with_an_example(ensemble: Command, command: str) -> None:
    outcome = ensemble(command, "--help")

    assert outcome.status == 0
    assert f"\n    ensemble {command}" in outcome.output


def test_no_command_shows_the_help(ensemble: Command) -> None:
    assert "Usage: ensemble" in ensemble().output


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["sned"], "No such command 'sned'"),
        (["send"], "Missing argument 'TYPE'"),
        (["send", "PlaceOrder", "--cuont", "2"], "No such option: --cuont"),
        (["send", "PlaceOrder", "--count", "0"], "'--count'"),
        (["up", "--port", "x"], "'--port'"),
    ],
)
def test_wrong_usage_is_one_line_and_status_2(ensemble: Command, arguments: list[str], complaint: str) -> None:
    outcome = ensemble(*arguments)

    assert outcome.status == 2
    assert outcome.errors.count("\n") == 1
    assert complaint in outcome.errors
