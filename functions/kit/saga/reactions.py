"""The reactions of a saga, which follow from its table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial

from functions.kit.model import Decision, Event, React, Reaction, on, on_timer, publish, unchanged
from functions.kit.saga.progress import UNANSWERED, Progress, Turn
from functions.kit.saga.says import Says
from functions.kit.saga.table import Step, Table

IT_ASKS = "a saga asks: each of its steps is undone by the service that did it"


def reactions(table: Table, starts: str, reads: tuple[str, ...]) -> Iterator[Reaction]:
    """Yield the reaction to each event that a saga hears, and to its timer."""
    says = Says(table)
    yield _on(table, starts, partial(_start, table), reads, says.when_at(0), begins=True)
    for place, stage in enumerate(table.stages):
        for one in stage:
            yield _on(table, one.done, partial(_done, table, one), one.keeps, says.when_done(place, one))
            for event in one.refused:
                yield _on(table, event, partial(_refused, table, one), ("reason",), says.when_refused(place, one))
            if one.undone:
                yield _on(table, one.undone, partial(_undone, table, one), (), says.when_back_at(place - 1))
    if table.cancel is not None:
        reads = ("reason", *table.cancel.passes)
        yield _on(table, table.cancel.event, partial(_cancel, table), reads, says.when_cancelled(table.cancel))
    if table.wakes:
        emits, refusals = _split(table, says.when_overdue())
        yield on_timer(partial(_overdue, table), emits=emits, refusals=refusals, irreversible=IT_ASKS)


def _on(
    table: Table, event: str, react: React, reads: tuple[str, ...], says: Iterable[str], *, begins: bool = False
) -> Reaction:
    emits, refusals = _split(table, says)
    reads = tuple(dict.fromkeys((table.key, *reads)))
    return on(event, react, reads=reads, emits=emits, refusals=refusals, irreversible=IT_ASKS, begins=begins)


def _split(table: Table, says: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what is published, each once, and apart from it what says that all is undone."""
    each = dict.fromkeys(says)
    return tuple(name for name in each if name != table.fails), tuple(name for name in each if name == table.fails)


def _start(table: Table, progress: Progress | None, event: Event) -> Decision:
    if progress is not None:  # it has begun, or a cancellation overtook its beginning
        return unchanged(progress)
    known = {name: value for name, value in event.fields.items() if name != table.key}
    turn = Turn(table, Progress("running", event.timestamp, known=known), event)
    turn.go_on()
    return turn.decision


def _done(table: Table, one: Step, progress: Progress | None, event: Event) -> Decision:
    if progress is None or progress.steps.get(one.name) != "sent":
        return _not_waited_for(table, one, progress, event)
    turn = Turn(table, progress, event)
    turn.done(one)
    return turn.decision


def _refused(table: Table, one: Step, progress: Progress | None, event: Event) -> Decision:
    if progress is None or progress.steps.get(one.name) not in UNANSWERED:
        return _not_waited_for(table, one, progress, event)
    turn = Turn(table, progress, event)
    turn.refuse(one, event["reason"])
    return turn.decision


def _not_waited_for(table: Table, one: Step, progress: Progress | None, event: Event) -> Decision:
    """Change nothing; who decided something is told."""
    if not one.rejects:
        return unchanged(progress)
    fields = {"command": event.type, "command_id": event.external_id, "reason": f"nobody waits for {one.name}"}
    return Decision(progress, publish(one.rejects, **{table.key: event[table.key], **fields}))


def _undone(table: Table, one: Step, progress: Progress | None, event: Event) -> Decision:
    if progress is None or progress.steps.get(one.name) != "undoing":
        return unchanged(progress)
    turn = Turn(table, progress, event)
    turn.undone(one)
    return turn.decision


def _cancel(table: Table, progress: Progress | None, event: Event) -> Decision:
    """Undo what is done. What has not begun never will; the pivot is asked, by waiting for its answer."""
    turn = Turn(table, progress or Progress("running", event.timestamp), event)
    passed = {name: value for name, value in event.fields.items() if name not in (table.key, "reason")}
    if progress is not None and progress.status in ("undoing", "undone"):
        return unchanged(progress)
    if turn.is_past_the_pivot:
        turn.say_too_late(passed)
    elif table.pivot is not None and turn.stands(table.pivot, "sent"):
        turn.remember_cancellation(passed)
    else:
        turn.go_back(event["reason"])
    return turn.decision


def _overdue(table: Table, progress: Progress | None, event: Event) -> Decision:
    if progress is None or progress.status != "running" or not progress.deadlines:
        return unchanged(progress)
    turn = Turn(table, progress, event)
    late = min(progress.deadlines, key=lambda name: progress.deadlines[name])
    turn.go_back(f"{late} had no answer in time")
    return turn.decision
