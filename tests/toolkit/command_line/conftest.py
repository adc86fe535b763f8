"""The command line as a test calls it, and the synthesized assembly where the commands look for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ensemble.command_line.main import run
from ensemble.command_line.synthesis import FINGERPRINT, fingerprint
from ensemble.laptop import Laptop, VirtualClock
from scenarios.lending.scenario import SCENARIO
from tests.conftest import LENDING, ROOT


@dataclass(frozen=True)
class Outcome:
    """What a command printed and the status it ended with."""

    status: int
    output: str
    errors: str


Command = Callable[..., Outcome]


@pytest.fixture
def ensemble(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """Return a function that runs `ensemble` with the given arguments in this process."""
    monkeypatch.setenv("COLUMNS", "120")

    def command(*arguments: str) -> Outcome:
        with pytest.raises(SystemExit) as exit:
            run(arguments)
        printed = capsys.readouterr()
        return Outcome(int(exit.value.code or 0), printed.out, printed.err)

    return command


@pytest.fixture(scope="session")
def synthesized(assembly: Path) -> dict[str, str]:
    """Return the environment variables that let a command take the session's assembly."""
    (assembly / FINGERPRINT).write_text(fingerprint(ROOT))
    return {"CDK_OUTDIR": str(assembly)}


@pytest.fixture
def in_lending(lending: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Let the commands of this process work on the fixture's domain, as synthesized; return its assembly."""
    made = lending / "cdk.out"
    (made / FINGERPRINT).write_text(fingerprint(LENDING))
    monkeypatch.setenv("CDK_OUTDIR", str(made))
    monkeypatch.setattr("ensemble.command_line.project.project_root", lambda: LENDING)
    monkeypatch.setattr("ensemble.command_line.run.running.logs_of", lambda _root: tmp_path / ".ensemble" / "logs")
    return made / "assembly-dev"


@pytest.fixture(scope="module")
def library(lending: Path) -> Iterator[Laptop]:
    """One laptop for all tests of a module, since loading the functions takes two seconds."""
    with Laptop(lending / "cdk.out" / "assembly-dev", VirtualClock(), settings=SCENARIO.settings) as laptop:
        yield laptop
