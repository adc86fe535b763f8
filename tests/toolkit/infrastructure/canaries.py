"""A project of which a stage moves to new versions by canaries."""

from __future__ import annotations

from pathlib import Path

CANARY = "CodeDeployDefault.LambdaCanary10Percent5Minutes"


def with_canary(project: Path, canary: str = CANARY, *, stage: str = "dev") -> Path:
    """Give every service of a stage of the project a canary."""
    app = project / "app.py"
    before = f'"{stage}": Configuration(\n'
    assert before in app.read_text()
    app.write_text(app.read_text().replace(before, f'{before}        canary="{canary}",\n'))
    return project
