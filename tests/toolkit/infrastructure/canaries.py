"""A project whose dev moves to new versions by canaries."""

from __future__ import annotations

from pathlib import Path

CANARY = "CodeDeployDefault.LambdaCanary10Percent5Minutes"


def with_canary(project: Path, canary: str = CANARY) -> Path:
    """Give every service of the project's `dev` a canary."""
    app = project / "app.py"
    before = '"dev": Configuration(\n'
    assert before in app.read_text()
    app.write_text(app.read_text().replace(before, f'{before}        canary="{canary}",\n'))
    return project
