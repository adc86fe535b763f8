"""The stacks are synthesized when, and only when, something they are made from has changed."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from ensemble.errors import SynthesisFailed, UsageRefused
from ensemble.synthesis import assembly_of, fingerprint

APP = """
import os, pathlib
out = pathlib.Path(os.environ["CDK_OUTDIR"])
(out / "assembly-dev").mkdir(parents=True, exist_ok=True)
with (out / "runs").open("a") as runs:
    runs.write("x")
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("CDK_OUTDIR", raising=False)
    (tmp_path / "functions").mkdir()
    (tmp_path / "functions" / "one.py").write_text("x = 1")
    (tmp_path / "app.py").write_text(APP)
    return tmp_path


def runs(project: Path) -> int:
    return len((project / "cdk.out" / "runs").read_text())


def assembly(project: Path, environment: str = "dev") -> Path:
    return assembly_of(environment, Console(file=StringIO()), project)


def test_an_unchanged_project_is_synthesized_once(project: Path) -> None:
    first, second = assembly(project), assembly(project)

    assert first == second == project / "cdk.out" / "assembly-dev"
    assert runs(project) == 1


def test_a_changed_source_is_synthesized_again(project: Path) -> None:
    assembly(project)

    (project / "functions" / "one.py").write_text("x = 2")
    assembly(project)

    assert runs(project) == 2


def test_a_renamed_or_a_new_source_is_a_change(project: Path) -> None:
    before = fingerprint(project)

    (project / "functions" / "one.py").rename(project / "functions" / "two.py")
    renamed = fingerprint(project)
    (project / "requirements.txt").write_text("")

    assert len({before, renamed, fingerprint(project)}) == 3


def test_compiled_code_is_no_change(project: Path) -> None:
    before = fingerprint(project)

    (project / "functions" / "__pycache__").mkdir()
    (project / "functions" / "__pycache__" / "one.pyc").write_bytes(b"x")

    assert fingerprint(project) == before


def test_an_app_that_fails_is_told_in_one_line_and_tried_again(project: Path) -> None:
    assembly(project)
    (project / "app.py").write_text("raise ValueError('the service loyalty has no state')")

    for _ in range(2):
        with pytest.raises(SynthesisFailed) as failure:
            assembly(project)

    assert str(failure.value) == (
        "the stacks do not synthesize: ValueError: the service loyalty has no state (for all of it: python app.py)"
    )


def test_going_back_after_a_failure_synthesizes_again(project: Path) -> None:
    assembly(project)
    (project / "app.py").write_text("raise SystemExit(3)")
    with pytest.raises(SynthesisFailed, match="it ended with status 3"):
        assembly(project)

    (project / "app.py").write_text(APP)
    assembly(project)

    assert runs(project) == 2


def test_an_environment_that_the_app_does_not_make_is_refused_with_those_it_makes(project: Path) -> None:
    with pytest.raises(UsageRefused, match="makes no environment 'test'; it makes dev"):
        assembly(project, "test")
