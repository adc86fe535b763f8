"""What holds in every state: the guarantees of the protocol, and what of workers and row makes them hold.

Each is about any event, message, publication and worker: `about` names the sorts that it speaks of.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import z3  # type: ignore[import-untyped]

from tests.proof.state import Domain, Stage, State, Term


@dataclass(frozen=True, slots=True)
class Invariant:
    """What holds of each combination of things of these sorts."""

    name: str
    about: tuple[str, ...]
    holds: Callable[..., Term]


def _is_in(stage: Term, *stages: Stage) -> Term:
    return z3.Or(*(stage == one for one in stages))


def _once(domain: Domain, s: State, event: Term) -> Term:
    return z3.If(s.committed(event), s.effects(event) == 1, s.effects(event) == 0)


def _published_or_kept(domain: Domain, s: State, publication: Term) -> Term:
    event = domain.because(publication)
    return z3.Implies(s.committed(event), z3.Or(s.outbox(event), s.published(publication)))


def _nothing_without_a_commit(domain: Domain, s: State, publication: Term) -> Term:
    return z3.Implies(s.published(publication), s.committed(domain.because(publication)))


def _in_the_queue_until_committed(domain: Domain, s: State, message: Term) -> Term:
    return z3.Implies(s.deleted(message), s.committed(domain.of(message)))


def _in_the_queue_until_published(domain: Domain, s: State, message: Term, publication: Term) -> Term:
    return z3.Implies(
        z3.And(s.deleted(message), domain.because(publication) == domain.of(message)), s.published(publication)
    )


def _not_back(domain: Domain, s: State, event: Term) -> Term:
    return z3.Implies(s.marked(event), z3.Not(s.outbox(event)))


GUARANTEES = (
    Invariant("what was committed takes effect once", ("event",), _once),
    Invariant("what a commit publishes is on the bus or in its row", ("publication",), _published_or_kept),
    Invariant("nothing is published without a commit", ("publication",), _nothing_without_a_commit),
    Invariant(
        "a message leaves its queue only when its event is committed", ("message",), _in_the_queue_until_committed
    ),
    Invariant(
        "a message leaves its queue only when all is published",
        ("message", "publication"),
        _in_the_queue_until_published,
    ),
    Invariant("an outbox that was taken out of its row does not come back", ("event",), _not_back),
)


def _inbox(domain: Domain, s: State, event: Term) -> Term:
    return s.known(event) == s.committed(event)


def _outbox(domain: Domain, s: State, event: Term) -> Term:
    return z3.Implies(z3.Or(s.outbox(event), s.marked(event)), s.committed(event))


def _no_row(domain: Domain, s: State, event: Term) -> Term:
    empty = z3.Not(z3.Or(s.known(event), s.outbox(event), s.intends(event)))
    return z3.And(s.version() >= 0, z3.Implies(s.version() == 0, empty))


def _seen(domain: Domain, s: State, worker: Term) -> Term:
    seen = s.seen(worker)
    return z3.Implies(_is_in(s.stage(worker), Stage.DECIDED), z3.And(seen >= 0, seen <= s.version()))


def _copy(domain: Domain, s: State, worker: Term, event: Term) -> Term:
    """A copy of the row's version is a copy of the row."""
    is_newest = z3.And(s.stage(worker) == Stage.DECIDED, s.seen(worker) == s.version())
    pairs = (
        (s.copy_known, s.known),
        (s.copy_outbox, s.outbox),
        (s.copy_intends, s.intends),
        (s.copy_effects, s.effects),
    )
    return z3.Implies(is_newest, z3.And(*(copy(worker, event) == row(event) for copy, row in pairs)))


def _decided(domain: Domain, s: State, worker: Term) -> Term:
    event = domain.of(s.message(worker))
    return z3.Implies(s.stage(worker) == Stage.DECIDED, z3.Not(s.copy_known(worker, event)))


def _committed(domain: Domain, s: State, worker: Term) -> Term:
    is_after = _is_in(s.stage(worker), Stage.HOLDING, Stage.PUBLISHED, Stage.DONE)
    return z3.Implies(is_after, s.committed(domain.of(s.message(worker))))


def _after_publishing(domain: Domain, s: State, worker: Term, publication: Term) -> Term:
    is_after = _is_in(s.stage(worker), Stage.PUBLISHED, Stage.DONE)
    is_its_own = domain.because(publication) == domain.of(s.message(worker))
    return z3.Implies(z3.And(is_after, is_its_own), s.published(publication))


def _not_mistaken(domain: Domain, s: State, worker: Term) -> Term:
    return s.stage(worker) != Stage.MISTAKEN


REASONS = (
    Invariant("the inbox has what was committed", ("event",), _inbox),
    Invariant("an outbox is there, or was there, after a commit", ("event",), _outbox),
    Invariant("there is nothing in a row that is not there", ("event",), _no_row),
    Invariant("a worker has seen no version that is not there yet", ("worker",), _seen),
    Invariant("a copy of the row's version is a copy of the row", ("worker", "event"), _copy),
    Invariant("who decides does not know the event", ("worker",), _decided),
    Invariant("who publishes or acknowledges does so after the commit", ("worker",), _committed),
    Invariant("who marks or acknowledges does so after all is published", ("worker", "publication"), _after_publishing),
    Invariant("nobody takes out what the bus did not take", ("worker",), _not_mistaken),
)
"""Why the guarantees hold: each step keeps all of these together."""


def begun(domain: Domain, s: State, event: Term, message: Term, publication: Term, worker: Term) -> Term:
    """Whether a state is the first one, as far as these are concerned."""
    nothing = (s.known, s.outbox, s.intends, s.committed, s.marked)
    return z3.And(
        s.version() == 0,
        *(z3.Not(cell(event)) for cell in nothing),
        s.effects(event) == 0,
        z3.Not(s.published(publication)),
        z3.Not(s.deleted(message)),
        s.stage(worker) == Stage.IDLE,
    )
