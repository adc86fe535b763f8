"""The assembly of a stage that is deployed, or is to be: one that `app.py` declares, or a person's own."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from ensemble.aws.account import Account
from ensemble.aws.assembly import account_of
from ensemble.command_line.errors import UsageRefused
from ensemble.command_line.progress import working
from ensemble.command_line.synthesis import assembly_of, stages, synthesize
from infrastructure.naming import CONTEXT

OWN_STAGES = Path(".ensemble", "stages")
"""Where the stages are synthesized that no `app.py` declares, below the project's root."""


def assembly_of_stage(stage: str, console: Console, root: Path) -> Path:
    """Return the stage's assembly: what `cdk deploy -c stage=<stage>` would deploy. Raises CommandFailed."""
    try:
        return assembly_of(stage, console, root)
    except UsageRefused:
        output = root / OWN_STAGES / stage
        with working(console, f"Synthesizing {stage}, which app.py does not declare"):
            synthesize(root, output, {CONTEXT: stage})
        made = stages(output) or {}
        if stage not in made:
            raise
        return made[stage]


def region_of(assembly: Path) -> str | None:
    """Return the region that the stage may be deployed in; None where that is what the environment says."""
    account = account_of(assembly)
    return None if account == Account() else account.region
