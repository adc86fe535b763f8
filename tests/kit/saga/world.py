"""Every course of a saga with participants that behave: all orders of answers, repeated, late, or not in time.

A participant answers a command by its done or one of its refusals, and an undo by its undone: it undoes what it did,
and what it has not done it never will. What was sent once may be delivered at any later instant, and again. At any
instant saga and participants may be replaced by those of another table, which find row and messages as they are.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from functions.kit.model import TIMER, Decision, Event
from functions.kit.saga import Saga
from functions.kit.saga.progress import Progress
from functions.kit.saga.table import Step, Table, names_of

INSTANT = "2026-01-01T00:00:00.000Z"
KEY = "o-1"

Did = tuple[tuple[str, str], ...]
"""What became of each participant's step: done, refused or undone; sorted."""


@dataclass(frozen=True)
class World:
    """One instant: the saga's row, what its participants did, what has been sent, and whether the table is the one that
    came later. `harm`: what went wrong on the way."""

    row: Any
    did: Did
    sent: frozenset[str]
    is_changed: bool = False
    harm: str = ""

    @property
    def known(self) -> tuple[Any, ...]:
        row = self.row
        steps = None if row is None else (tuple(sorted(row.steps.items())), tuple(sorted(row.deadlines)))
        shown = None if row is None else (row.status, steps, row.asked is None, tuple(sorted(row.known)))
        return shown, self.did, self.sent, self.is_changed, self.harm


class Conducted:
    """A saga with its participants. `needed`: fields without which nothing is taken that is sent with them.

    `said`: what it published because of each event; `unanswered`: the decisions from outside after which it did not say
    whether they count.
    """

    def __init__(self, saga: Saga, fields: Mapping[str, Any], needed: Collection[str] = ()) -> None:
        self._saga, self._table, self._fields = saga, saga.table, fields
        sent = {one.command: one.sends for one in saga.table.steps} | {saga.table.completes: saga.table.tells}
        self._needed = {event: set(needed) & {*names} for event, names in sent.items()}
        self._reactions = {reaction.event: reaction for reaction in saga.reactions}
        self.said: dict[str, set[str]] = {event: set() for event in self._reactions}
        self.unanswered: set[str] = set()

    def following(self, world: World) -> Iterator[World]:
        """Yield each world that may come next, many of them like this one."""
        for message in sorted(world.sent):
            yield from self._delivered(world, message)
        if world.row is not None and self._saga.timer is not None and self._saga.timer(world.row) is not None:
            yield self._heard(world, TIMER)
        for one in self._table.steps:
            is_waited_for = world.row is not None and world.row.steps.get(one.name) == "sent"
            if not one.command and (is_waited_for or one.rejects):
                for event in (one.done, *one.refused):  # whoever is waited for decides, and may do so at any time
                    yield self._heard(world, event)

    def _delivered(self, world: World, message: str) -> Iterator[World]:
        for one in self._table.steps:
            did = dict(world.did).get(one.name)
            if message == one.command and did is None:
                yield self._answered(world, one, "done", one.done)
                for event in one.refused:
                    yield self._answered(world, one, "refused", event)
            elif message == one.undo and did in (None, "done"):
                yield self._answered(world, one, "undone", one.undone)
        if message in self._reactions:
            yield self._heard(world, message)

    def _answered(self, world: World, one: Step, did: str, event: str) -> World:
        all = dict(world.did) | {one.name: did}
        return replace(world, did=tuple(sorted(all.items())), sent=world.sent | {event})

    def _heard(self, world: World, event: str) -> World:
        reaction = self._reactions[event]
        fields = {name: self._fields[name] for name in (self._table.key, *names_of(reaction.reads))}
        try:
            decision: Decision = reaction.react(world.row, Event("e-1", event, INSTANT, "w-1", fields))
        except KeyError as error:
            return replace(world, harm=f"{event} stops with a fault: {error}")
        says = {one.type for one in decision.publications}
        waits = next((one for one in self._table.steps if one.rejects and event in (one.done, *one.refused)), None)
        if waits is not None and not says & {waits.accepts, waits.rejects}:
            self.unanswered.add(event)
        self.said[event] |= says
        undeclared = sorted(says - set(self._saga.may_publish(reaction)))
        harm = f"{event} publishes {undeclared} undeclared" if undeclared else self._harm(world, decision)
        return replace(world, row=decision.state, sent=world.sent | says, harm=harm)

    def _harm(self, world: World, decision: Decision) -> str:
        """Say what must not be in a decision; nothing where all is well."""
        said = {one.type for one in decision.publications}
        for one in decision.publications:
            if not self._needed.get(one.type, set()) <= one.fields.keys():
                return f"{one.type} lacks {self._needed[one.type] - one.fields.keys()}"
        if world.row is not None and world.row.status in ("completed", "undone") and decision.state != world.row:
            return "it goes on after its end"
        is_forgotten = world.row is not None and world.row.asked is not None and decision.state.asked is None
        if is_forgotten and decision.state.status == "completed" and not said & self.rejects:
            return "a cancellation that waited has no answer"
        return ""

    @property
    def rejects(self) -> set[str]:
        """The event that answers a cancellation which comes too late."""
        return {self._table.cancel.rejects} if self._table.cancel else set()


