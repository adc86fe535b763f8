"""The command `ensemble reconcile`: what rows have said and the bus has not, and what the bus has said and rows have
not handled, told and sent once more."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from ensemble.command_line.errors import UsageRefused
from ensemble.command_line.project import read_schemas, read_services, root_of_project
from ensemble.command_line.run.durations import seconds_of
from ensemble.command_line.stage.account import Account, aws_answers
from ensemble.command_line.stage.missed import Missed, Missing
from ensemble.command_line.stage.pauses import REAL, Clock
from ensemble.command_line.stage.place import Place
from ensemble.command_line.stage.reconciling import Gap, Hole, Reconciling
from ensemble.command_line.terminal import error_console, printable
from ensemble.command_line.trace.declared import Declared, read_declared
from ensemble.command_line.trace.listing import Listing
from ensemble.command_line.trace.reading import Reading
from ensemble.command_line.verify.walk import Walk
from ensemble.command_line.verify.workflow import Workflows
from ensemble.simulator.topology import read_topology
from ensemble.trace.known import Drop
from ensemble.trace.words import span
from functions.kit.model import Service, rfc3339

PATIENCE_SECONDS, PAUSE_SECONDS = 60.0, 2.0
"""How long a service has to say again what was sent, and how often it is looked at."""

MOST_SHOWN = 50

DAY_SECONDS = 86_400.0
"""So far back workflows are looked through, unless something else is asked for."""


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What was found, and of it what is closed by now. `sent`: whether anything was to be sent. `is_stored`: whether
    events are stored at all, so that it is known what passed a service by."""

    stage: str
    now: float
    holes: Sequence[Hole]
    missed: Sequence[Missed]
    closed: Sequence[Gap]
    sent: bool
    is_stored: bool

    @property
    def left(self) -> list[Gap]:
        return [gap for gap in (*self.holes, *self.missed) if gap not in self.closed]

    def as_json(self) -> dict[str, Any]:
        """Return the document that docs/json.md describes."""
        return {
            "stage": self.stage,
            "sent": self.sent,
            "holes": [
                self._document(
                    hole,
                    cause=hole.event,
                    types=list(hole.types),
                    dropped=None if hole.drop is None else _dropped(hole.drop),
                    out=hole in self.closed,
                )
                for hole in self.holes
            ],
            "missed": [
                self._document(one, event=one.event, type=one.type, handled=one in self.closed) for one in self.missed
            ],
        }

    def _document(self, gap: Gap, **of_its_kind: Any) -> dict[str, Any]:
        return {
            "service": gap.service,
            "row": gap.key,
            "workflow": gap.workflow,
            **of_its_kind,
            "since": rfc3339(datetime.fromtimestamp(gap.since, UTC)),
            "queue": gap.queue,
            "why_not": gap.why or None,
        }


def reconcile(
    console: Console, service: str | None, place: Place, since: str | None, *, send: bool, as_json: bool
) -> bool:
    """Find what is missing, send it if `send`, and print it; return whether nothing is missing any more.

    Raises CommandFailed.
    """
    root, now = root_of_project(), place.now().timestamp()
    services = read_services(root)
    assembly = place.assembly(error_console() if as_json else console, root)
    declared, account = read_declared(assembly, services, read_schemas(root, services)), place.account(assembly)
    dynamodb, sqs = account.client("dynamodb"), account.client("sqs")
    reconciling, missing = Reconciling(declared, dynamodb, sqs, now), missing_in(declared, assembly, account, now)
    chosen = _chosen(declared.services, service)
    with aws_answers():
        holes = list(reconciling.holes(chosen, now - seconds_of(since) if since else 0.0))
        missed = list(missing.missed(chosen, now - (seconds_of(since) if since else DAY_SECONDS)))
        closed = sent_once_more(reconciling, [*holes, *missed]) if send else []
    done = Reconciled(place.stage, now, holes, missed, closed, sent=send, is_stored=bool(declared.stores))
    if as_json:
        print(json.dumps(done.as_json(), indent=2))
    else:
        _show(console, done)
    return not done.left


def missing_in(declared: Declared, assembly: Path, account: Account, now: float) -> Missing:
    """Return what finds the events that passed the services of a stage by."""
    dynamodb = account.client("dynamodb")
    listing = Listing(Reading(declared, dynamodb, account.client("sqs"), now), declared, dynamodb)
    walk = Walk(Workflows(declared, dynamodb), listing)
    return Missing(declared, read_topology(assembly), walk, dynamodb, now)


def sent_once_more(reconciling: Reconciling, gaps: Iterable[Gap], clock: Clock = REAL) -> list[Gap]:
    """Send the events, wait until their rows show nothing of the gaps, and return those that are closed."""
    now, pause = clock
    waiting = [gap for gap in gaps if gap.queue is not None and gap.body is not None]
    for gap in waiting:
        reconciling.send(gap)
    closed, until = list[Gap](), now() + PATIENCE_SECONDS
    while waiting and now() < until:
        closed += [gap for gap in waiting if reconciling.is_closed(gap)]
        waiting = [gap for gap in waiting if gap not in closed]
        if waiting:
            pause(PAUSE_SECONDS)
    return closed


def _chosen(services: Sequence[Service], name: str | None) -> Sequence[Service]:
    looked_at = [service for service in services if not service.stores_events]
    found = [service for service in looked_at if name in (None, service.name)]
    if not found:
        known = ", ".join(one.name for one in looked_at)
        raise UsageRefused(f"there is no service {name!r} whose rows are looked through. There are: {known}")
    return found


def _show(console: Console, done: Reconciled) -> None:
    gaps: list[Gap] = [*done.holes, *done.missed]
    for gap in gaps[:MOST_SHOWN]:
        sign, style = ("✓", "green") if gap in done.closed else ("✗", "red")
        console.print(
            f"{sign} {printable(gap.told(span(done.now - gap.since)))}: {_became(gap, done)}", style=style, markup=False
        )
        if isinstance(gap, Hole) and gap.drop is not None:
            ago = span(done.now - gap.drop.at)
            text = f"its message was dropped {ago} ago by {gap.drop.who}: {gap.drop.why}"
            console.print(f"    {printable(text)}", style=style, markup=False)
    if len(gaps) > MOST_SHOWN:
        console.print(f"… and {len(gaps) - MOST_SHOWN} more; --json lists all", style="dim")
    sendable = [gap for gap in done.left if gap.queue is not None]
    if not gaps:
        console.print("All that rows have said is on the bus, and all that is stored is handled.", style="green")
    elif sendable and not done.sent:
        console.print(f"Nothing was sent. --yes sends {len(sendable)} events to the queues of their services.")
    if not done.is_stored:
        console.print(
            "No service stores every event (`on_every_event()`): what passed one by is not known.", style="dim"
        )


def _dropped(drop: Drop) -> dict[str, str]:
    at = rfc3339(datetime.fromtimestamp(drop.at, UTC))
    return {"at": at, "who": drop.who, "why": drop.why, "operation": drop.operation}


def _became(gap: Gap, done: Reconciled) -> str:
    what, there = ("its cause", "is on the bus") if isinstance(gap, Hole) else ("it", "is handled")
    if gap in done.closed:
        return f"it {there} now"
    if gap.queue is None:
        return f"it cannot be sent: {printable(gap.why)}"
    if not done.sent:
        return f"{what} {gap.event} would be sent to {gap.queue}"
    return f"{what} {gap.event} was sent to {gap.queue}, and not handled yet: ensemble trace {gap.workflow}"
