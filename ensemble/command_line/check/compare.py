"""`ensemble compare`: what a change of any JSON schema does to those who read and write by it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rich.console import Console

from ensemble.command_line.errors import UsageRefused
from ensemble.contracts.comparison import Comparison, compare
from ensemble.contracts.containment import ABSENT, Answer, Containment
from ensemble.contracts.containment.wellformed import malformed
from ensemble.contracts.strict_json import NotJson, read_json

MEANING = {
    "backward": "the new reader takes whatever the old writer sends",
    "forward": "the old reader takes whatever the new writer sends",
}

ANSWERS: dict[Answer, bool | str] = {Answer.YES: True, Answer.NO: False, Answer.UNKNOWN: "unknown"}


def compare_files(console: Console, old: str, new: str, *, as_json: bool) -> bool:
    """Print how two schema files compare; return whether they are shown to be compatible both ways.

    Raises UsageRefused when a file cannot be read as a JSON schema.
    """
    try:
        comparison = compare(_schema(old), _schema(new))
    except RecursionError:
        raise UsageRefused(f"{old} or {new} is nested too deeply to be compared: make it flatter") from None
    console.print(_as_json(comparison) if as_json else _as_text(comparison), markup=False)
    return all(containment.answer is Answer.YES for _, containment in _directions(comparison))


def _schema(file: str) -> Any:
    try:
        schema = read_json(Path(file))
    except NotJson as error:
        raise UsageRefused(f"{file} cannot be read as a JSON schema: it {error}") from error
    except OSError as error:
        raise UsageRefused(f"{file} cannot be read as a JSON schema: {error.strerror}") from error
    for place, problem in malformed(schema):
        raise UsageRefused(f"{file} is no JSON schema: {place}: {problem}")
    return schema


def _directions(comparison: Comparison) -> list[tuple[str, Containment]]:
    return [("backward", comparison.backward), ("forward", comparison.forward)]


def _as_text(comparison: Comparison) -> str:
    lines = []
    for direction, containment in _directions(comparison):
        lines.append(f"{direction}: {containment.answer.value} ({MEANING[direction]})")
        for finding in containment.findings:
            lines.append(f"  {finding.path}: {finding.change}")
            if finding.witness is not ABSENT:
                lines.append(f"    refused: {json.dumps(finding.witness, ensure_ascii=False)}")
    return "\n".join([*lines, f"order to deploy in: {comparison.deploy_order}"])


def _as_json(comparison: Comparison) -> str:
    answers = {direction: ANSWERS[containment.answer] for direction, containment in _directions(comparison)}
    findings = [
        {"direction": direction, "path": finding.path, "change": finding.change}
        | ({} if finding.witness is ABSENT else {"witness": finding.witness})
        for direction, containment in _directions(comparison)
        for finding in containment.findings
    ]
    return json.dumps({**answers, "deploy_order": comparison.deploy_order, "findings": findings}, indent=2)
