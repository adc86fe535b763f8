"""Help, version and completion: whole at 80 columns, and quick."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from ensemble.command_line.parser import app
from ensemble.version import version
from tests.toolkit.command_line.conftest import Command


def commands(group: TyperGroup, *above: str) -> Iterator[tuple[str, ...]]:
    yield above
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from commands(command, *above, name)
        else:
            yield (*above, name)


def root() -> TyperGroup:
    group = get_command(app)
    assert isinstance(group, TyperGroup)
    return group


ALL = list(commands(root()))


@pytest.mark.parametrize("words", ALL, ids=lambda words: " ".join(words) or "ensemble")
def test_the_help_of_each_command_fits_80_columns_and_cuts_no_sentence(
    words: tuple[str, ...], ensemble: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")

    outcome = ensemble(*words, "--help")

    assert outcome.status == 0
    assert max(map(len, outcome.output.splitlines())) <= 80
    assert not re.search(r"\w\.\.\.|…", outcome.output)


def test_every_command_is_in_a_section_of_the_help(ensemble: Command) -> None:
    output = ensemble("--help").output

    assert "Commands:" not in output
    assert all(re.search(rf"^  {name} ", output, re.MULTILINE) for name in root().commands)


def test_the_version_is_that_of_the_toolkit(ensemble: Command) -> None:
    outcome = ensemble("--version")

    assert (outcome.status, outcome.output) == (0, f"ensemble {version()}\n")


def complete(typed: str, word: int) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "_ENSEMBLE_COMPLETE": "complete_bash", "COMP_WORDS": typed, "COMP_CWORD": str(word)}
    begin = (
        "import sys; from ensemble.command_line.main import run\n"
        "try: run()\n"
        "finally: print('imported:', *sys.modules, file=sys.stderr)"
    )
    return subprocess.run([sys.executable, "-c", begin], env=environment, capture_output=True, text=True, check=True)


@pytest.mark.parametrize(
    ("typed", "word", "completed"),
    [
        ("ensemble si", 1, ["simulate"]),
        ("ensemble export asy", 2, ["asyncapi"]),
        ("ensemble check --js", 2, ["--json"]),
    ],
)
def test_a_shell_completes_commands_and_options_without_loading_what_runs_them(
    typed: str, word: int, completed: list[str]
) -> None:
    run = complete(typed, word)

    assert run.stdout.split() == completed
    imported = {name.partition(".")[0] for name in run.stderr.partition("imported:")[2].split()}
    assert not imported & {"aws_cdk", "botocore", "infrastructure", "jsii", "moto", "starlette", "uvicorn"}


def test_the_completion_script_is_for_the_command_as_it_is_typed(
    ensemble: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Typer writes it for the shell that it was started from, which may be any.
    monkeypatch.setattr("shellingham.detect_shell", lambda: ("bash", "bash"))

    assert "_ENSEMBLE_COMPLETE=complete_bash" in ensemble("--show-completion").output
