"""A project of which a stage moves to new versions by canaries."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import copy_lending, made_once, synthesize

CANARY = "CodeDeployDefault.LambdaCanary10Percent5Minutes"


def with_canary(project: Path, canary: str = CANARY, *, stage: str = "dev") -> Path:
    """Give every service of a stage of the project a canary."""
    app = project / "app.py"
    before = f'"{stage}": Configuration(\n'
    assert before in app.read_text()
    app.write_text(app.read_text().replace(before, f'{before}        canary="{canary}",\n'))
    return project


def project_with_canary(factory: pytest.TempPathFactory) -> Path:
    """Return the lending project of which `dev` has canaries, synthesized into its `cdk.out`; not to be changed."""

    def make(folder: Path) -> None:
        project = with_canary(copy_lending(folder / "project"))
        synthesize(project, project / "cdk.out", "dev")

    return made_once(factory, "canary", make) / "project"
