"""Every course of a saga with participants that behave: all orders of answers, repeated, late, or not in time.

A participant answers a command by its done or one of its refusals, and an undo by its undone: it undoes what it did,
and what it has not done it never will. What was sent once may be delivered at any later instant, and again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from functions.kit.errors import NotYet
from functions.kit.model import TIMER, Decision, Event
from functions.kit.saga import Saga
from functions.kit.saga.progress import Progress
from functions.kit.saga.table import Step, Table

INSTANT = "2026-01-01T00:00:00.000Z"
KEY = "o-1"

Did = tuple[tuple[str, str], ...]
"""What became of each participant's step: done, refused or undone; sorted."""


@dataclass(frozen=True)
class World:
    """One instant: the saga's row, what its participants did, and what has been sent."""

    row: Any
    did: Did
    sent: frozenset[str]

    @property
    def known(self) -> tuple[Any, ...]:
        row = self.row
        shown = None if row is None else (row.status, tuple(sorted(row.steps.items())), row.asked is None)
        return shown, self.did, self.sent


class Courses:
    """Walks through every course of a saga; `said`: what it published because of each event."""

    def __init__(self, saga: Saga, fields: Mapping[str, Any]) -> None:
        assert saga.table is not None
        self._saga, self._table, self._fields = saga, saga.table, fields
        self._reactions = {reaction.event: reaction for reaction in saga.reactions}
        self.said: dict[str, set[str]] = {event: set() for event in self._reactions}

    def ends(self, *sent: str) -> list[World]:
        """Return the worlds in which nothing changes any more, after these events from others."""
        first = World(None, (), frozenset(sent))
        ends, seen, waiting = [], {first.known}, [first]
        while waiting:
            world = waiting.pop()
            following = [one for one in self._following(world) if one.known != world.known]
            if not following:
                ends.append(world)
            for one in following:
                if one.known not in seen:
                    seen.add(one.known)
                    waiting.append(one)
        return ends

    def _following(self, world: World) -> Iterator[World]:
        for message in sorted(world.sent):
            yield from self._delivered(world, message)
        if world.row is not None and self._saga.timer is not None and self._saga.timer(world.row) is not None:
            yield self._heard(world, TIMER)
        for one in self._table.steps:
            if not one.command and world.row is not None and world.row.steps.get(one.name) == "sent":
                for event in (one.done, *one.refused):  # whoever is waited for decides
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
        return World(world.row, tuple(sorted(all.items())), world.sent | {event})

    def _heard(self, world: World, event: str) -> World:
        reaction = self._reactions[event]
        try:
            decision: Decision = reaction.react(world.row, Event("e-1", event, INSTANT, "w-1", self._fields))
        except NotYet:  # it comes back later
            return world
        says = {one.type for one in decision.publications}
        assert says <= set(reaction.publishes), f"{event} publishes {says - set(reaction.publishes)} undeclared"
        self.said[event] |= says
        return World(decision.state, world.did, world.sent | says)


def wrong(table: Table, world: World) -> str:
    """Say what must not be in a world in which nothing is left to happen; nothing where all is well."""
    row, did = world.row, dict(world.did)
    assert isinstance(row, Progress)
    if row.status not in ("completed", "undone"):
        return f"it ends as {row.status}: {row.steps}"
    if row.known or row.asked is not None or row.deadlines:
        return "its row still knows what it was for"
    if [table.completes in world.sent, table.fails in world.sent] != [
        row.status == "completed",
        row.status == "undone",
    ]:
        return f"it is {row.status}, and says otherwise"
    for one in table.steps:
        is_done = did.get(one.name) == "done"
        if row.status == "undone" and is_done and one.irreversible is None:
            return f"it is undone, and {one.name} is done"
        if row.status == "completed" and one.command and is_done != (row.steps[one.name] == "done"):
            return f"it is completed, and {one.name} is {did.get(one.name)}"
    return ""
