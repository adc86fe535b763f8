"""The command `ensemble workflows`: how the workflows of a stage stand, the newest first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from rich.console import Console

from ensemble.command_line.run.durations import seconds_of
from ensemble.command_line.stage.account import aws_answers
from ensemble.command_line.stage.place import Place
from ensemble.command_line.terminal import error_console, printable
from ensemble.command_line.trace.listing import Filters, Listing
from ensemble.command_line.trace.telling import DIM, STYLES, Line
from ensemble.command_line.trace.trace import print_json, reading_of
from ensemble.trace.conditions import Condition
from ensemble.trace.lines import WorkflowLine
from ensemble.trace.standing import State
from ensemble.trace.words import span
from functions.kit.model import rfc3339

SIGNS = {
    Condition.RUNNING: "●",
    Condition.WAITING: "◌",
    Condition.COMPENSATING: "←",
    Condition.FAILED: "✗",
    Condition.STOPPED: "■",
    Condition.DROPPED: "⌫",
    Condition.UNKNOWN: "?",
    Condition.DONE: "✓",
    Condition.UNDONE: "-",
}
COLOURS = {
    Condition.COMPENSATING: "magenta",
    Condition.UNDONE: DIM,
    **{Condition(state): STYLES[state] for state in State},
}

NO_STORE = (
    "no service of this project stores every event (`on_every_event()`): these are the workflows that wait for a timer "
    "or have a dead letter"
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be listed: in which states, found by which event, how far back, and how many at most."""

    conditions: frozenset[Condition]
    type: str
    past_deadline: bool
    since: str
    limit: int


def list_workflows(console: Console, wanted: Wanted, place: Place, *, as_json: bool) -> None:
    """Print the list. Raises CommandFailed."""
    back = seconds_of(wanted.since)
    declared, reading, account = reading_of(error_console() if as_json else console, place)
    listing = Listing(reading, declared, account.client("dynamodb"))
    filters = Filters(wanted.conditions, wanted.type, wanted.past_deadline)
    with aws_answers():
        lines = list(islice(listing.lines(reading.now - back, filters), wanted.limit))
    if as_json:
        stored = any(declared.event_stores)
        head = {"stage": place.stage, "now": _text(reading.now), "stored": stored}
        print_json({**head, "workflows": [line_document(line) for line in lines]})
        return
    if not any(declared.event_stores):
        console.print(NO_STORE, style=DIM, markup=False)
    for text, style in told(lines, reading.now):
        console.print(text, style=style or None, markup=False, no_wrap=True, overflow="ellipsis")
    if len(lines) == wanted.limit:
        console.print(f"… the newest {wanted.limit}; --limit lists more", style=DIM, markup=False)
    if not lines:
        console.print(f"no such workflow in {place.stage} in the last {span(back)}", style=DIM, markup=False)


def told(lines: Sequence[WorkflowLine], now: float) -> Iterator[Line]:
    """Yield a line of each workflow: sign, state, key, event and instant that it started with, what came last and how
    long it takes or took, and why it goes no further."""
    cells = [_cells(line, now) for line in lines]
    widths = [max(len(row[column]) for row in cells) for column in range(len(cells[0]))] if cells else []
    for line, row in zip(lines, cells, strict=True):
        columns = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        why = ": ".join(filter(None, (line.saga, line.why)))
        yield f"{SIGNS[line.condition]} {columns}  {printable(why)}".rstrip(), COLOURS[line.condition]


def _cells(line: WorkflowLine, now: float) -> tuple[str, ...]:
    state = f"{line.condition}, late" if line.is_late else str(line.condition)
    keys = printable(" ".join(line.keys) or line.workflow)
    if line.started is None or line.last_at is None:
        return state, keys, "", "", "", ""
    over = now if line.why else line.last_at
    started = _text(line.started)[: len("2026-01-31T23:59:59")].replace("T", " ")
    return state, keys, printable(line.type), started, span(over - line.started), printable(line.last)


def line_document(line: WorkflowLine) -> dict[str, Any]:
    """Return a workflow as docs/json.md describes it."""
    return {
        "workflow": line.workflow,
        "keys": list(line.keys),
        "state": str(line.condition),
        "type": line.type or None,
        "started": _instant(line.started),
        "last": line.last or None,
        "last_at": _instant(line.last_at),
        "why": line.why or None,
        "saga": line.saga or None,
        "deadline": _instant(line.deadline),
        "late": line.is_late,
    }


def _instant(seconds: float | None) -> str | None:
    return None if seconds is None else _text(seconds)


def _text(seconds: float) -> str:
    return rfc3339(datetime.fromtimestamp(seconds, UTC))
