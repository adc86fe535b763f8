"""Proves by induction that every state keeps the guarantees, for any number of events, messages and workers.

The sorts are uninterpreted: nothing says how many there are. That a step keeps an invariant is refuted for arbitrary
constants: if it did not, there would be things of which it fails after the step, and these are given names. Before the
step all invariants hold of all things; z3 is told so of those alone that have a name. Fewer facts prove no more, so
what is proven holds; and without a quantifier z3 always decides.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import product

import z3  # type: ignore[import-untyped]

from tests.proof.guards import Guard
from tests.proof.invariants import GUARANTEES, REASONS, Invariant, begun
from tests.proof.state import Domain, State, Term, any_state
from tests.proof.steps import Choice, Steps

INVARIANTS = (*GUARANTEES, *REASONS)
Things = dict[str, list[Term]]


def unproven(out: Collection[Guard] = ()) -> Iterator[tuple[str, str]]:
    """Yield (invariant, step) for each invariant that a step may break, or that the first state may not keep."""
    domain = Domain.made(*(z3.DeclareSort(name) for name in ("Event", "Message", "Publication", "Worker")))
    named = {name: z3.Const(f"the {name}", domain.sort(name)) for name in ("event", "message", "publication", "worker")}
    before = any_state(domain)
    yield from _unproven_at_first(domain, before, named)
    choice = _any_choice(domain)
    things = _things(domain, before, named, choice)
    solver = z3.Solver()
    solver.add(*(fact for one in INVARIANTS for fact in instances(one, domain, before, things)))
    for name, step in Steps(domain, before, choice, out).all().items():
        solver.push()
        solver.add(step.enabled)
        for one in INVARIANTS:
            if _may(solver, z3.Not(one.holds(domain, step.after, *(named[sort] for sort in one.about)))):
                yield one.name, name
        solver.pop()


def _unproven_at_first(domain: Domain, state: State, named: dict[str, Term]) -> Iterator[tuple[str, str]]:
    solver = z3.Solver()
    event = named["event"]
    others = (domain.because(named["publication"]), domain.of(named["message"]))
    for one in (event, *others):
        solver.add(begun(domain, state, one, named["message"], named["publication"], named["worker"]))
    for invariant in INVARIANTS:
        if _may(solver, z3.Not(invariant.holds(domain, state, *(named[sort] for sort in invariant.about)))):
            yield invariant.name, "the first state"


def _may(solver: z3.Solver, fact: Term) -> bool:
    """Whether a fact is possible. Raises AssertionError where z3 does not decide."""
    solver.push()
    solver.add(fact)
    answer = solver.check()
    solver.pop()
    assert answer in (z3.sat, z3.unsat), solver.reason_unknown()
    return bool(answer == z3.sat)


def _any_choice(domain: Domain) -> Choice:
    taken = z3.Function("taken", domain.publication, z3.BoolSort())
    return Choice(z3.Const("who", domain.worker), z3.Const("what", domain.message), taken)


def _things(domain: Domain, state: State, named: dict[str, Term], choice: Choice) -> Things:
    """Return all that has a name: what the invariant fails of, and what the step is about."""
    workers = [named["worker"], choice.worker]
    messages = [named["message"], choice.message, *(state.message(one) for one in workers)]
    publications = [named["publication"]]
    events = [named["event"], *map(domain.of, messages), *map(domain.because, publications)]
    return {"event": events, "message": messages, "publication": publications, "worker": workers}


def instances(invariant: Invariant, domain: Domain, state: State, things: Things) -> Iterator[Term]:
    """Yield what an invariant says of each combination of these things."""
    for some in product(*(things[sort] for sort in invariant.about)):
        yield invariant.holds(domain, state, *some)
