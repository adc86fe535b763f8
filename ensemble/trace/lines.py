"""Workflows in a list: of each one line that says how it stands. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ensemble.trace.conditions import Condition
from ensemble.trace.known import Happened, Known
from ensemble.trace.standing import Cause, Standing, State, Why
from ensemble.trace.words import moment
from functions.kit.model import Workflow

Promises = Mapping[str, tuple[str, Workflow]]
"""What services promise of workflows: by the event that starts one, the service and the promise."""


@dataclass(frozen=True, slots=True)
class WorkflowLine:
    """A workflow in the list.

    `keys`: what finds its rows. `type`: of the event that it started with. `started`: when, in seconds since 1970.
    `last`: the type of its newest event, of `last_at`. Of these nothing is known where no event is. `why`: why it goes
    no further, in few words; nothing where it has ended. `deadline`: when it is to have ended, where a service promises
    that; `is_late`: it has not, or did later. `saga`: where its saga stands, in few words; nothing where it has none
    that is under way.
    """

    workflow: str
    keys: tuple[str, ...]
    type: str
    started: float | None
    condition: Condition
    last: str
    last_at: float | None
    why: str = ""
    deadline: float | None = None
    is_late: bool = False
    saga: str = ""

    @property
    def is_past_deadline(self) -> bool:
        """Whether it is to have ended, and has not."""
        return self.is_late and self.condition not in (Condition.DONE, Condition.UNDONE)


def ending(events: Sequence[Happened], promises: Promises) -> Happened | None:
    """Return the event with which a workflow has ended as its service declares it; None if it has not, or if nothing is
    declared."""
    service, promise = promises.get(events[0].type, ("", None))
    ends = () if promise is None else promise.ends
    return next((one for one in events if one.source == service and one.type in ends), None)


def ended_line(workflow: str, events: Sequence[Happened], end: Happened, promises: Promises) -> WorkflowLine:
    """Return the line of a workflow that has ended with this event. `events`: in the order of time."""
    _, promise = promises[events[0].type]
    condition = Condition.UNDONE if end.type in promise.undone else Condition.DONE
    return _line(workflow, events, condition, "", end.at, promises)


def line_of(workflow: str, known: Known, standing: Standing, promises: Promises) -> WorkflowLine:
    """Return the line of a workflow that was looked at as `ensemble trace` does. Raises ValueError when neither an
    event nor a row of it is known."""
    why = "" if standing.state is State.DONE or not standing.why else brief(standing.why[0], known.now)
    events, condition = tuple(standing.steps.events.values()), _condition(standing)
    saga = "; ".join(saga.brief for saga in standing.sagas if saga.brief)
    if events:
        over = standing.ended_by[-1].at if standing.state is State.DONE and standing.ended_by else known.now
        return replace(_line(workflow, events, condition, why, over, promises), saga=saga)
    keys = tuple(dict.fromkeys(row.key.partition("#")[2] for row in known.rows))
    if not keys:
        raise ValueError(workflow)
    return WorkflowLine(workflow, keys, "", None, condition, "", None, why, saga=saga)


def lateness(known: Known, standing: Standing, promises: Promises) -> str:
    """Return in words that a workflow is past the deadline which a service promises; nothing where it is not."""
    if not standing.steps.events:
        return ""
    line = line_of("", known, standing, promises)
    if not line.is_late or line.deadline is None:
        return ""
    by = moment(line.deadline, known.now)
    return f"it is past its deadline: it was to end by {by}" if line.is_past_deadline else f"it ended after {by}"


def _line(
    workflow: str, events: Sequence[Happened], condition: Condition, why: str, over: float, promises: Promises
) -> WorkflowLine:
    """`over`: until when it took, as far as is known."""
    first, last = events[0], events[-1]
    deadline = first.at + promises[first.type][1].within.total_seconds() if first.type in promises else None
    return WorkflowLine(
        workflow=workflow,
        keys=tuple(dict.fromkeys(first.values.values())),
        type=first.type,
        started=first.at,
        condition=condition,
        last=last.type,
        last_at=last.at,
        why=why,
        deadline=deadline,
        is_late=deadline is not None and over > deadline,
    )


def _condition(standing: Standing) -> Condition:
    if standing.is_undone and standing.state is State.DONE:
        return Condition.UNDONE
    if standing.is_undone and standing.state in (State.RUNNING, State.WAITING):
        return Condition.COMPENSATING
    return Condition(standing.state)


def brief(why: Why, now: float) -> str:
    """Say a reason in few words; `ensemble trace` has all of it."""
    what = "" if why.event is None else why.event.type
    match why.cause:
        case Cause.DEAD_LETTER:
            return f"{why.service} gave {what or 'a timer'} up: {why.reason}"
        case Cause.DROPPED:
            return f"{what} for {why.service} was dropped: {why.reason}"
        case Cause.NO_RULE:
            return f"no rule sends {what} to {why.service}"
        case Cause.OUTBOX:
            return f"{why.service} has to publish because of {what}{_held_up(why)}"
        case Cause.MESSAGE | Cause.NO_MESSAGE:
            return f"{why.service} has not handled {what}{_held_up(why)}"
        case Cause.TIMER | Cause.SWEEP:
            return f"timer of {why.service}, due at {moment(why.next_at or why.since or now, now)}"
        case Cause.NOTHING:
            return f"nothing came after {what}"
    return why.text


def _held_up(why: Why) -> str:
    if why.system:
        return f": {why.system} does not answer"
    return f": {why.reason}" if why.reason else ""
