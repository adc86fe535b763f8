"""`ensemble check --cdk-nag`: what cdk-nag finds in the stacks, which are synthesized once more with its packs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from rich.console import Console

from ensemble.command_line.errors import CheckFailed, SynthesisFailed, UsageRefused
from ensemble.command_line.progress import working
from ensemble.command_line.synthesis import synthesize
from ensemble.contracts.findings import Finding
from infrastructure.security import CONSUMER_ROLE, CONTEXT

ASSEMBLY = Path(".ensemble", "cdk-nag")
REPORT = "validation-report.json"
"""Where the CDK writes what validation plugins found, in the cloud assembly."""


def refuse_what_cdk_nag_finds(console: Console, root: Path) -> None:
    """Let cdk-nag look at the stacks of all stages.

    Raises CheckFailed with its findings, SynthesisFailed, and UsageRefused when cdk-nag is not installed.
    """
    if find_spec("cdk_nag") is None:
        raise UsageRefused("cdk-nag is not installed here. Fix: make setup")
    output = root / ASSEMBLY
    (output / REPORT).unlink(missing_ok=True)
    with working(console, "Asking cdk-nag"):
        try:
            synthesize(root, output, {CONTEXT: True})
        except SynthesisFailed:
            if not (output / REPORT).exists():
                raise
            raise CheckFailed(*_findings(output / REPORT)) from None


def _findings(report: Path) -> Iterator[Finding]:
    """Yield one finding for each resource and rule, and not one for each stage that has the same."""
    seen = set()
    for plugin in json.loads(report.read_text(encoding="utf-8"))["pluginReports"]:
        for violation in plugin["violations"]:
            rule = violation["ruleName"]
            for construct in violation["violatingConstructs"]:
                path = construct["constructPath"]
                one = (path.partition("/")[2], rule)
                if one not in seen:
                    yield Finding(path, f"{violation['description'].rstrip('.')} ({rule})", _fix(path, rule))
                seen.add(one)


def _fix(path: str, rule: str) -> str:
    """Return what to do about a finding: a consumer's role has a star by a service's own permission alone."""
    if path.endswith(CONSUMER_ROLE):
        return 'name what the star stands for in that Permission(...), or say why="..." in it'
    return f'mend it, or cdk.Validations.of(stack).acknowledge(cdk.Acknowledgment(id="{rule}", reason="..."))'
