"""The command line itself: help, and faults in one line."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.toolkit.command_line.conftest import Command

IMPORTS = """
import sys
from ensemble.command_line.main import run
try:
    run(["--help"])
finally:
    print("imported:", *sorted({name.partition(".")[0] for name in sys.modules}))
"""


def test_help_imports_nothing_that_takes_its_time() -> None:
    run = subprocess.run([sys.executable, "-c", IMPORTS], capture_output=True, text=True, check=True)

    imported = set(run.stdout.partition("imported:")[2].split())
    assert "ensemble" in imported
    assert not imported & {"aws_cdk", "botocore", "infrastructure", "jsii", "moto", "starlette", "uvicorn"}


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
        (["send", "RequestLoan", "--cuont", "2"], "No such option: --cuont"),
        (["send", "RequestLoan", "--count", "0"], "'--count'"),
        (["up", "--port", "x"], "'--port'"),
    ],
)
def test_wrong_usage_is_one_line_and_status_2(ensemble: Command, arguments: list[str], complaint: str) -> None:
    outcome = ensemble(*arguments)

    assert outcome.status == 2
    assert outcome.errors.count("\n") == 1
    assert complaint in outcome.errors


def test_a_complaint_ends_with_a_stop_before_the_advice(ensemble: Command) -> None:
    assert ensemble("up", "--port", "x").errors.endswith(". See `ensemble --help`.\n")
    assert ensemble("sned").errors.endswith("Did you mean 'send'? See `ensemble --help`.\n")


def test_ctrl_c_while_the_command_line_is_still_imported_ends_it_without_a_word(tmp_path: Path) -> None:
    (tmp_path / "typer.py").write_text("raise KeyboardInterrupt")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}

    run = subprocess.run([sys.executable, "-m", "ensemble", "up"], env=environment, capture_output=True, text=True)

    assert (run.returncode, run.stdout, run.stderr) == (130, "", "")
