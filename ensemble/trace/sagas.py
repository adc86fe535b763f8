"""Where a saga stands: from its row and its table to each step's state, and to sentences. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from ensemble.trace.known import Happened, Row
from ensemble.trace.words import listed, moment, span
from functions.kit.saga.table import Step, Table


class StepState(StrEnum):
    """How a step is: as the row has it, or `AHEAD` and `NEVER` where it has not begun, and may or will not any more."""

    AHEAD = "ahead"
    NEVER = "never"
    SENT = "sent"
    DONE = "done"
    REFUSED = "refused"
    SKIPPED = "skipped"
    UNDOING = "undoing"
    UNDONE = "undone"


IN_WORDS = {
    StepState.AHEAD: "is to come",
    StepState.NEVER: "will not be asked for",
    StepState.SENT: "waits for its answer",
    StepState.DONE: "is done",
    StepState.REFUSED: "was refused",
    StepState.SKIPPED: "was not needed",
    StepState.UNDOING: "is being undone",
    StepState.UNDONE: "is undone",
}


@dataclass(frozen=True, slots=True)
class StepStanding:
    """How one step is.

    `asked_at`: when its command, or its undo, was asked for, and `answer_by`: until when it is to be answered; None
    where that is not known, or it is not waited for. `is_late`: that is past.
    """

    step: Step
    state: StepState
    asked_at: float | None = None
    answer_by: float | None = None
    is_late: bool = False

    @property
    def is_begun(self) -> bool:
        """Whether it was asked for, or skipped."""
        return self.state not in (StepState.AHEAD, StepState.NEVER)

    @property
    def is_waited_for(self) -> bool:
        """Whether it has still to answer."""
        return self.state in (StepState.SENT, StepState.UNDOING)

    @property
    def text(self) -> str:
        """Say in words how it is."""
        waits = self.state is StepState.SENT and not self.step.command
        late = ", and is late" if self.is_late else ""
        return f"{'is waited for' if waits else IN_WORDS[self.state]}{late}"


@dataclass(frozen=True, slots=True)
class SagaStanding:
    """Where a saga stands. `status`: of its row, since the instant `since`. `text`: all of it, as a sentence."""

    service: str
    status: str
    since: float
    reason: str
    stages: tuple[tuple[StepStanding, ...], ...]
    text: str

    @property
    def goes_back(self) -> bool:
        """Whether it undoes what was done."""
        return self.status == "undoing"

    @property
    def waits_for(self) -> tuple[str, ...]:
        """The commands that are not answered, and the names of what it waits for from outside."""
        return tuple(_asked(one) for one in _waiting(self.stages))

    @property
    def brief(self) -> str:
        """Say in few words where it stands; nothing where it has ended."""
        names = listed(self.waits_for or ("nothing",))
        match self.status:
            case "running":
                return f"step {_place(self.stages)} of {len(self.stages)}, {names}"
            case "undoing":
                return f"going back, {names}"
        return ""


def saga_of(row: Row, now: float, events: Iterable[Happened] = ()) -> SagaStanding | None:
    """Say where the saga of a row stands; None where it is no saga's, or its state is not to be read. `events`: those
    that are known of its workflow: they say when something was asked for."""
    state = row.state
    if row.table is None or not isinstance(state, Mapping) or not isinstance(state.get("steps"), Mapping):
        return None
    own = [one for one in events if one.source == row.service and row.key.partition("#")[2] in one.values.values()]
    asked = {one.type: one.at for one in own}
    is_over = state.get("status") != "running"
    stages = tuple(tuple(_step(one, state, asked, now, is_over) for one in stage) for stage in row.table.stages)
    status, since = str(state.get("status")), _seconds(state.get("since")) or now
    reason = str(state.get("reason") or "")
    text = f"{row.service} {_sentence(row.table, stages, status, since, reason, now)}"
    if state.get("asked") is not None:
        text += "; a cancellation waits for that answer"
    return SagaStanding(row.service, status, since, reason, stages, text)


def _step(step: Step, state: Mapping[str, Any], asked: Mapping[str, float], now: float, is_over: bool) -> StepStanding:
    status = state["steps"].get(step.name)
    if status is None:
        return StepStanding(step, StepState.NEVER if is_over else StepState.AHEAD)
    known = StepState(status) if status in [*StepState] else StepState.SENT
    if known is StepState.UNDOING:
        return StepStanding(step, known, asked.get(step.undo))
    if known is not StepState.SENT:
        return StepStanding(step, known)
    answer_by = _seconds((state.get("deadlines") or {}).get(step.name))
    by_deadline = None if answer_by is None or step.within is None else answer_by - step.within.total_seconds()
    return StepStanding(
        step, known, asked.get(step.command, by_deadline), answer_by, answer_by is not None and answer_by < now
    )


def _sentence(
    table: Table,
    stages: tuple[tuple[StepStanding, ...], ...],
    status: str,
    since: float,
    reason: str,
    now: float,
) -> str:
    why = f": {reason}" if reason else ""
    waits = "; ".join(_waits(one, now) for one in _waiting(stages))
    match status:
        case "running":
            return f"is at step {_place(stages)} of {len(stages)}: {waits}"
        case "undoing":
            return f"goes back since {moment(since, now)}{why}. {waits[:1].upper()}{waits[1:]}"
        case "completed":
            return f"completed all it had to do at {moment(since, now)}"
    if not any(one.is_begun for stage in stages for one in stage):
        return f"was given up before it began, at {moment(since, now)}{why}"
    return f"undid all that was done by {moment(since, now)}{why}"


def _waiting(stages: Iterable[Iterable[StepStanding]]) -> list[StepStanding]:
    return [one for stage in stages for one in stage if one.is_waited_for]


def _place(stages: tuple[tuple[StepStanding, ...], ...]) -> int:
    """Return the number of the last stage of which a step was begun."""
    places = (place for place, stage in enumerate(stages, 1) if any(one.is_begun for one in stage))
    return max(places, default=1)


def _asked(one: StepStanding) -> str:
    return one.step.undo if one.state is StepState.UNDOING else one.step.name


def _waits(one: StepStanding, now: float) -> str:
    """Say of a step, or of its undo, since when it is waited for, and until when."""
    until = ""
    if one.answer_by is not None:
        until = f"{'was' if one.is_late else 'is'} to be answered by {moment(one.answer_by, now)}"
    if not one.step.command and one.state is StepState.SENT:
        since = "" if one.asked_at is None else f" for {span(now - one.asked_at)}"
        return f"it waits for {one.step.name}{since}" + (f", which {until}" if until else "")
    when = "" if one.asked_at is None else f" {span(now - one.asked_at)} ago"
    return f"{_asked(one)} was asked for{when} and {until or 'has no answer yet'}"


def _seconds(text: Any) -> float | None:
    try:
        return datetime.fromisoformat(text).timestamp()
    except (TypeError, ValueError):
        return None
