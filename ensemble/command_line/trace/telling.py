"""A workflow as it is told at the terminal: where it stands and why, its events under what caused them, its rows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from ensemble.command_line.terminal import printable
from ensemble.trace.known import Happened, Known, Row
from ensemble.trace.standing import Standing, State
from ensemble.trace.steps import Reception, Step
from ensemble.trace.words import counted, listed, moment, span

Line = tuple[str, str]
"""A line and its style."""

SIGNS = {State.RUNNING: "●", State.WAITING: "◌", State.FAILED: "✗", State.STOPPED: "■", State.DONE: "✓"}
STYLES = {
    State.RUNNING: "blue",
    State.WAITING: "yellow",
    State.FAILED: "bold red",
    State.STOPPED: "bold red",
    State.DONE: "green",
}
"""A state has a sign and a word too, as not every terminal has colours."""

DIM = "dim"
LONGEST_STATE = 160
"""Characters of a state that are printed; `ensemble row` has all of it."""


def told(asked: str, stage: str, known: Known, standing: Standing) -> Iterator[Line]:
    """Yield the lines."""
    yield (
        f"{SIGNS[standing.state]} {printable(asked)} in {stage} {_state(standing)}",
        f"bold {STYLES[standing.state]}".replace("bold bold", "bold"),
    )
    yield from _why(standing, known)
    yield "", ""
    yield from _events(standing)
    if known.rows:
        yield "", ""
        yield from (line for row in known.rows for line in row_lines(row, known.now))


def _state(standing: Standing) -> str:
    """Say in a few words how it is."""
    undone = ", and what was done is undone" if standing.is_undone else ""
    if standing.state is State.DONE:
        ends = listed(dict.fromkeys(event.type for event in standing.ended_by)) if standing.ended_by else "nothing"
        return f"is done: it ended with {ends}{undone}"
    undoing = ", and undoes what was done" if standing.is_undone else ""
    words = {State.RUNNING: "is running", State.WAITING: "waits", State.FAILED: "has failed", State.STOPPED: "stopped"}
    return f"{words[standing.state]}{undoing}"


def _why(standing: Standing, known: Known) -> Iterator[Line]:
    for why in standing.why:
        yield f"  {SIGNS[why.state]} {printable(why.text)}", STYLES[why.state]


def _events(standing: Standing) -> Iterator[Line]:
    for root in standing.steps.roots():
        yield from _tree(root, standing, "", None)


def _tree(event: Happened, standing: Standing, indent: str, cause: Happened | None) -> Iterator[Line]:
    """Yield an event, and below it who heard it, each with what it published because of it."""
    yield f"{_time(event.at)}  {indent}{_event(event, standing, cause)}", ""
    deeper = indent + "  "
    below = list(standing.steps.of(event.event_id))
    told_of = set[str]()
    for step in below:
        told_of |= {one.event_id for one in (*step.published, *step.left)}
        if not (step.published or step.left) or not step.is_done:
            yield f"{' ' * 12}  {deeper}{_heard(step)}", STYLES[State.WAITING] if not step.is_done else DIM
        for one in (*step.published, *step.left):
            yield from _tree(one, standing, deeper, event)
    for one in standing.steps.caused_by(event.event_id):
        if one.event_id not in told_of:
            yield from _tree(one, standing, deeper, event)


def _event(event: Happened, standing: Standing, cause: Happened | None) -> str:
    about = " ".join(dict.fromkeys(event.values.values()))
    text = f"timer of {event.source}" if event.is_timer else f"{event.type}  {event.source}"
    # What comes from outside has EventBridge's time, in whole seconds.
    took = f"  +{span(event.at - cause.at)}" if cause is not None and cause.cause is not None else ""
    notes = "" if event.is_stored or event.is_timer else "  (not stored)"
    if event.event_id in standing.steps.unpublished:
        notes = "  (not on the bus yet)"
    return printable(f"{text}  {about}{took}{notes}".rstrip())


def _heard(step: Step) -> str:
    service = step.hearing.service
    return {
        Reception.HANDLED: f"{service} has handled it" + (", and has something to publish" if step.left else ""),
        Reception.OPEN: f"{service} has not handled it",
        Reception.REFUSED: f"{service} has handled another event with its id",
        Reception.FORGOTTEN: f"{service} does not remember whether it handled it",
    }[step.reception]


def row_lines(row: Row, now: float, *, is_whole: bool = False) -> Iterator[Line]:
    """Yield a row: its place, what it remembers, its timer, and its state in one line; or all of it, with its outboxes
    and its workflow."""
    parts = [f"version {row.version}", f"{counted(len(row.inbox), 'event')} handled"]
    if row.outboxes:
        parts.append(f"{counted(sum(map(len, row.outboxes.values())), 'event')} to publish")
    if row.due_at is not None:
        parts.append(f"timer at {moment(row.due_at, now)}")
    if row.is_shared or is_whole:
        parts.append(f"of the workflow {row.workflow}")
    yield printable(f"{row.service}  {row.key}  {', '.join(parts)}"), ""
    for cause, outbox in row.outboxes.items() if is_whole else ():
        yield printable(f"  to publish because of {cause}: {listed(one.type for one in outbox)}"), ""
    if is_whole and row.state is not None and not isinstance(row.state, str):
        yield from (
            (f"  {printable(line)}", DIM) for line in json.dumps(row.state, indent=2, ensure_ascii=False).split("\n")
        )
        return
    state = row.state if isinstance(row.state, str) else _json(row.state)
    if not is_whole and len(state) > LONGEST_STATE:
        state = f"{state[: LONGEST_STATE - 1]}…"
    yield f"  {printable(state)}", DIM


def _json(value: Any) -> str:
    return "no state" if value is None else json.dumps(value, ensure_ascii=False)


def _time(instant: float) -> str:
    return datetime.fromtimestamp(instant, UTC).strftime("%H:%M:%S.%f")[:12]