class Courses:
    """Walks through every course of a saga; `said` and `unanswered` as of `Conducted`.

    `then`: the saga with another table that it may become, at any instant and for good.
    """

    def __init__(self, saga: Saga, fields: Mapping[str, Any], then: Saga | None = None, needed: Collection[str] = ()):
        self._before = Conducted(saga, fields, needed)
        self._after = None if then is None else Conducted(then, fields, needed)
        self.said, self.unanswered = self._before.said, self._before.unanswered

    def ends(self, *sent: str) -> list[World]:
        """Return the worlds in which nothing changes any more, after these events from others."""
        first = World(None, (), frozenset(sent))
        ends, seen, waiting = [], {first.known}, [first]
        while waiting:
            world = waiting.pop()
            following = [one for one in self._following(world) if one.known != world.known]
            if world.harm or not following:
                ends.append(world)
                continue
            for one in following:
                if one.known not in seen:
                    seen.add(one.known)
                    waiting.append(one)
        return ends

    def _following(self, world: World) -> Iterator[World]:
        if self._after is None or not world.is_changed:
            yield from self._before.following(world)
        if self._after is not None:
            changed = replace(world, is_changed=True)
            yield from self._after.following(changed) if world.is_changed else [changed]


def wrong(table: Table, world: World, was: Table | None = None) -> str:
    """Say what must not be in a world in which nothing is left to happen; nothing where all is well.

    `was`: the table that went before; a step that is not in it need not be done.
    """
    row, did, before = world.row, dict(world.did), was or table
    assert isinstance(row, Progress)
    if world.harm:
        return world.harm
    if row.status not in ("completed", "undone"):
        return f"it ends as {row.status}: {row.steps}"
    if row.known or row.asked is not None or row.deadlines:
        return "its row still knows what it was for"
    if [
        bool({one.completes for one in (before, table)} & world.sent),
        bool({before.fails, table.fails} & world.sent),
    ] != [
        row.status == "completed",
        row.status == "undone",
    ]:
        return f"it is {row.status}, and says otherwise"
    if row.status == "completed" and not _is_answered([before, table], world):
        return "a cancellation has no answer"
    old = {one.name for one in before.steps}
    left_done = {one.name for one in (*before.steps, *table.steps) if one.irreversible is not None}
    for one in table.steps:
        is_done = did.get(one.name) == "done"
        if row.status == "undone" and is_done and one.name not in left_done:
            return f"it is undone, and {one.name} is done"
        if row.status == "completed" and one.name in old and one.name not in row.steps:
            return f"it is completed, and {one.name} was passed over"
        if row.status == "completed" and one.command and is_done != (row.steps.get(one.name) == "done"):
            return f"it is completed, and {one.name} is {did.get(one.name)}"
    return ""


def _is_answered(tables: Iterable[Table], world: World) -> bool:
    """Whether a cancellation that was asked for has been told that it is too late."""
    cancels = [one.cancel for one in tables if one.cancel is not None]
    asked = any(one.event in world.sent for one in cancels)
    return not asked or any(one.rejects in world.sent for one in cancels)
