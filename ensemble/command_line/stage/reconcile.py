"""The command `ensemble reconcile`: what rows have said and the bus has not, told and said again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from rich.console import Console

from ensemble.command_line.errors import UsageRefused
from ensemble.command_line.run.durations import seconds_of
from ensemble.command_line.stage.account import aws_answers
from ensemble.command_line.stage.pauses import REAL, Clock
from ensemble.command_line.stage.place import Place
from ensemble.command_line.stage.reconciling import Hole, Reconciling
from ensemble.command_line.terminal import error_console, printable
from ensemble.command_line.trace.trace import reading_of
from ensemble.trace.known import Drop
from ensemble.trace.words import span
from functions.kit.model import Service, rfc3339

PATIENCE_SECONDS, PAUSE_SECONDS = 60.0, 2.0
"""How long a service has to say again what was sent, and how often it is looked at."""

MOST_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What was found, and of it what is out by now. `sent`: whether anything was to be sent."""

    stage: str
    now: float
    holes: Sequence[Hole]
    out: Sequence[Hole]
    sent: bool

    @property
    def left(self) -> list[Hole]:
        return [hole for hole in self.holes if hole not in self.out]

    def as_json(self) -> dict[str, Any]:
        """Return the document that docs/json.md describes."""
        return {"stage": self.stage, "sent": self.sent, "holes": [self._document(hole) for hole in self.holes]}

    def _document(self, hole: Hole) -> dict[str, Any]:
        return {
            "service": hole.service,
            "row": hole.key,
            "workflow": hole.workflow,
            "cause": hole.cause,
            "types": list(hole.types),
            "since": rfc3339(datetime.fromtimestamp(hole.since, UTC)),
            "queue": hole.queue,
            "why_not": hole.why or None,
            "dropped": None if hole.drop is None else _dropped(hole.drop),
            "out": hole in self.out,
        }


def reconcile(
    console: Console, service: str | None, place: Place, since: str | None, *, send: bool, as_json: bool
) -> bool:
    """Find what is missing, have it said again if `send`, and print it; return whether nothing is missing any more.

    Raises CommandFailed.
    """
    declared, reading, account = reading_of(error_console() if as_json else console, place)
    reconciling = Reconciling(declared, account.client("dynamodb"), account.client("sqs"), reading.now)
    back = reading.now - seconds_of(since) if since is not None else 0.0
    with aws_answers():
        holes = list(reconciling.holes(_chosen(reconciling.services(), service), back))
        out = said_again(reconciling, holes) if send else []
    done = Reconciled(place.stage, reading.now, holes, out, sent=send)
    if as_json:
        print(json.dumps(done.as_json(), indent=2))
    else:
        _show(console, done)
    return not done.left


def said_again(reconciling: Reconciling, holes: Iterable[Hole], clock: Clock = REAL) -> list[Hole]:
    """Send the causes, wait until their rows have nothing left of them, and return those that have not."""
    now, pause = clock
    waiting = [hole for hole in holes if hole.queue is not None and hole.body is not None]
    for hole in waiting:
        reconciling.send(hole)
    out, until = list[Hole](), now() + PATIENCE_SECONDS
    while waiting and now() < until:
        out += [hole for hole in waiting if reconciling.is_out(hole)]
        waiting = [hole for hole in waiting if hole not in out]
        if waiting:
            pause(PAUSE_SECONDS)
    return out


def _chosen(services: Sequence[Service], name: str | None) -> Sequence[Service]:
    found = [service for service in services if name in (None, service.name)]
    if not found:
        raise UsageRefused(
            f"there is no service {name!r} that publishes. There are: {', '.join(one.name for one in services)}"
        )
    return found


def _show(console: Console, done: Reconciled) -> None:
    for hole in done.holes[:MOST_SHOWN]:
        sign, style = ("✓", "green") if hole in done.out else ("✗", "red")
        said = f"{hole.service} has said {', '.join(hole.types)} of {hole.key} {span(done.now - hole.since)} ago"
        console.print(f"{sign} {printable(said)}: {_became(hole, done)}", style=style, markup=False)
        if hole.drop is not None:
            ago = span(done.now - hole.drop.at)
            text = f"its message was dropped {ago} ago by {hole.drop.who}: {hole.drop.why}"
            console.print(f"    {printable(text)}", style=style, markup=False)
    if len(done.holes) > MOST_SHOWN:
        console.print(f"… and {len(done.holes) - MOST_SHOWN} more; --json lists all", style="dim")
    sendable = [hole for hole in done.left if hole.queue is not None]
    if not done.holes:
        console.print("All that rows have said is on the bus.", style="green")
    elif sendable and not done.sent:
        console.print(
            f"Nothing was sent. --yes sends {len(sendable)} causes to the queues of their services, which then say "
            "what is missing."
        )


def _dropped(drop: Drop) -> dict[str, str]:
    at = rfc3339(datetime.fromtimestamp(drop.at, UTC))
    return {"at": at, "who": drop.who, "why": drop.why, "operation": drop.operation}


def _became(hole: Hole, done: Reconciled) -> str:
    if hole in done.out:
        return "it is on the bus now"
    if hole.queue is None:
        return f"it cannot be said again: {hole.why}"
    if not done.sent:
        return f"its cause {hole.cause} would be sent to {hole.queue}"
    return f"its cause was sent to {hole.queue}, and it is not on the bus yet: ensemble trace {hole.workflow}"
