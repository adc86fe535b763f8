"""The assembly of a stage: that of `app.py`, or of a person's own, made by the CDK's context."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from ensemble.command_line.errors import UsageRefused
from ensemble.command_line.stage import assembly as module
from ensemble.command_line.stage.assembly import assembly_of_stage, region_of
from tests.conftest import LENDING


def place(folder: Path, environment: str) -> Path:
    """Write an assembly whose one stack may be deployed to this place."""
    stack = {"type": "aws:cloudformation:stack", "environment": environment, "properties": {}}
    (folder / "manifest.json").write_text(json.dumps({"artifacts": {"stack": stack}}))
    return folder


def test_a_stage_that_the_app_declares_is_synthesized_with_all_others(in_lending: Path) -> None:
    assert assembly_of_stage("dev", Console(quiet=True), LENDING) == in_lending


def test_a_person_s_own_is_synthesized_for_itself_by_the_context(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    def undeclared(*_: object) -> Path:
        raise UsageRefused("app.py makes no stage 'alice'")

    monkeypatch.setattr(module, "assembly_of", undeclared)
    monkeypatch.setattr(module, "synthesize", lambda root, output, context: asked.append((output, context)))
    monkeypatch.setattr(module, "stages", lambda output: {"alice": output / "assembly-alice"})

    found = assembly_of_stage("alice", Console(quiet=True), tmp_path)

    assert asked == [(tmp_path / ".ensemble" / "stages" / "alice", {"stage": "alice"})]
    assert found == asked[0][0] / "assembly-alice"


def test_an_app_that_makes_no_such_stage_either_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def undeclared(*_: object) -> Path:
        raise UsageRefused("app.py makes no stage 'alice'")

    monkeypatch.setattr(module, "assembly_of", undeclared)
    monkeypatch.setattr(module, "synthesize", lambda *_: None)
    monkeypatch.setattr(module, "stages", lambda _output: None)

    with pytest.raises(UsageRefused, match="makes no stage 'alice'"):
        assembly_of_stage("alice", Console(quiet=True), tmp_path)


@pytest.mark.parametrize(
    ("environment", "region"),
    [("aws://222222222222/eu-central-1", "eu-central-1"), ("aws://unknown-account/unknown-region", None)],
)
def test_the_region_is_the_stage_s_where_it_has_one_and_else_the_environment_s(
    environment: str, region: str | None, tmp_path: Path
) -> None:
    assert region_of(place(tmp_path, environment)) == region
