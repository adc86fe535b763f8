"""What a worker reads of the row, and what it writes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import z3  # type: ignore[import-untyped]

from tests.proof.guards import Guard
from tests.proof.state import Cell, Domain, Stage, State, Term


def set_at(cell: Cell, place: Term, value: Term) -> Cell:
    """Return a cell of one place that holds the value there."""
    return lambda at: z3.If(at == place, value, cell(at))


class Row:
    """The row as a worker meets it, without the guards that are taken out (`out`)."""

    def __init__(self, domain: Domain, state: State, worker: Term, out: Collection[Guard]) -> None:
        self._domain, self._state, self._worker, self._out = domain, state, worker, out
        self._event = domain.of(state.message(worker))
        self._stage = state.stage(worker)

    @property
    def is_to_intend(self) -> Term:
        """Whether the worker is about to write what it is going to ask for."""
        lacks = z3.And(self._domain.asks(self._event), z3.Not(self._state.copy_intends(self._worker, self._event)))
        return z3.And(self._stage == Stage.DECIDED, lacks)

    @property
    def is_to_commit(self) -> Term:
        """Whether the worker is about to commit its decision."""
        return z3.And(self._stage == Stage.DECIDED, z3.Not(self.is_to_intend))

    @property
    def may_write(self) -> Term:
        """Whether the condition of its write holds."""
        seen, version = self._state.seen(self._worker), self._state.version()
        new = z3.Or(version == 0, Guard.NEW_ROW in self._out)
        unchanged = z3.Or(version == seen, Guard.VERSION in self._out)
        return z3.If(seen == 0, new, unchanged)

    def with_intent(self) -> State:
        """Return the state with what is asked for, which is not decided yet."""
        state, worker, event = self._state, self._worker, self._event
        carries = Guard.INTENT_CARRIES_ON not in self._out
        counts = z3.BoolVal(Guard.INTENT_IS_NO_COMMIT in self._out)
        return self._written(
            known=lambda at: z3.Or(state.copy_known(worker, at), z3.And(counts, at == event)),
            outbox=lambda at: z3.And(carries, state.copy_outbox(worker, at)),
            intends=lambda at: z3.Or(state.copy_intends(worker, at), at == event),
            effects=lambda at: state.copy_effects(worker, at),
        )

    def with_decision(self) -> State:
        """Return the state with the decision, the id of the event and its outbox in one write."""
        state, worker, event = self._state, self._worker, self._event
        remembers, publishes = Guard.ID_IN_COMMIT not in self._out, Guard.OUTBOX_IN_COMMIT not in self._out
        carries = Guard.CARRIED_ON not in self._out
        return self._written(
            known=lambda at: z3.Or(state.copy_known(worker, at), z3.And(remembers, at == event)),
            outbox=lambda at: z3.Or(z3.And(carries, state.copy_outbox(worker, at)), z3.And(publishes, at == event)),
            intends=lambda at: state.copy_intends(worker, at),
            effects=lambda at: z3.If(at == event, 1 + state.copy_effects(worker, at), state.copy_effects(worker, at)),
        )

    def _written(self, *, known: Cell, outbox: Cell, intends: Cell, effects: Cell) -> State:
        """Return the state with the row written, and known to whoever wrote it."""
        version = self._state.seen(self._worker) + 1
        copied = self.copied(known, outbox, intends, effects)
        return replace(
            copied,
            version=lambda: version,
            known=known,
            outbox=outbox,
            intends=intends,
            effects=effects,
            seen=set_at(copied.seen, self._worker, version),
        )

    def copied(self, known: Cell, outbox: Cell, intends: Cell, effects: Cell) -> State:
        """Return the state with the worker's copy of the row."""
        state = self._state

        def own(new: Cell, old: Cell) -> Cell:
            return lambda worker, at: z3.If(worker == self._worker, new(at), old(worker, at))

        return replace(
            state,
            copy_known=own(known, state.copy_known),
            copy_outbox=own(outbox, state.copy_outbox),
            copy_intends=own(intends, state.copy_intends),
            copy_effects=own(effects, state.copy_effects),
        )
