"""A saga: a service that conducts others by a table of steps. Its reactions follow from the table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

from functions.kit.errors import ServiceMisdeclared
from functions.kit.model import Reaction, Service, Workflow
from functions.kit.saga.problems import problems
from functions.kit.saga.progress import ENDED, Progress
from functions.kit.saga.reactions import reactions
from functions.kit.saga.table import Cancel, Step, Table

Stage = Step | tuple[Step, ...]
"""A step, or several that run side by side."""


@dataclass(frozen=True, slots=True)
class Saga(Service):
    """A service that was declared by `saga`, with its table."""

    table: Table = field(kw_only=True)

    @property
    def begins(self) -> Reaction:
        """The reaction to the event that begins one."""
        return next(reaction for reaction in self.reactions if reaction.begins)

    def may_publish(self, reaction: Reaction) -> tuple[str, ...]:
        """Return all that it publishes: a row of an older table passes over the steps that are new in this one, and so
        says at once what its reaction says some steps later."""
        return self.emits


def step(
    command: str,
    *,
    sends: tuple[str, ...] = (),
    done: str,
    refused: tuple[str, ...] = (),
    undo: tuple[str, str] | None = None,
    within: timedelta | None = None,
    keeps: tuple[str, ...] = (),
    when: Callable[[Mapping[str, Any]], bool] | None = None,
    pivot: bool = False,
    irreversible: str | None = None,
) -> Step:
    """Send `command` to the one service that hears it, and wait for its answer.

    `sends`: the fields of the command beside the saga's key, taken by their names from what is known: what the first
    event and the answers before had. `done`: the event that says that it is done; `keeps`: what of it later steps need,
    as in `reads`. `refused`: the events by which it is refused, each with a `reason`: nothing was done. `undo`: the
    command, with a `reason`, by which it is undone, and the event that answers it; `irreversible`: why it needs none.
    `within`: how long the answer may take; then it is undone like what is done, since nobody knows whether it is.
    `when`: a pure function of what is known that says whether the step is needed. `pivot`: after it the saga only goes
    forward. Raises ServiceMisdeclared.
    """
    undoing, undone = undo or ("", "")
    return Step(command, command, sends, done, refused, undoing, undone, within, keeps, when, pivot, irreversible)


def wait(
    name: str,
    *,
    done: str,
    refused: tuple[str, ...] = (),
    within: timedelta,
    accepts: str = "",
    rejects: str = "",
    keeps: tuple[str, ...] = (),
    when: Callable[[Mapping[str, Any]], bool] | None = None,
) -> Step:
    """Wait for an event from outside, such as a person's approval; without it `within` this time the saga is undone.

    Where `done` and `refused` are commands, whoever sends one is answered. `rejects`: the event, with a `reason`, that
    answers one that comes when nobody waits for it. `accepts`: the event that answers the one that counts; it may be
    left out where no step runs beside, since what the saga does next then answers it. All else as in `step`.
    """
    return Step(
        name,
        "",
        (),
        done,
        refused,
        within=within,
        keeps=keeps,
        when=when,
        irreversible="it waits",
        accepts=accepts,
        rejects=rejects,
    )


def saga(
    name: str,
    *,
    key: str,
    starts: str,
    reads: tuple[str, ...],
    steps: tuple[Stage, ...],
    completes: str,
    fails: str,
    tells: tuple[str, ...] = (),
    cancels: Cancel | None = None,
    terminal: tuple[str, ...] = (),
    within: timedelta | None = None,
    forgets: timedelta | None = None,
) -> Saga:
    """Return the service that conducts these steps, one stage after the other.

    `starts`: the event that begins one for each value of `key`, of which it knows the fields in `reads`. `completes`:
    what it publishes at its end, with the fields `tells` of what it knows. `fails`: what it publishes with a `reason`
    once all that was done is undone. `cancels`: what asks for that. `within`: how long all of it may take, as
    `Workflow` has it. `forgets`: how long after its end its row is kept; None: for ever. `terminal` as in `Service`.
    Raises ServiceMisdeclared when the table contradicts itself.
    """
    stages = tuple(stage if isinstance(stage, tuple) else (stage,) for stage in steps)
    table = Table(key, stages, completes, tells, fails, cancels)
    for problem in problems(table, starts, reads):
        raise ServiceMisdeclared(f"the saga {name}: {problem}")
    return Saga(
        name=name,
        key=key,
        state=Progress,
        reactions=tuple(reactions(table, starts, reads)),
        timer=_earliest_deadline if table.wakes else None,
        terminal=terminal,
        forgets=None if forgets is None else partial(_kept, forgets),
        workflow=None if within is None else Workflow(starts, done=(completes,), undone=(fails,), within=within),
        table=table,
    )


def _earliest_deadline(progress: Progress) -> str | None:
    return min(progress.deadlines.values(), default=None) if progress.status == "running" else None


def _kept(forgets: timedelta, progress: Progress) -> timedelta | None:
    return forgets if progress.status in ENDED else None
