"""Walks at random through the protocol, by the same steps, to where the real code is to follow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from random import Random

import z3  # type: ignore[import-untyped]

from tests.proof.numbered import Numbered, numbered, table
from tests.proof.searching import Taken, Way
from tests.proof.state import Domain, State, Term
from tests.proof.steps import Choice, Step, Steps

EVENTS, WORKERS = 3, 5
"""Among how many events and attempts."""

REFUSALS = ("commit twice", "conflict", "intent conflict")
RARELY = {"crash": 0.1, "cannot load": 0.2}
"""What would end most workers before they have done anything."""

TRUE, FALSE = z3.BoolVal(True), z3.BoolVal(False)
MOST_REFUSALS = 2
"""The third refusal of a worker ends it, which the model leaves to a crash."""


@dataclass(frozen=True, slots=True)
class Possible:
    """A step that can be taken."""

    name: str
    worker: int
    taken: tuple[int, ...]
    step: Step


def walk(seed: int, longest: int) -> Way:
    """Return a way of up to so many steps, each one of those that can be taken."""
    chance, among = Random(seed), numbered(EVENTS, WORKERS)
    asks = frozenset(at for at in range(EVENTS) if chance.random() < 0.3)
    begins = frozenset(at for at in range(EVENTS) if at not in asks and chance.random() < 0.3)
    domain, state = _with(among, asks, begins), among.state({})
    steps: list[Taken] = []
    refused: Counter[int] = Counter()
    while len(steps) < longest and (some := list(_possible(among, domain, state, chance, refused))):
        one = chance.choices(some, [RARELY.get(each.name, 1.0) for each in some])[0]
        refused[one.worker] += one.name in REFUSALS
        values = among.values(one.step.after, z3.simplify)
        state = among.state(values)
        steps.append(Taken(one.name, one.worker, values["message"][(one.worker,)], one.taken, values))
    return Way(tuple(steps), asks, begins)


def _with(among: Numbered, asks: Collection[int], begins: Collection[int]) -> Domain:
    """Return the domain in which these events have effects, and these begin a row."""
    domain, events = among.domain, among.things["event"]
    asking, beginning = (table({(events[at],): TRUE for at in some}, FALSE) for some in (asks, begins))
    sorts = (domain.event, domain.message, domain.publication, domain.worker)
    return Domain(*sorts, domain.of, domain.because, asking, beginning, domain.numbers)


def _possible(
    among: Numbered, domain: Domain, state: State, chance: Random, refused: Mapping[int, int]
) -> Iterator[Possible]:
    """Yield the steps that can be taken from here, by each worker that has begun, and by the next one."""
    things = among.things
    for worker, who in enumerate(things["worker"]):
        numbers = tuple(at for at in range(len(things["publication"])) if chance.random() < 0.5)
        taken = table({(things["publication"][at],): TRUE for at in numbers}, FALSE)
        steps = Steps(domain, state, Choice(who, chance.choice(things["message"]), taken)).all()
        if refused[worker] == MOST_REFUSALS:
            steps = {name: step for name, step in steps.items() if name not in REFUSALS}
        possible = [Possible(name, worker, numbers, step) for name, step in steps.items() if _holds(step.enabled)]
        yield from possible
        if any(one.name == "begin" for one in possible):
            return


def _holds(fact: Term) -> bool:
    return bool(z3.is_true(z3.simplify(fact)))
