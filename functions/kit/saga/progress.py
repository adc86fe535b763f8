"""Where a saga stands, and how it goes on from there: forward stage by stage, or backward. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from functions.kit.model import Decision, Event, Publication, Sensitive, publish
from functions.kit.saga.table import Step, Table, names_of

StepStatus = Literal["sent", "done", "refused", "skipped", "undoing", "undone"]
"""`sent`: not answered yet. `refused`: nothing was done. `skipped`: its condition did not hold. `undoing`: not answered
yet. `undone`: nothing of it is left."""

Status = Literal["running", "undoing", "completed", "undone"]

UNANSWERED: tuple[StepStatus, ...] = ("sent", "undoing")
ENDED: tuple[Status, ...] = ("completed", "undone")


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a saga stands, as its row has it: by the names of steps, so that their table may change.

    `since`: the instant at which it took this status. `steps`: those that were begun. `deadlines`: of those that are to
    answer in time, the instants. `known`: what commands are filled from; nothing once it has ended. `asked`: what is to
    be told of a cancellation that waits for the pivot's answer, None where none does. `reason`: why it is undone.
    """

    status: Status
    since: str
    steps: dict[str, StepStatus] = field(default_factory=dict)
    deadlines: dict[str, str] = field(default_factory=dict)
    known: Sensitive[dict[str, Any]] = field(default_factory=dict)
    asked: Sensitive[dict[str, Any] | None] = None
    reason: str = ""


class Turn:
    """What one event changes of a saga, and what is published because of it."""

    def __init__(self, table: Table, progress: Progress, event: Event) -> None:
        self._table, self._event, self._before = table, event, progress
        self._status: Status = progress.status
        self._steps = dict(progress.steps)
        self._deadlines = dict(progress.deadlines)
        self._known = dict(progress.known)
        self._asked = progress.asked
        self._reason = progress.reason
        self._said: list[Publication] = []

    @property
    def decision(self) -> Decision:
        """What is to be committed."""
        is_over = self._status in ENDED
        is_as_before = self._status == self._before.status
        progress = Progress(
            status=self._status,
            since=self._before.since if is_as_before else self._event.timestamp,
            steps=self._steps,
            deadlines={name: at for name, at in self._deadlines.items() if self._steps[name] == "sent"},
            known={} if is_over else self._known,
            asked=None if is_over else self._asked,
            reason=self._reason,
        )
        return Decision(progress, *self._said)

    def stands(self, step: Step, *statuses: StepStatus) -> bool:
        """Whether the step has one of these statuses."""
        return self._steps.get(step.name) in statuses

    @property
    def is_past_the_pivot(self) -> bool:
        """Whether it only goes forward, or has come to its end."""
        pivot = self._table.pivot
        return self._status == "completed" or (pivot is not None and self.stands(pivot, "done", "skipped"))

    # Forward

    def go_on(self) -> None:
        """Begin the next stage in which there is something to do; after the last one the saga is completed.

        Where it stands is the last stage of which a step was begun: what was put before it since is not for this one.
        """
        begun = [
            place for place, stage in enumerate(self._table.stages) if any(step.name in self._steps for step in stage)
        ]
        for stage in self._table.stages[max(begun, default=-1) + 1 :]:
            for step in stage:
                self._begin(step)
            if self._waits(stage):
                return
        self._status = "completed"
        self._say(self._table.completes, self._of_known(self._table.tells))

    def _begin(self, step: Step) -> None:
        if step.when is not None and not step.when(self._known):
            self._steps[step.name] = "skipped"
            return
        self._steps[step.name] = "sent"
        if step.within is not None:
            self._deadlines[step.name] = self._event.later(step.within)
        if step.command:
            self._say(step.command, self._of_known(step.sends))

    def done(self, step: Step) -> None:
        """Take the answer of a step that is done, and go on: forward, or backward if the saga is being undone."""
        self._steps[step.name] = "done"
        self._say_that_it_counts(step)
        kept = names_of(step.keeps)
        self._known |= {name: value for name, value in self._event.fields.items() if name in kept}
        if self._status == "undoing":
            self.go_back()
            return
        if step.pivot and self._asked is not None:
            self.say_too_late(self._asked)
            self._asked = None
        if not self._waits(self._stage_of(step)):
            self.go_on()

    # Backward

    def refuse(self, step: Step, reason: str) -> None:
        """Take the answer of a step that nothing is left of, and go back. A late refusal answers the step's undo."""
        self._steps[step.name] = "undone" if self.stands(step, "undoing") else "refused"
        self._say_that_it_counts(step)
        self.go_back(reason)

    def undone(self, step: Step) -> None:
        """Take the answer of an undo, and go back further."""
        self._steps[step.name] = "undone"
        self.go_back()

    def go_back(self, reason: str = "") -> None:
        """Undo the last stage of which something is left; once it has answered, the one before it."""
        self._status = "undoing"
        self._reason = self._reason or reason
        for stage in reversed(self._table.stages):
            for step in stage:
                self._undo(step)
            if self._waits(stage):
                return
        self._status = "undone"
        self._say(self._table.fails, {"reason": self._reason})

    def _undo(self, step: Step) -> None:
        """Undo what is done, and what may be: a step that is to answer in time may be undone before it has."""
        if self.stands(step, "done") or (self.stands(step, "sent") and step.within is not None):
            self._steps[step.name] = "undoing" if step.undo else "undone"
            if step.undo:
                self._say(step.undo, {"reason": self._reason})

    # What is asked

    def _say_that_it_counts(self, step: Step) -> None:
        """Answer whoever decided."""
        if step.accepts:
            self._say(step.accepts, {"command": self._event.type, "command_id": self._event.external_id})

    def remember_cancellation(self, passed: Mapping[str, Any]) -> None:
        """Let a cancellation wait until the pivot has answered."""
        self._asked = dict(passed) if self._asked is None else self._asked

    def say_too_late(self, passed: Mapping[str, Any]) -> None:
        """Answer a cancellation that comes too late."""
        if self._table.cancel is not None:
            self._say(self._table.cancel.rejects, {**passed, "reason": self._table.cancel.too_late})

    def _stage_of(self, step: Step) -> tuple[Step, ...]:
        return next(stage for stage in self._table.stages if step in stage)

    def _waits(self, stage: Iterable[Step]) -> bool:
        return any(self.stands(step, *UNANSWERED) for step in stage)

    def _of_known(self, names: Iterable[str]) -> dict[str, Any]:
        return {name: self._known.get(name) for name in names}

    def _say(self, type: str, fields: Mapping[str, Any]) -> None:
        key = self._table.key
        self._said.append(publish(type, **{key: self._event[key], **fields}))
