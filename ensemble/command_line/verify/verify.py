"""The command `ensemble verify`: the workflows of a stage, judged by what the simulator judges a schedule by.

It reads, workflow by workflow, and keeps no more than a few witnesses and the ids that it has seen.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from rich.console import Console

from ensemble.command_line.errors import UsageRefused
from ensemble.command_line.project import read_schemas, read_services, root_of_project
from ensemble.command_line.run.durations import seconds_of
from ensemble.command_line.stage.account import aws_answers
from ensemble.command_line.stage.place import Place
from ensemble.command_line.terminal import error_console, printable
from ensemble.command_line.trace.declared import Declared, read_declared
from ensemble.command_line.trace.listing import Listing
from ensemble.command_line.trace.reading import Reading
from ensemble.command_line.trace.trace import print_json
from ensemble.command_line.verify.invariants import DROPPED, INVARIANTS, NOT_JUDGED, Judged, judged
from ensemble.command_line.verify.walk import Walk
from ensemble.command_line.verify.workflow import AtRest, Workflows
from ensemble.simulator.application import Application
from ensemble.simulator.discovery import find_application
from ensemble.simulator.topology import Topology, read_topology
from functions.kit.waiting import LONGEST_COPY_DELAY_SECONDS

MOST_WITNESSES = 20
"""Of each thing that does not hold so many are kept; the others are counted."""


@dataclass(slots=True)
class Verdict:
    """What was judged. `violations`: (workflow, what was seen) by what must hold. `dropped`: the same of what was
    dropped and of what follows from that, counted as `DROPPED`. `under_way`: workflows that are not at rest yet.
    `unjudged`: why, by workflow, where events are not as they should be."""

    stage: str
    workflows: int = 0
    under_way: int = 0
    numbers: dict[str, int] = field(default_factory=dict)
    violations: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    dropped: list[tuple[str, str]] = field(default_factory=list)
    unjudged: dict[str, str] = field(default_factory=dict)

    def note(self, workflow: str, name: str, text: str) -> None:
        """Note what does not hold, or was dropped."""
        self.numbers[name] = self.numbers.get(name, 0) + 1
        seen = self.dropped if name == DROPPED else self.violations.setdefault(name, [])
        if len(seen) < MOST_WITNESSES:
            seen.append((workflow, text))

    def as_json(self) -> dict[str, Any]:
        """Return the document that docs/json.md describes."""
        return {
            "stage": self.stage,
            "holds": not self.violations,
            "workflows": self.workflows,
            "under_way": self.under_way,
            "violations": [{"invariant": name, **self._counted(name, seen)} for name, seen in self.violations.items()],
            "dropped": self._counted(DROPPED, self.dropped),
            "unjudged": [{"workflow": workflow, "why": why} for workflow, why in self.unjudged.items()],
            "not_judged_on_a_stage": dict(NOT_JUDGED),
        }

    def _counted(self, name: str, seen: list[tuple[str, str]]) -> dict[str, Any]:
        witnesses = [{"workflow": workflow, "seen": text} for workflow, text in seen]
        return {"number": self.numbers.get(name, 0), "witnesses": witnesses}


class Verifying:
    """Judges the workflows of a stage. `now`: seconds since 1970."""

    def __init__(
        self, declared: Declared, application: Application, topology: Topology, dynamodb: Any, sqs: Any, now: float
    ) -> None:
        self._declared, self._application, self._topology, self._now = declared, application, topology, now
        listing = Listing(Reading(declared, dynamodb, sqs, now), declared, dynamodb)
        self._walk = Walk(Workflows(declared, dynamodb), listing)

    def verdict(self, stage: str, since: float) -> Verdict:
        """Judge each workflow that something came to from outside after an instant (seconds since 1970)."""
        verdict = Verdict(stage)
        for at_rest in self._walk.since(since):
            verdict.workflows += 1
            if self._is_under_way(at_rest):
                verdict.under_way += 1
                continue
            self._judge(at_rest, verdict)
        return verdict

    def _judge(self, at_rest: AtRest, verdict: Verdict) -> None:
        if at_rest.unreadable and len(verdict.unjudged) < MOST_WITNESSES:
            verdict.unjudged[at_rest.workflow] = f"{at_rest.unreadable} events cannot be opened"
        try:
            for name, text in judged(self._as_judged(at_rest)):
                verdict.note(at_rest.workflow, name, text)
        except Exception as fault:  # whatever somebody has put on the bus, the others are judged
            if len(verdict.unjudged) < MOST_WITNESSES:
                verdict.unjudged[at_rest.workflow] = f"a judgement fails by {type(fault).__name__}: {fault}"

    def _as_judged(self, at_rest: AtRest) -> Judged:
        account = at_rest.account(self._topology, self._declared.tables, self._now - LONGEST_COPY_DELAY_SECONDS)
        return Judged(at_rest, account, self._application, self._declared, tuple(at_rest.drops()))

    def _is_under_way(self, at_rest: AtRest) -> bool:
        """Whether something may still come by itself: its last event is young, or a row has a timer that is to come."""
        if _seconds(at_rest.newest) > self._now - LONGEST_COPY_DELAY_SECONDS:
            return True
        rows = (row for rows in at_rest.rows.values() for row in rows.values())
        return any(_seconds(row.get("index_position", {}).get("S", "")) > self._now for row in rows)


def _seconds(instant: str) -> float:
    return datetime.fromisoformat(instant).timestamp() if instant else 0.0


def verify(console: Console, place: Place, since: str, *, as_json: bool) -> bool:
    """Judge a stage, print the verdict, and return whether all holds. Raises CommandFailed."""
    back, root, now = seconds_of(since), root_of_project(), place.now().timestamp()
    services = read_services(root)
    schemas = read_schemas(root, services)
    assembly = place.assembly(error_console() if as_json else console, root)
    declared, account = read_declared(assembly, services, schemas), place.account(assembly)
    if not declared.stores:
        raise UsageRefused("no service of this project stores every event (`on_every_event()`): nothing can be judged")
    application = find_application(root, {service.name: service for service in services}, schemas)
    clients = account.client("dynamodb"), account.client("sqs")
    verifying = Verifying(declared, application, read_topology(assembly), *clients, now)
    with aws_answers():
        verdict = verifying.verdict(place.stage, now - back)
    if as_json:
        print_json(verdict.as_json())
    else:
        _show(console, verdict, since)
    return not verdict.violations


def _show(console: Console, verdict: Verdict, since: str) -> None:
    for name, seen in verdict.violations.items():
        console.print(f"✗ {name}: {verdict.numbers[name]} times not, such as", style="red", markup=False)
        _show_seen(console, seen)
    if verdict.dropped:
        number = verdict.numbers[DROPPED]
        console.print(
            f"⌫ {DROPPED}, which is no violation: {number} times told, such as", style="magenta", markup=False
        )
        _show_seen(console, verdict.dropped)
    for workflow, why in verdict.unjudged.items():
        console.print(
            f"? {printable(workflow)} is not judged as a whole: {printable(why)}", style="yellow", markup=False
        )
    for what, why in NOT_JUDGED.items():
        console.print(f"Not judged on a stage: {what}, since {why}", style="dim", markup=False)
    judged = verdict.workflows - verdict.under_way
    console.print(f"{judged} workflows of the last {since} were judged, {verdict.under_way} are under way.")
    if not verdict.violations:
        console.print(f"All {len(INVARIANTS)} invariants and the application's promises hold.", style="green")


def _show_seen(console: Console, seen: Iterable[tuple[str, str]]) -> None:
    for workflow, text in seen:
        console.print(f"    {printable(text)}  (ensemble trace {printable(workflow)})", markup=False)
