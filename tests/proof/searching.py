"""Looks for a shortest way from the first state to a goal, among few events and workers, by the same steps."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import z3  # type: ignore[import-untyped]

from tests.proof.guards import Guard
from tests.proof.promises import PROMISES, begun
from tests.proof.proving import Things, instances
from tests.proof.state import CELLS, PLACES, Cell, Domain, Stage, State, Term, any_state
from tests.proof.steps import Choice, Step, Steps

EVENTS, WORKERS, LONGEST = 2, 2, 14
"""How many events and attempts a way has at most, and how many steps. Each event has a message and two words."""

WORDS_OF_AN_EVENT = 2
Goal = Callable[[Domain, State, Things], Term]
Values = Mapping[str, Mapping[tuple[int, ...], Any]]


@dataclass(frozen=True, slots=True)
class Taken:
    """A step of a way: its name, who takes it, at which event, which words the bus takes, and the state after it."""

    name: str
    worker: int
    event: int
    words: tuple[int, ...]
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
        return "\n".join(map(str, self.steps))


def broken_promise(domain: Domain, state: State, things: Things) -> Term:
    """Whether a promise does not hold."""
    return z3.Not(z3.And(*(fact for one in PROMISES for fact in instances(one, domain, state, things))))


def shortest(goal: Goal, out: Collection[Guard] = (), longest: int = LONGEST, through: str = "") -> Way | None:
    """Return a shortest way to a goal without these guards, or None; `through`: with this step as its last one."""
    return Search(out).shortest(goal, longest, through)


class Search:
    """A search among things that are numbered."""

    def __init__(self, out: Collection[Guard]) -> None:
        self._out = out
        counts = {"event": EVENTS, "message": EVENTS, "word": EVENTS * WORDS_OF_AN_EVENT, "worker": WORKERS}
        enumerated = {name: _numbered(name, number) for name, number in counts.items()}
        self._things: Things = {name: things for name, (_, things) in enumerated.items()}
        self._domain = Domain.made(*(sort for sort, _ in enumerated.values()))
        self._solver = z3.Solver()
        self._solver.add(*self._of_the_domain())
        self._states = [any_state(self._domain)]
        self._choices: list[tuple[Term, Choice]] = []
        self._names: list[str] = []
        for some in zip(*(self._padded(name) for name in counts), strict=True):
            self._solver.add(begun(self._domain, self._states[0], *some))

    def shortest(self, goal: Goal, longest: int, through: str) -> Way | None:
        for _ in range(longest):
            self._go_on()
            kind = self._choices[-1][0]
            self._solver.push()
            self._solver.add(goal(self._domain, self._states[-1], self._things))
            if through:
                self._solver.add(kind == self._names.index(through))
            if self._solver.check() == z3.sat:
                return self._way(self._solver.model())
            self._solver.pop()
        return None

    def _padded(self, name: str) -> list[Term]:
        longest = max(map(len, self._things.values()))
        things = self._things[name]
        return [things[min(number, len(things) - 1)] for number in range(longest)]

    def _of_the_domain(self) -> Iterator[Term]:
        domain, events = self._domain, self._things["event"]
        for number, message in enumerate(self._things["message"]):
            yield domain.of(message) == events[number]
        for number, word in enumerate(self._things["word"]):
            yield domain.because(word) == events[number // WORDS_OF_AN_EVENT]
        for event in events:  # what begins a row asks for nothing, in the service that replays the way
            yield z3.Not(z3.And(domain.asks(event), domain.begins(event)))

    def _go_on(self) -> None:
        """Let one more step be taken, whichever can be."""
        number, domain, before = len(self._choices), self._domain, self._states[-1]
        taken = z3.Function(f"taken {number}", domain.word, z3.BoolSort())
        choice = Choice(z3.Const(f"who {number}", domain.worker), z3.Const(f"what {number}", domain.message), taken)
        steps, after, kind = Steps(domain, before, choice, self._out).all(), any_state(domain), z3.Int(f"kind {number}")
        self._names = list(steps)
        self._solver.add(z3.Or(*(z3.And(kind == at, step.enabled) for at, step in enumerate(steps.values()))))
        for cell in CELLS:
            for place in product(*(self._things[sort] for sort in PLACES[cell][0])):
                value = _of_the_step(cell, place, before, list(steps.values()), kind)
                self._solver.add(getattr(after, cell)(*place) == value)
        self._solver.add(*self._in_turn(before), *self._at_once(choice))
        self._states.append(after)
        self._choices.append((kind, choice))

    def _in_turn(self, state: State) -> Iterator[Term]:
        """Yield that workers begin in the order of their numbers: others would be the same way."""
        workers = self._things["worker"]
        for earlier, later in zip(workers, workers[1:], strict=False):
            yield z3.Implies(state.stage(earlier) == Stage.IDLE, state.stage(later) == Stage.IDLE)

    def _at_once(self, choice: Choice) -> Iterator[Term]:
        """Yield that the first event is the first, and that who begins goes on at once: others meet nothing of it."""
        if not self._choices:
            yield choice.message == self._things["message"][0]
            return
        kind, before = self._choices[-1]
        yield z3.Implies(kind == self._names.index("begin"), choice.worker == before.worker)

    def _way(self, model: Any) -> Way:
        steps = []
        for number, (kind, choice) in enumerate(self._choices):
            before, after = self._states[number], self._states[number + 1]
            name = self._names[model.eval(kind, model_completion=True).as_long()]
            worker = self._number(model, "worker", choice.worker)
            message = choice.message if name == "begin" else before.message(choice.worker)
            words = tuple(at for at, word in enumerate(self._things["word"]) if _true(model, choice.taken(word)))
            steps.append(Taken(name, worker, self._number(model, "message", message), words, self._values(model, after)))
        events = list(enumerate(self._things["event"]))
        asks = frozenset(at for at, event in events if _true(model, self._domain.asks(event)))
        begins = frozenset(at for at, event in events if _true(model, self._domain.begins(event)))
        return Way(tuple(steps), asks, begins)

    def _number(self, model: Any, sort: str, term: Term) -> int:
        return next(at for at, one in enumerate(self._things[sort]) if _true(model, term == one))

    def _values(self, model: Any, state: State) -> Values:
        return {
            cell: {
                place: _value(model, getattr(state, cell)(*(self._things[sort][at] for sort, at in zip(sorts, place))))
                for place in product(*(range(len(self._things[sort])) for sort in sorts))
            }
            for cell, (sorts, _) in PLACES.items()
        }


_made: dict[str, tuple[Term, Sequence[Term]]] = {}


def _numbered(name: str, number: int) -> tuple[Term, Sequence[Term]]:
    """Return a sort of so many things. z3 takes the names of a sort once."""
    if name not in _made:
        _made[name] = z3.EnumSort(f"numbered {name}", [f"{name} {at}" for at in range(number)])
    return _made[name]


def _of_the_step(cell: str, place: Sequence[Term], before: State, steps: Sequence[Step], kind: Term) -> Term:
    """Return what a cell holds after whichever step is taken."""
    old: Cell = getattr(before, cell)
    value = old(*place)
    for at, step in enumerate(steps):
        new: Cell = getattr(step.after, cell)
        if new is not old:
            value = z3.If(kind == at, new(*place), value)
    return value


def _true(model: Any, fact: Term) -> bool:
    return bool(z3.is_true(model.eval(fact, model_completion=True)))


def _value(model: Any, term: Term) -> Any:
    value = model.eval(term, model_completion=True)
    return value.as_long() if z3.is_int_value(value) else z3.is_true(value) if z3.is_bool(value) else str(value)
