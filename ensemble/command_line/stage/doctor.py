"""The command `ensemble doctor`: what of a stage is otherwise than its templates say, and what mends it.

It reads by AWS's own APIs and changes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from rich.console import Console

from ensemble.aws.resource_types import FUNCTION
from ensemble.aws.types.table import RUN
from ensemble.command_line.project import root_of_project
from ensemble.command_line.stage.account import Account, aws_answers, deployed_in
from ensemble.command_line.stage.place import Place
from ensemble.command_line.stage.stacks import Stacks
from ensemble.command_line.stage.synthesized import Synthesized, stacks_in
from ensemble.command_line.terminal import error_console, printable
from ensemble.doctor.expected import expected_in
from ensemble.doctor.looking import Drift, Report, look

Json = dict[str, Any]

NOT_RUN = {type: frozenset(known.listed) for type, known in RUN.items()}
NOT_RUN[FUNCTION] |= {"Environment"}
"""What is not compared on the laptop AWS: what it passes over, and settings, which are those of the scenario there."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is otherwise, in a sentence, and the command that mends it."""

    sentence: str
    command: str
    stack: str
    drift: Drift | None = None

    def as_json(self) -> Json:
        """Return what docs/json.md describes."""
        about: Json = {"stack": self.stack, "type": None, "name": None, "property": None, "is": None, "says": None}
        if self.drift is not None:
            one = self.drift
            about |= {"type": one.resource.type, "name": one.name, "property": one.path or None}
            about |= {"is": one.there or None, "says": one.wanted or None}
        return {"sentence": self.sentence, "command": self.command, **about}


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What was found of a stage, and what was looked at."""

    stage: str
    findings: tuple[Finding, ...]
    report: Report

    def as_json(self) -> Json:
        """Return the document that docs/json.md describes."""
        unknown = self.report.unknown.items()
        return {
            "stage": self.stage,
            "fine": not self.findings,
            "findings": [one.as_json() for one in self.findings],
            "not_known": [{"type": type, "property": name, "why": why} for (type, name), why in unknown],
            "looked_at": dict(self.report.looked_at),
            "not_looked_at": dict(self.report.others),
        }


def doctor(console: Console, place: Place, *, as_json: bool) -> bool:
    """Print what is otherwise; return whether nothing is. Raises CommandFailed."""
    root = root_of_project()
    assembly = place.assembly(error_console() if as_json else console, root)
    found = diagnosis(place, assembly, place.account(assembly))
    if as_json:
        print(json.dumps(found.as_json(), indent=2))
    else:
        _show(console, found)
    return not found.findings


def diagnosis(place: Place, assembly: Path, account: Account) -> Diagnosis:
    """Compare a stage with its assembly. Raises AwsFailed."""
    client = cache(account.client)
    with aws_answers():
        number = deployed_in(assembly, client)
        synthesized = stacks_in(assembly)
        deployed = None if place.is_laptop else _deployed(Stacks(client("cloudformation")), synthesized)
        there = [
            one for one in expected_in(assembly, number) if deployed is None or deployed.get(one.stack) is not None
        ]
        report = look(there, client, NOT_RUN if place.is_laptop else {})
    mending = Mending(place, {one.name: one for one in synthesized}, deployed)
    findings = (*mending.of_stacks(), *(mending.of(drift) for drift in report.drifts))
    return Diagnosis(place.stage, findings, report)


def _deployed(stacks: Stacks, synthesized: Sequence[Synthesized]) -> dict[str, Json | None]:
    """Return the template that each stack was deployed by; None for one that is not there."""
    there = stacks.named([one.name for one in synthesized])
    return {one.name: stacks.template(one.name) if one.name in there else None for one in synthesized}


@dataclass(frozen=True, slots=True)
class Mending:
    """Knows what mends a stage. `deployed`: the templates that it was deployed by; None where nothing tells them."""

    place: Place
    stacks: Mapping[str, Synthesized]
    deployed: Mapping[str, Json | None] | None

    def of_stacks(self) -> Iterator[Finding]:
        """Yield what is to say of stacks as a whole."""
        for name, template in (self.deployed or {}).items():
            stack = self.stacks[name]
            if template is None:
                yield Finding(f"stack {name} is not deployed.", self._deploy(stack), name)
            elif template != stack.template:
                sentence = f"stack {name} was deployed from another template than this tree's."
                yield Finding(sentence, f"ensemble plan --stage {self.place.stage}", name)

    def of(self, drift: Drift) -> Finding:
        """Return a drift with what mends it. A deployment changes nothing of which the template stays the same, unless
        it is told to (AWS CloudFormation User Guide, "Using drift-aware change sets")."""
        one = drift.resource
        if self.place.is_laptop:
            command = self._at_endpoint(drift.mend.command) if drift.mend else "ensemble up"
        elif self._is_other(drift):
            command = f"ensemble plan --stage {self.place.stage}"
        elif drift.mend is None:
            command = f"{self._deploy(self.stacks[one.stack])} --revert-drift"
        else:
            command = self._at_endpoint(drift.mend.command)
        return Finding(drift.sentence, command, one.stack, drift)

    def _is_other(self, drift: Drift) -> bool:
        """Whether the resource was deployed from another definition than the tree's: then a deployment mends it."""
        template = (self.deployed or {}).get(drift.resource.stack) or {}
        return bool(template.get("Resources", {}).get(drift.resource.logical_id) != drift.resource.definition)

    def _deploy(self, stack: Synthesized) -> str:
        return f"cdk deploy -c stage={self.place.stage} {stack.path}"

    def _at_endpoint(self, command: str) -> str:
        endpoint = self.place.endpoint
        return command if endpoint is None else command.replace("aws ", f"aws --endpoint-url {endpoint} ", 1)


def _show(console: Console, found: Diagnosis) -> None:
    say: Callable[..., None] = console.print
    for one in found.findings:
        say(f"✗ {printable(one.sentence)}", style="red", markup=False)
        say(f"    {printable(one.command)}", markup=False)
    for why, unknown in _by_reason(found.report.unknown):
        say(f"? not known, since {printable(why)}: {unknown}", style="yellow", markup=False)
    others = ", ".join(f"{number} {type}" for type, number in sorted(found.report.others.items()))
    if others:
        say(f"Not looked at: {others}", style="dim", markup=False)
    number = sum(found.report.looked_at.values())
    if found.findings:
        told = "1 thing is" if len(found.findings) == 1 else f"{len(found.findings)} things are"
        say(f"{told} otherwise, of {number} resources.", style="bold red")
    else:
        say(f"All {number} resources that were looked at are as the templates say.", style="green")


def _by_reason(unknown: Mapping[tuple[str, str], str]) -> Iterator[tuple[str, str]]:
    """Yield each reason with all members of resources that are not known for it."""
    for why in sorted(set(unknown.values())):
        members = (f"{name} of {type}" for (type, name), one in sorted(unknown.items()) if one == why)
        yield why, ", ".join(members)
