"""A workflow as it is told at the terminal: where it stands and why, its events under what caused them, its rows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from ensemble.command_line.terminal import printable
from ensemble.trace.history import ABSENT, Commit
from ensemble.trace.known import Happened, Known, Row
from ensemble.trace.sagas import SagaStanding, saga_of
from ensemble.trace.standing import Standing, State
from ensemble.trace.steps import Reception, Step
from ensemble.trace.words import counted, listed, moment, span
from functions.kit.history import place_of

Line = tuple[str, str]
"""A line and its style."""

SIGNS = {
    State.RUNNING: "●",
    State.WAITING: "◌",
    State.FAILED: "✗",
    State.STOPPED: "■",
    State.DROPPED: "⌫",
    State.UNKNOWN: "?",
    State.DONE: "✓",
}
STYLES = {
    State.RUNNING: "blue",
    State.WAITING: "yellow",
    State.FAILED: "bold red",
    State.STOPPED: "bold red",
    State.DROPPED: "magenta",
    State.UNKNOWN: "yellow",
    State.DONE: "green",
}
"""A state has a sign and a word too, as not every terminal has colours."""

WORDS = {
    State.RUNNING: "is running",
    State.WAITING: "waits",
    State.FAILED: "has failed",
    State.STOPPED: "stopped",
    State.DROPPED: "goes no further: a message of it was dropped",
    State.UNKNOWN: "is known by its rows alone",
}

DIM = "dim"

DEEPEST = 100
"""What lies deeper than so many causes is told by itself: the kit ends a workflow long before, and anybody else may
write any cause."""

LONGEST_STATE = 160
"""Characters of a state that are printed; `ensemble row` has all of it."""

LONGEST_VALUE = 40
"""Characters of a field that changed which are printed."""


def told(asked: str, stage: str, known: Known, standing: Standing, late: str = "") -> Iterator[Line]:
    """Yield the lines. `late`: that it is past its deadline, in words."""
    yield (
        f"{SIGNS[standing.state]} {printable(asked)} in {stage} {_state(standing)}",
        f"bold {STYLES[standing.state]}".replace("bold bold", "bold"),
    )
    if late:
        yield f"  {late}", STYLES[State.WAITING]
    for saga in standing.sagas:
        yield f"  {printable(saga.text)}", ""
    yield from _why(standing, known)
    yield "", ""
    yield from _Tree(known, standing).lines()
    if known.rows:
        yield "", ""
        events = tuple(standing.steps.events.values())
        yield from (line for row in known.rows for line in row_lines(row, known.now, events))


def _state(standing: Standing) -> str:
    """Say in a few words how it is."""
    undone = ", and what was done is undone" if standing.is_undone else ""
    if standing.state is State.DONE:
        ends = listed(dict.fromkeys(event.type for event in standing.ended_by)) if standing.ended_by else "nothing"
        return f"is done: it ended with {ends}{undone}"
    undoing = ", and undoes what was done" if standing.is_undone else ""
    return f"{WORDS[standing.state]}{undoing}"


def _why(standing: Standing, known: Known) -> Iterator[Line]:
    for why in standing.why:
        yield f"  {SIGNS[why.state]} {printable(why.text)}", STYLES[why.state]


class _Tree:
    """The events, each below what caused it, with the day where not all are of today."""

    def __init__(self, known: Known, standing: Standing) -> None:
        self._steps = standing.steps
        days = {_at(event.at).date() for event in self._steps.events.values()}
        self._stamp = "%H:%M:%S.%f" if days <= {_at(known.now).date()} else "%Y-%m-%d %H:%M:%S.%f"
        self._told: set[str] = set()

    def lines(self) -> Iterator[Line]:
        """Yield all events, each once: what nothing has caused first, and last what was said to cause each other."""
        for root in (*self._steps.roots(), *self._steps.events.values()):
            yield from self._below(root, None, 0)

    def _below(self, event: Happened, cause: Happened | None, depth: int) -> Iterator[Line]:
        """Yield an event, and below it who heard it, each with what it published because of it."""
        if event.name in self._told or depth > DEEPEST:
            return
        self._told.add(event.name)
        stamp, indent = _at(event.at).strftime(self._stamp)[:-3], "  " * depth
        yield f"{stamp}  {indent}{self._event(event, cause)}", ""
        for step in self._steps.of(event):
            if not (step.published or step.left) or not step.is_done:
                style = DIM if step.is_done else STYLES[State.WAITING]
                yield f"{' ' * len(stamp)}  {indent}  {_heard(step)}", style
            for one in (*step.published, *step.left):
                yield from self._below(one, event, depth + 1)
        for one in self._steps.caused_by(event):
            yield from self._below(one, event, depth + 1)

    def _event(self, event: Happened, cause: Happened | None) -> str:
        about = " ".join(dict.fromkeys(event.values.values()))
        text = f"timer of {event.source}" if event.is_timer else f"{event.type}  {event.source}"
        # What comes from outside has EventBridge's time, in whole seconds.
        took = f"  +{span(event.at - cause.at)}" if cause is not None and cause.cause is not None else ""
        notes = "" if event.is_stored or event.is_timer else "  (not stored)"
        if event.event_id in self._steps.unpublished:
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


def row_lines(row: Row, now: float, events: Iterable[Happened] = (), *, is_whole: bool = False) -> Iterator[Line]:
    """Yield a row: its place, what it remembers, its timer, its state in one line, and its last commits; or all of it,
    with its outboxes and its workflow. `events`: those that are known."""
    parts = [f"version {row.version}", f"{counted(len(row.inbox), 'event')} handled"]
    if row.outboxes:
        parts.append(f"{counted(sum(map(len, row.outboxes.values())), 'event')} to publish")
    if row.due_at is not None:
        parts.append(f"timer at {moment(row.due_at, now)}")
    if row.is_shared or is_whole:
        parts.append(f"of the workflow {row.workflow}")
    yield printable(f"{row.service}  {row.key}  {', '.join(parts)}"), ""
    events = tuple(events)
    saga = saga_of(row, now, events)
    if saga is not None:
        yield from ((f"  {printable(saga.text)}", ""),) if is_whole else ()
        yield from _steps(saga)
    for cause, outbox in row.outboxes.items() if is_whole else ():
        yield printable(f"  to publish because of {cause}: {listed(one.type for one in outbox)}"), ""
    if is_whole and row.state is not None and not isinstance(row.state, str):
        yield from _history(row, events)
        yield from (
            (f"  {printable(line)}", DIM) for line in json.dumps(row.state, indent=2, ensure_ascii=False).split("\n")
        )
        return
    yield f"  {printable(_short(row, is_whole=is_whole))}", DIM
    yield from _history(row, events)


def _steps(saga: SagaStanding) -> Iterator[Line]:
    """Yield the steps of a saga, stage after stage: those of a stage side by side."""
    for number, stage in enumerate(saga.stages, start=1):
        steps = " | ".join(f"{one.step.name} {one.text}" for one in stage)
        style = STYLES[State.WAITING] if any(one.is_waited_for for one in stage) else DIM
        yield printable(f"  {number}  {steps}"), style


def _short(row: Row, *, is_whole: bool) -> str:
    state = row.state if isinstance(row.state, str) else _json(row.state)
    if not is_whole and len(state) > LONGEST_STATE:
        state = f"{state[: LONGEST_STATE - 1]}…"
    return state


def _history(row: Row, events: Iterable[Happened]) -> Iterator[Line]:
    """Yield the commits of a row: when, because of what, what changed, and how long it took."""
    by_place = {place_of(event.event_id): event for event in events}
    for commit in row.history:
        stamp, event = _at(commit.at).strftime("%H:%M:%S.%f")[:-3], by_place.get(commit.place)
        parts = [] if event is None else ["timer" if event.is_timer else event.type]
        parts += [_changes(commit)] if commit.changed else []
        again = f", attempt {commit.attempt}" if commit.attempt > 1 else ""
        parts.append(f"(queue {span(commit.queue_wait)}, handler {span(commit.handler)}{again})")
        yield printable(f"  {stamp}  {'  '.join(parts)}"), DIM


def _changes(commit: Commit) -> str:
    """Say which fields changed, and how: of the first commit, which made them all, only the names."""
    if commit.states is not None and commit.states[0] is None:
        return f"state: {', '.join(commit.changed or ())}"
    return ", ".join(f"state.{name}: {_value(old)} -> {_value(new)}" for name, old, new in commit.changes())


def _value(value: Any) -> str:
    text = "-" if value is ABSENT else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 1]}…"


def _json(value: Any) -> str:
    return "no state" if value is None else json.dumps(value, ensure_ascii=False)


def _at(instant: float) -> datetime:
    return datetime.fromtimestamp(instant, UTC)
