"""A few events, messages, publications and workers that have numbers, and states among them that are known."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count, product
from typing import Any

import z3  # type: ignore[import-untyped]

from tests.proof.invariants import GUARANTEES
from tests.proof.proving import Things
from tests.proof.state import PLACES, Cell, Domain, State, Term

PUBLICATIONS_OF_AN_EVENT = 2
NUMBERS = z3.BitVecSort(6)
"""What has a number, versions and counts: enough for a way of some dozen steps. What is finite is decided faster."""

_numbers = count()
Values = Mapping[str, Mapping[tuple[int, ...], Any]]
"""What each cell holds, by the numbers of its places."""


@dataclass(frozen=True, slots=True)
class Numbered:
    """So many things of each sort: each event has one message, and two publications."""

    domain: Domain
    things: Things

    def places(self, cell: str) -> list[tuple[int, ...]]:
        """Return the numbers of all places of a cell."""
        return list(product(*(range(len(self.things[sort])) for sort in PLACES[cell][0])))

    def terms(self, cell: str, place: Sequence[int]) -> list[Term]:
        """Return a place as z3 has it."""
        return [self.things[sort][at] for sort, at in zip(PLACES[cell][0], place, strict=True)]

    def number(self, sort: str, holds: Callable[[Term], bool]) -> int:
        """Return the number of the thing of which this holds."""
        return next(at for at, thing in enumerate(self.things[sort]) if holds(thing))

    def values(self, state: State, meant: Callable[[Term], Term]) -> Values:
        """Return what a state holds; `meant` returns the value of a term."""
        return {
            cell: {
                place: self._value(cell, meant(getattr(state, cell)(*self.terms(cell, place))))
                for place in self.places(cell)
            }
            for cell in PLACES
        }

    def _value(self, cell: str, value: Term) -> Any:
        kind = PLACES[cell][1]
        if kind == "int":
            return value.as_signed_long()
        return z3.is_true(value) if kind == "bool" else self.number(kind, value.eq)

    def any_state(self) -> State:
        """Return a state of which nothing is known: each place of each cell is an unknown of its own."""
        number = next(_numbers)
        cells = {}
        for cell, (_, holds) in PLACES.items():
            sort = self.domain.sort(holds)
            held = {tuple(self.terms(cell, at)): z3.Const(f"{cell} {at} {number}", sort) for at in self.places(cell)}
            cells[cell] = _first_of(held)
        return State(**cells)

    def state(self, values: Values) -> State:
        """Return the state that holds this, and nothing where nothing is told: no row, no worker."""
        return State(**{cell: self._cell(cell, values.get(cell, {})) for cell in PLACES})

    def _cell(self, cell: str, values: Mapping[tuple[int, ...], Any]) -> Cell:
        kind = PLACES[cell][1]
        plain: dict[str, Callable[[Any], Term]] = {"int": self.domain.number, "bool": z3.BoolVal}
        made = plain.get(kind) or self.things[kind].__getitem__
        return table({tuple(self.terms(cell, at)): made(value) for at, value in values.items()}, made(0))

    def broken(self, values: Values) -> list[str]:
        """Return the guarantees that do not hold of row, bus and queue."""
        state = self.state(values)
        found = []
        for one in GUARANTEES:
            for some in product(*(self.things[sort] for sort in one.about)):
                if not z3.is_true(z3.simplify(one.holds(self.domain, state, *some))):
                    found.append(one.name)
                    break
        return found


def table(values: Mapping[tuple[Term, ...], Term], otherwise: Term) -> Cell:
    """Return a cell that holds this at these places."""
    by_names = {tuple(one.get_id() for one in at): value for at, value in values.items()}

    def look(*place: Term) -> Term:
        found = by_names.get(tuple(one.get_id() for one in place))
        if found is not None:  # the very thing is named, which spares z3 to look for it
            return found
        value = otherwise
        for at, one in values.items():
            value = z3.If(z3.And(*(a == b for a, b in zip(at, place, strict=True))), one, value)
        return value

    return look


def numbered(events: int, workers: int) -> Numbered:
    """Return a domain of so many events and attempts; which events ask, and which begin a row, is left open."""
    counts = {"event": events, "message": events, "publication": events * PUBLICATIONS_OF_AN_EVENT, "worker": workers}
    things = {name: [z3.BitVecVal(at, NUMBERS) for at in range(number)] for name, number in counts.items()}
    kinds = {
        name: table({(event,): z3.Bool(f"{name} {event}") for event in things["event"]}, z3.BoolVal(False))
        for name in ("asks", "begins")
    }
    because = {(one,): things["event"][at // PUBLICATIONS_OF_AN_EVENT] for at, one in enumerate(things["publication"])}
    sorts = dict.fromkeys(counts, NUMBERS)
    domain = Domain(**sorts, **kinds, of=lambda message: message, because=_first_of(because), numbers=NUMBERS)
    return Numbered(domain, things)


def _first_of(values: Mapping[tuple[Term, ...], Term]) -> Cell:
    return table(values, next(iter(values.values())))
