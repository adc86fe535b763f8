"""The steps of the commit protocol: when each can be taken, and the state after it.

A worker is one attempt at one message. A message may be taken by any number of workers, at any time, also after it was
deleted: so queue and bus deliver late, twice, and in any order. A step is one request of a worker that was carried out.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Any

import z3  # type: ignore[import-untyped]

from tests.proof.guards import Guard
from tests.proof.row import Row, set_at
from tests.proof.state import CELLS, Cell, Domain, Stage, State, Term

Name = str


@dataclass(frozen=True, slots=True)
class Choice:
    """Who takes a step, with which message, and what the bus takes where it takes some."""

    worker: Term
    message: Term
    taken: Cell


@dataclass(frozen=True, slots=True)
class Step:
    """When a step can be taken, and the state after it."""

    enabled: Term
    after: State


def _nowhere(event: Term) -> Term:
    return z3.BoolVal(False)


class Steps:
    """The steps from a state, without the guards that are taken out (`out`)."""

    def __init__(self, domain: Domain, state: State, choice: Choice, out: Collection[Guard] = ()) -> None:
        self._domain, self._state, self._choice, self._out = domain, state, choice, out
        self._worker = choice.worker
        self._event = domain.of(state.message(self._worker))
        self._stage = state.stage(self._worker)
        self._row = Row(domain, state, self._worker, out)

    def all(self) -> dict[Name, Step]:
        """Return all steps by name."""
        made: dict[Name, Callable[[], Step]] = {
            "begin": self._begin,
            "assume": self._assume,
            "load": self._load,
            "cannot load": self._cannot_load,
            "intend": self._intend,
            "commit": self._commit,
            "commit twice": self._commit_twice,
            "conflict": self._conflict,
            "intent conflict": self._intent_conflict,
            "put": self._put,
            "put some": self._put_some,
            "mark": self._mark,
            "cannot mark": self._cannot_mark,
            "acknowledge": self._acknowledge,
            "crash": self._crash,
        }
        return {name: make() for name, make in made.items()}

    def _begin(self) -> Step:
        message = self._choice.message
        first = z3.If(self._domain.begins(self._domain.of(message)), self._domain.number(Stage.ASSUMING), Stage.READING)
        taken = replace(self._state, message=set_at(self._state.message, self._worker, message))
        return Step(self._stage == Stage.IDLE, self._to(first, taken))

    def _assume(self) -> Step:
        """Take it that there is no row. The write finds out."""
        nothing = self._row.copied(_nowhere, _nowhere, _nowhere, lambda _: self._domain.number(0))
        nothing = replace(nothing, seen=set_at(self._state.seen, self._worker, self._domain.number(0)))
        return Step(self._stage == Stage.ASSUMING, self._to(Stage.DECIDED, nothing))

    def _load(self) -> Step:
        """Read the row: an event that is known publishes what is left of it, and any other is decided."""
        state, event = self._state, self._event
        left = state.outbox(event) if Guard.PUBLISHED_AGAIN not in self._out else z3.BoolVal(False)
        is_known = state.known(event) if Guard.INBOX not in self._out else z3.BoolVal(False)
        then = z3.If(is_known, z3.If(left, self._domain.number(Stage.HOLDING), Stage.DONE), Stage.DECIDED)
        loaded = self._row.copied(state.known, state.outbox, state.intends, state.effects)
        loaded = replace(loaded, seen=set_at(state.seen, self._worker, state.version()))
        return Step(self._stage == Stage.READING, self._to(then, loaded))

    def _cannot_load(self) -> Step:
        """Meet a fault at the read: the record is reported, and comes again."""
        then = Stage.ENDED if Guard.REPORTED not in self._out else Stage.DONE
        return Step(self._stage == Stage.READING, self._to(then))

    def _intend(self) -> Step:
        return Step(z3.And(self._row.is_to_intend, self._row.may_write), self._row.with_intent())

    def _commit(self) -> Step:
        """Write the decision, the id and the outbox at once, if nobody has written since."""
        state, event = self._state, self._event
        written = replace(self._row.with_decision(), committed=set_at(state.committed, event, z3.BoolVal(True)))
        return Step(z3.And(self._row.is_to_commit, self._row.may_write), self._to(self._after_commit, written))

    def _commit_twice(self) -> Step:
        """Write, get no answer, write again: the client does so by itself, and meets its own write."""
        is_refused = Guard.VERSION not in self._out and Guard.NEW_ROW not in self._out
        then = Stage.READING if Guard.CONFLICT not in self._out else self._after_commit
        once = self._commit()
        return Step(z3.And(once.enabled, is_refused), self._to(then, once.after))

    def _conflict(self) -> Step:
        """Be refused the write, since somebody was faster: read anew."""
        return self._refused(self._row.is_to_commit, self._row.with_decision(), self._after_commit)

    def _intent_conflict(self) -> Step:
        return self._refused(self._row.is_to_intend, self._row.with_intent(), Stage.DECIDED)

    def _refused(self, writes: Term, written: State, then: Stage) -> Step:
        """Read anew; or go on as if that were written, with `then`."""
        after = self._to(Stage.READING)
        if Guard.CONFLICT in self._out:
            copied = {cell: getattr(written, cell) for cell in CELLS if cell.startswith("copy_")}
            after = self._to(then, replace(self._state, seen=written.seen, **copied))
        return Step(z3.And(writes, z3.Not(self._row.may_write)), after)

    def _put(self) -> Step:
        """Have the bus take all that the event publishes."""
        published = self._published(lambda _: z3.BoolVal(True))
        return Step(self._stage == Stage.HOLDING, self._to(Stage.PUBLISHED, published))

    def _put_some(self) -> Step:
        """Have the bus take none, some or all of them, and not know that all were taken: the event comes again."""
        then = Stage.ENDED
        for guard, stage in (
            (Guard.COMES_AGAIN, Stage.DONE),
            (Guard.MARKED_ONCE_OUT, Stage.MISTAKEN),
            (Guard.ANSWERS_READ, Stage.PUBLISHED),
        ):
            then = stage if guard in self._out else then
        return Step(self._stage == Stage.HOLDING, self._to(then, self._published(self._choice.taken)))

    def _mark(self) -> Step:
        """Take the outbox out of the row, if it is there. The version goes on."""
        state, event = self._state, self._event
        goes_on = z3.And(state.outbox(event), Guard.MARK_IS_A_WRITE not in self._out)
        marked = replace(
            state,
            outbox=set_at(state.outbox, event, z3.BoolVal(False)),
            marked=set_at(state.marked, event, z3.BoolVal(True)),
            version=lambda: z3.If(goes_on, state.version() + 1, state.version()),
        )
        then = z3.If(self._stage == Stage.PUBLISHED, self._domain.number(Stage.DONE), Stage.ENDED)
        return Step(z3.Or(self._stage == Stage.PUBLISHED, self._stage == Stage.MISTAKEN), self._to(then, marked))

    def _cannot_mark(self) -> Step:
        return Step(self._stage == Stage.PUBLISHED, self._to(Stage.DONE))

    def _acknowledge(self) -> Step:
        deleted = set_at(self._state.deleted, self._state.message(self._worker), z3.BoolVal(True))
        return Step(self._stage == Stage.DONE, self._to(Stage.ENDED, replace(self._state, deleted=deleted)))

    def _crash(self) -> Step:
        """End anywhere. What a fault ends, which is then reported, is the same for the others."""
        return Step(z3.And(self._stage > Stage.IDLE, self._stage < Stage.ENDED), self._to(Stage.ENDED))

    # What steps have in common

    @property
    def _after_commit(self) -> Stage:
        return Stage.HOLDING if Guard.OUTBOX_IN_COMMIT not in self._out else Stage.DONE

    def _published(self, taken: Cell) -> State:
        state, domain, event = self._state, self._domain, self._event
        return replace(
            state,
            published=lambda one: z3.Or(state.published(one), z3.And(domain.because(one) == event, taken(one))),
        )

    def _to(self, stage: Any, state: State | None = None) -> State:
        state = state or self._state
        return replace(state, stage=set_at(state.stage, self._worker, stage))
