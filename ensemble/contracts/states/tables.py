"""What is recorded of a saga's table: what its rows rely on, so that another table can be held against it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from functions.kit.saga import Saga
from functions.kit.saga.table import Step


@dataclass(frozen=True, slots=True)
class RecordedStep:
    """A step as it was: its answers, what undoes it, what it keeps. `waits`: for somebody, whom it asks nothing."""

    name: str
    done: str
    refused: tuple[str, ...]
    undo: str
    undone: str
    keeps: tuple[str, ...]
    pivot: bool
    waits: bool
    is_conditional: bool


@dataclass(frozen=True, slots=True)
class RecordedTable:
    """A table as it was.

    `starts`, `reads`: the event that began each, and what was read of it. `cancel`: the event that asked for its end,
    empty where none did; `passes`: what was kept of that.
    """

    starts: str
    reads: tuple[str, ...]
    stages: tuple[tuple[RecordedStep, ...], ...]
    cancel: str
    passes: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the table as it is recorded in a file."""
        return {**_plain(self), "stages": [[_plain(step) for step in stage] for stage in self.stages]}

    @property
    def steps(self) -> tuple[RecordedStep, ...]:
        """All steps in their order."""
        return tuple(step for stage in self.stages for step in stage)

    def stage_of(self, name: str) -> int:
        """Return the place of a step's stage."""
        return next(place for place, stage in enumerate(self.stages) for step in stage if step.name == name)


def recorded_table(saga: Saga) -> RecordedTable:
    """Return what of a saga's table its rows rely on."""
    cancel = saga.table.cancel
    return RecordedTable(
        saga.begins.event,
        saga.begins.reads,
        tuple(tuple(_recorded(step) for step in stage) for stage in saga.table.stages),
        cancel.event if cancel else "",
        cancel.passes if cancel else (),
    )


def _recorded(step: Step) -> RecordedStep:
    return RecordedStep(
        step.name,
        step.done,
        step.refused,
        step.undo,
        step.undone,
        step.keeps,
        step.pivot,
        not step.command,
        step.when is not None,
    )


def _plain(one: RecordedTable | RecordedStep) -> dict[str, Any]:
    values = {field.name: getattr(one, field.name) for field in fields(one)}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}


def table_from(recorded: Mapping[str, Any]) -> RecordedTable:
    """Return the table that was written by `as_json`."""
    stages = tuple(tuple(RecordedStep(**_frozen(step)) for step in stage) for stage in recorded["stages"])
    return RecordedTable(**{**_frozen(recorded), "stages": stages})


def _frozen(recorded: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: tuple(value) if isinstance(value, Sequence) and not isinstance(value, str) else value
        for name, value in recorded.items()
    }
