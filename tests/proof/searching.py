"""Looks for a shortest way from the first state to a goal, among few events and workers, by the same steps."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import z3  # type: ignore[import-untyped]

from tests.proof.guards import Guard
from tests.proof.invariants import GUARANTEES, begun
from tests.proof.numbered import Numbered, Values, numbered, table
from tests.proof.proving import Things, instances
from tests.proof.state import CELLS, Cell, Domain, Stage, State, Term
from tests.proof.steps import Choice, Step, Steps

EVENTS, WORKERS, LONGEST = 2, 2, 12
"""How many events and attempts a way has at most, and how many steps."""

Goal = Callable[[Domain, State, Things], Term]


@dataclass(frozen=True, slots=True)
class Taken:
    """A step of a way: its name, who takes it, at which event, what the bus takes, and the state after it."""

    name: str
    worker: int
    event: int
    taken: tuple[int, ...]
    after: Values

    def __str__(self) -> str:
        return f"worker {self.worker}, event {self.event}: {self.name}"


@dataclass(frozen=True, slots=True)
class Way:
    """A way to a goal. `asks`, `begins`: the events whose reactions have an effect, and those that begin a row."""

    steps: tuple[Taken, ...]
    asks: frozenset[int]
    begins: frozenset[int]

    def __str__(self) -> str:
        return "; ".join(map(str, self.steps))


def broken_guarantee(domain: Domain, state: State, things: Things) -> Term:
    """Whether a guarantee does not hold."""
    return z3.Not(z3.And(*(fact for one in GUARANTEES for fact in instances(one, domain, state, things))))


def shortest(goal: Goal, out: Collection[Guard] = (), longest: int = LONGEST) -> Way | None:
    """Return a shortest way to a goal without these guards, or None if it takes more steps."""
    search = Search(numbered(EVENTS, WORKERS), out)
    return next((way for way in (search.longer(goal) for _ in range(longest)) if way is not None), None)


class Search:
    """A search, from the first state on, by one more step each time."""

    def __init__(self, among: Numbered, out: Collection[Guard]) -> None:
        self._among, self._out = among, out
        self._domain, self._things = among.domain, among.things
        self._states = [among.any_state()]
        self._choices: list[tuple[Term, Choice]] = []
        self._names: list[str] = []
        self._solver = z3.SolverFor("QF_BV")
        self._solver.add(*self._at_first())

    def longer(self, goal: Goal) -> Way | None:
        """Go on by a step; return a way of that length to the goal."""
        self._go_on()
        self._solver.push()
        self._solver.add(goal(self._domain, self._states[-1], self._things))
        answer = self._solver.check()
        assert answer in (z3.sat, z3.unsat), self._solver.reason_unknown()
        found = self._way(self._solver.model()) if answer == z3.sat else None
        self._solver.pop()
        return found

    def _at_first(self) -> Iterator[Term]:
        sorts = [self._things[name] for name in ("event", "message", "publication", "worker")]
        for at in range(max(map(len, sorts))):
            some = (things[min(at, len(things) - 1)] for things in sorts)
            yield begun(self._domain, self._states[0], *some)
        for worker in self._things["worker"]:
            yield self._states[0].message(worker) == self._things["message"][0]
        for event in self._things["event"]:  # in the service that goes the way, what begins a row has no effect
            yield z3.Not(z3.And(self._domain.asks(event), self._domain.begins(event)))

    def _go_on(self) -> None:
        """Let one more step be taken, whichever can be."""
        number, domain, before = len(self._choices), self._domain, self._states[-1]
        publications = self._things["publication"]
        unknown = {(one,): z3.Bool(f"taken {number} {one}") for one in publications}
        taken = table(unknown, z3.BoolVal(False))
        choice = Choice(z3.Const(f"who {number}", domain.worker), z3.Const(f"what {number}", domain.message), taken)
        steps, after, kind = (
            Steps(domain, before, choice, self._out).all(),
            self._among.any_state(),
            z3.Const(f"kind {number}", domain.numbers),
        )
        self._names = list(steps)
        self._solver.add(z3.Or(*(z3.And(kind == at, step.enabled) for at, step in enumerate(steps.values()))))
        for cell in CELLS:
            for place in (self._among.terms(cell, at) for at in self._among.places(cell)):
                value = _of_the_step(cell, place, before, list(steps.values()), kind)
                self._solver.add(getattr(after, cell)(*place) == value)
        self._solver.add(z3.ULT(choice.worker, len(self._things["worker"])))
        self._solver.add(z3.ULT(choice.message, len(self._things["message"])))
        self._solver.add(*self._in_turn(before), *self._at_once(choice))
        self._states.append(after)
        self._choices.append((kind, choice))

    def _in_turn(self, state: State) -> Iterator[Term]:
        """Yield that workers begin in the order of their numbers: any other way is the same as one of these."""
        for earlier, later in pairwise(self._things["worker"]):
            yield z3.Implies(state.stage(earlier) == Stage.IDLE, state.stage(later) == Stage.IDLE)

    def _at_once(self, choice: Choice) -> Iterator[Term]:
        """Yield that the first event is the first, and that who begins goes on at once: others meet nothing of it."""
        if not self._choices:
            yield choice.message == self._things["message"][0]
            return
        kind, before = self._choices[-1]
        yield z3.Implies(kind == self._names.index("begin"), choice.worker == before.worker)

    def _way(self, model: Any) -> Way:
        def meant(term: Term) -> Term:
            return model.eval(term, model_completion=True)

        def number(sort: str, term: Term) -> int:
            return self._among.number(sort, meant(term).eq)

        def events(cell: Cell) -> frozenset[int]:
            return frozenset(at for at, one in enumerate(self._things["event"]) if z3.is_true(meant(cell(one))))

        steps = []
        for (kind, choice), after in zip(self._choices, self._states[1:], strict=True):
            publications = enumerate(self._things["publication"])
            taken = (at for at, one in publications if z3.is_true(meant(choice.taken(one))))
            steps.append(
                Taken(
                    self._names[meant(kind).as_long()],
                    number("worker", choice.worker),
                    number("event", self._domain.of(after.message(choice.worker))),
                    tuple(taken),
                    self._among.values(after, meant),
                )
            )
        return Way(tuple(steps), events(self._domain.asks), events(self._domain.begins))


def _of_the_step(cell: str, place: Sequence[Term], before: State, steps: Sequence[Step], kind: Term) -> Term:
    """Return what a cell holds after whichever step is taken."""
    old: Cell = getattr(before, cell)
    value = old(*place)
    for at, step in enumerate(steps):
        new: Cell = getattr(step.after, cell)
        if new is not old:
            value = z3.If(kind == at, new(*place), value)
    return value
