"""The command line as a test calls it, and the synthesized assembly where the commands look for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from ensemble.command_line.main import run
from ensemble.command_line.synthesis import FINGERPRINT, ROOT, fingerprint


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
