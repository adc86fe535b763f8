"""What the model of the commit protocol is about: one row, the bus, the queue, and who works at it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from enum import IntEnum
from itertools import count
from typing import Any

import z3  # type: ignore[import-untyped]

Term = Any
"""A term of z3, of whatever sort: its package has no types."""

Cell = Callable[..., Term]


class Stage(IntEnum):
    """How far a worker is: not begun, before its write without a read, before its read, decided, before PutEvents, all
    taken by the bus, marking what the bus did not take, before its answer to the queue, ended."""

    IDLE, ASSUMING, READING, DECIDED, HOLDING, PUBLISHED, MISTAKEN, DONE, ENDED = range(9)


@dataclass(frozen=True, slots=True)
class Domain:
    """The sorts, and what never changes: of which event a message is, and because of which one something is published.

    A publication is an event that a reaction publishes. `asks`: the reaction to an event has an effect, before which an
    intent is committed. `begins`: its row usually is not there yet, and is not read. `numbers`: the sort of versions,
    counts and stages.
    """

    event: Term
    message: Term
    publication: Term
    worker: Term
    of: Cell
    because: Cell
    asks: Cell
    begins: Cell
    numbers: Term

    @classmethod
    def made(cls, event: Term, message: Term, publication: Term, worker: Term) -> Domain:
        """Return the domain over these sorts, of which nothing else is known."""
        of, because = z3.Function("of", message, event), z3.Function("because", publication, event)
        asks, begins = (z3.Function(name, event, z3.BoolSort()) for name in ("asks", "begins"))
        return cls(event, message, publication, worker, of, because, asks, begins, z3.IntSort())

    def sort(self, name: str) -> Term:
        """Return the sort of this name."""
        return z3.BoolSort() if name == "bool" else self.numbers if name == "int" else getattr(self, name)

    def number(self, value: int) -> Term:
        """Return a number as a term."""
        return self.numbers.cast(value)


@dataclass(frozen=True, slots=True)
class State:
    """A state: what each cell holds, as a function of its places.

    Of the row: `version` (0: there is none), `known` (the inbox), `outbox` (by cause), `intends`, `effects` (how often
    an event changed the state that is stored). Outside: `published` (on the bus), `deleted` (from the queue). For the
    guarantees alone: `committed` (a commit of the event was carried out), `marked` (its outbox was taken out). Of a
    worker: `stage`, `message`, `seen` (the version it has read or written), and its copy of the row.
    """

    version: Cell
    known: Cell
    outbox: Cell
    intends: Cell
    effects: Cell
    published: Cell
    deleted: Cell
    committed: Cell
    marked: Cell
    stage: Cell
    message: Cell
    seen: Cell
    copy_known: Cell
    copy_outbox: Cell
    copy_intends: Cell
    copy_effects: Cell


PLACES: dict[str, tuple[tuple[str, ...], str]] = {
    "version": ((), "int"),
    **dict.fromkeys(("known", "outbox", "intends", "committed", "marked"), (("event",), "bool")),
    "effects": (("event",), "int"),
    "published": (("publication",), "bool"),
    "deleted": (("message",), "bool"),
    "stage": (("worker",), "int"),
    "message": (("worker",), "message"),
    "seen": (("worker",), "int"),
    **dict.fromkeys(("copy_known", "copy_outbox", "copy_intends"), (("worker", "event"), "bool")),
    "copy_effects": (("worker", "event"), "int"),
}
"""The sorts of each cell's places, and of what it holds."""

CELLS = tuple(field.name for field in fields(State))
_numbers = count()


def any_state(domain: Domain) -> State:
    """Return a state of which nothing is known."""
    number = next(_numbers)
    made = {}
    for cell, (places, holds) in PLACES.items():
        sorts = [domain.sort(place) for place in places]
        made[cell] = z3.Function(f"{cell} {number}", *sorts, domain.sort(holds))
    return State(**made)
