"""A workflow as the JSON document that docs/json.md describes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from ensemble.choreography.sagas import step_document
from ensemble.trace.history import ABSENT, Commit
from ensemble.trace.known import Happened, Known, Queue, Row
from ensemble.trace.sagas import SagaStanding, StepStanding, saga_of
from ensemble.trace.standing import Cause, Standing, State, Why, unhandled
from ensemble.trace.steps import Step
from ensemble.trace.waterfall import Segment, waterfall_of
from functions.kit.history import place_of
from functions.kit.model import rfc3339

Json = dict[str, Any]


def document(asked: str, stage: str, known: Known, standing: Standing) -> Json:
    """Return the document of a workflow."""
    return {
        "stage": stage,
        "asked": asked,
        "now": _text(known.now),
        "state": str(standing.state),
        "undone": standing.is_undone,
        "ended_by": [event.event_id for event in standing.ended_by],
        "why": [_why(why) for why in standing.why],
        "events": [_event(event, standing) for event in standing.steps.events.values()],
        "rows": [row_document(row, known.now, standing.steps.events.values()) for row in known.rows],
        "waterfall": [_segment(one) for one in waterfall_of(standing.steps, known)],
    }


def nothing(asked: str, stage: str, now: float, waiting: Mapping[str, Queue]) -> Json:
    """Return the document when nothing is known of it, given the queues in which it may be."""
    texts = zip(waiting, unhandled(waiting), strict=True)
    whys = [_why(Why(Cause.MESSAGE, text, State.WAITING, queue=queue)) for queue, text in texts]
    head = {"stage": stage, "asked": asked, "now": _text(now), "state": "unknown"}
    return {**head, "undone": False, "ended_by": [], "why": whys, "events": [], "rows": [], "waterfall": []}


def _why(why: Why) -> Json:
    return {
        "cause": str(why.cause),
        "text": why.text,
        "state": str(why.state),
        "service": why.service or None,
        "row": why.row,
        "event": None if why.event is None else {"type": why.event.type, "event_id": why.event.event_id},
        "queue": why.queue or None,
        "since": _instant(why.since),
        "next_at": _instant(why.next_at),
        "next_within_seconds": why.next_within,
        "sent_again": why.sent_again,
        "reason": why.reason or None,
        "system": why.system or None,
    }


def _event(event: Happened, standing: Standing) -> Json:
    return {
        "event_id": event.event_id,
        "event_hash": place_of(event.event_id),
        "type": event.type,
        "source": event.source,
        "workflow": event.workflow,
        "at": _text(event.at),
        "cause": event.cause,
        "stored": event.is_stored,
        "on_the_bus": event.event_id not in standing.steps.unpublished and not event.is_timer,
        "fields": event.fields,
        "heard": [_step(step) for step in standing.steps.of(event)],
    }


def _step(step: Step) -> Json:
    return {
        "service": step.hearing.service,
        "row": step.row,
        "queue": step.hearing.queue,
        "reception": str(step.reception),
        "published": [one.event_id for one in step.published],
        "to_publish": [one.event_id for one in step.left],
    }


def _segment(segment: Segment) -> Json:
    return {
        "event_id": segment.event.event_id,
        "service": segment.service,
        "row": segment.row,
        "kind": str(segment.kind),
        "begin": _text(segment.begin),
        "end": _text(segment.end),
        "exact": segment.exact,
    }


def row_document(row: Row, now: float, events: Iterable[Happened] = ()) -> Json:
    """Return the document of a row. `events`: those that are known of its workflow."""
    return {
        "service": row.service,
        "key": row.key,
        "workflow": row.workflow,
        "version": row.version,
        "state_version": row.state_version,
        "state": row.state,
        "handled": len(row.inbox),
        "to_publish": [
            {"cause": cause, "event_id": one.event_id, "type": one.type}
            for cause, outbox in row.outboxes.items()
            for one in outbox
        ],
        "timer": _instant(row.due_at),
        "history": [_commit(commit) for commit in row.history],
        "history_is_whole": row.is_whole,
        "saga": None if (saga := saga_of(row, now, events)) is None else _saga(saga),
    }


def _saga(saga: SagaStanding) -> Json:
    return {
        "status": saga.status,
        "since": _text(saga.since),
        "reason": saga.reason or None,
        "text": saga.text,
        "stages": [[_step_of_saga(one) for one in stage] for stage in saga.stages],
    }


def _step_of_saga(one: StepStanding) -> Json:
    return step_document(one.step) | {
        "state": str(one.state),
        "asked_at": _instant(one.asked_at),
        "answer_by": _instant(one.answer_by),
        "late": one.is_late,
        "text": one.text,
    }


def _commit(commit: Commit) -> Json:
    return {
        "event_hash": commit.place,
        "version": commit.version,
        "committed_at": _text(commit.at),
        "queue_wait_seconds": commit.queue_wait,
        "handler_seconds": commit.handler,
        "attempt": commit.attempt,
        "changes": None if commit.changed is None else [_change(*change) for change in commit.changes()],
    }


def _change(field: str, before: Any, after: Any) -> Json:
    values = {"field": field, "before": before, "after": after}
    return {name: value for name, value in values.items() if value is not ABSENT}


def _instant(seconds: float | None) -> str | None:
    return None if seconds is None else _text(seconds)


def _text(seconds: float) -> str:
    return rfc3339(datetime.fromtimestamp(seconds, UTC))
