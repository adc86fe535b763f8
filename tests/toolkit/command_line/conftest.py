"""The command line as a test calls it, and the synthesized assembly where the commands look for it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from ensemble.command_line.main import run
from ensemble.command_line.synthesis import FINGERPRINT, fingerprint
from tests.conftest import LENDING, OWN, ROOT


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


@pytest.fixture
def in_lending(lending: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make the lending project, synthesized, the current one of this process; return its root.

    Its own folders are links to the fixture's: their modules are the ones that this process has imported.
    """
    root = tmp_path / "project"
    root.mkdir()
    for path in lending.iterdir():
        if path.name not in OWN:
            (root / path.name).symlink_to(path)
    (root / "schemas").symlink_to(LENDING / "schemas")
    (root / "functions").mkdir()
    for path in [ROOT / "functions" / "kit", *(LENDING / "functions").iterdir()]:
        (root / "functions" / path.name).symlink_to(path)
    (lending / "cdk.out" / FINGERPRINT).write_text(fingerprint(root))
    monkeypatch.setattr(sys, "path", [*sys.path])  # on which the commands put the project's root first
    monkeypatch.delenv("CDK_OUTDIR", raising=False)
    monkeypatch.chdir(root)
    return root


@pytest.fixture(scope="session")
def synthesized(assembly: Path) -> dict[str, str]:
    """Return the environment variables that let a command take the session's assembly."""
    (assembly / FINGERPRINT).write_text(fingerprint(ROOT))
    return {"CDK_OUTDIR": str(assembly)}
