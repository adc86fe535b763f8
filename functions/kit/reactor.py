"""One event, one reaction, one commit: the protocol by which a service changes. No Powertools, no queue."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from functions.kit import clock
from functions.kit.contracts import Contracts
from functions.kit.envelope import Detail, caused
from functions.kit.errors import (
    ContractViolation,
    EffectNotProvided,
    FloorReached,
    PublicationRefused,
    UndeclaredEmission,
)
from functions.kit.jsontext import encoded
from functions.kit.model import DUE, Decision, Event, Index, Reaction, Service, unchanged
from functions.kit.rows import CROWDED, Commit, Row, RowStore
from functions.kit.selection import selection

Effects = Mapping[type, Callable[[Any], Any]]
"""The adapter that performs each kind of effect and returns its outcome."""


class Reactor:
    """Loads the row of an event, lets the service's reaction decide, and commits what it decided."""

    def __init__(self, service: Service, contracts: Contracts, rows: RowStore, effects: Effects) -> None:
        self._service = service
        self._contracts = contracts
        self._rows = rows
        self._effects = effects
        self._fields = tuple(field.name for field in dataclasses.fields(service.state))
        self._selections = {reaction.event: selection(reaction.reads) for reaction in service.reactions}
        self._selections[DUE] = selection(tuple({service.key_of(reaction) for reaction in service.reactions}))

    def load(self, reaction: Reaction, detail: Detail) -> Row:
        """Read the row that the event is about. Raises ContractViolation when the event does not name it."""
        if reaction.event == DUE:
            return self._rows.load(detail["row_key"])
        name = self._service.key_of(reaction)
        if not detail.get(name):
            raise ContractViolation(f"{detail['type']} has no {name}, which finds the row")
        return self._rows.load(f"{name}#{detail[name]}")

    def react(self, reaction: Reaction, row: Row, detail: Detail) -> tuple[Row, Decision]:
        """Decide, performing an effect between two commits when the reaction asks for one.

        Returns the row as last committed and the decision that is still to be committed.
        """
        if reaction.event == DUE and not self._is_due(row, detail):
            return row, unchanged(self._state(row.state))
        event = self._event(reaction, row, detail)
        decision = reaction.react(self._state(row.state), event)
        while decision.effect is not None and decision.then is not None:
            row = self._commit_intent(row, decision, detail)
            decision = decision.then(decision.state, event, self._perform(decision.effect))
        return row, decision

    def commit(self, reaction: Reaction, row: Row, decision: Decision, detail: Detail, trace: str) -> None:
        """Write the decision, or its `otherwise` when a counter holds too little for it.

        Raises VersionConflict when another worker was faster, FloorReached without an `otherwise`.
        """
        if len(row.handled) >= CROWDED and self._changes_nothing(row, decision, detail):
            return
        try:
            self._rows.commit(self._final(reaction, row, decision, detail, trace), clock.now())
        except FloorReached:
            if decision.otherwise is None:
                raise
            self.commit(reaction, row, decision.otherwise, detail, trace)

    def _event(self, reaction: Reaction, row: Row, detail: Detail) -> Event:
        return Event(
            event_id=detail["event_id"],
            type=detail["type"],
            timestamp=detail["timestamp"],
            correlation_id=row.correlation_id or detail["correlation_id"],
            fields=self._selections[reaction.event](detail),
        )

    def _state(self, stored: Any) -> Any:
        """Read a state, leaving out fields that another version of the service wrote."""
        if stored is None:
            return None
        return self._service.state(**{name: value for name, value in stored.items() if name in self._fields})

    def _is_due(self, row: Row, detail: Detail) -> bool:
        """Whether the row is still listed as the index said: an index is read with a delay."""
        return self._index(self._state(row.state)) == Index(DUE, detail["due_at"])

    def _index(self, state: Any) -> Index | None:
        return None if state is None or self._service.index is None else self._service.index(state)

    def _perform(self, effect: Any) -> Any:
        adapter = self._effects.get(type(effect))
        if adapter is None:
            raise EffectNotProvided(f"{self._service.name}'s handler has no adapter for {type(effect).__name__}")
        return adapter(effect)

    def _commit_intent(self, row: Row, decision: Decision, detail: Detail) -> Row:
        """Write the intent without the event's id: after a crash the event finds it and goes on from there."""
        written = self._rows.commit(self._changed(row, decision, detail), clock.now())
        return dataclasses.replace(written, is_intent=True)

    def _changes_nothing(self, row: Row, decision: Decision, detail: Detail) -> bool:
        """Whether an event may be forgotten: delivered again, it is as if it came then for the first time."""
        if row.is_intent or decision.publications or decision.takes or decision.gives:
            return False
        return encoded(self._changed(row, decision, detail).row.state) == encoded(row.state)

    def _final(self, reaction: Reaction, row: Row, decision: Decision, detail: Detail, trace: str) -> Commit:
        handled = Row(row.key, row.version, row.state, row.handled | {detail["event_id"]}, row.correlation_id)
        moves = Counter(dict(decision.gives))
        moves.subtract(decision.takes)
        said = self._said(reaction, handled, decision, detail, trace)
        changed = self._changed(handled, decision, detail)
        return Commit(changed.row, said, changed.index, moves)

    def _changed(self, row: Row, decision: Decision, detail: Detail) -> Commit:
        """Return the commit of the decision's state; the row's first event names the workflow it belongs to."""
        state = decision.state
        stored = None if state is None else self._stored(state, row.state)
        correlation_id = row.correlation_id or detail["correlation_id"]
        return Commit(Row(row.key, row.version, stored, row.handled, correlation_id), index=self._index(state))

    def _stored(self, state: Any, before: Any) -> dict[str, Any]:
        """Return a state as it is stored: with the fields that only another version of the service knows, kept."""
        stored = {name: getattr(state, name) for name in self._fields}
        return stored if before is None else before | stored

    def _said(self, reaction: Reaction, row: Row, decision: Decision, detail: Detail, trace: str) -> str | None:
        """Return the outbox of this commit as JSON, or None when it says nothing."""
        if not decision.publications:
            return None
        events = []
        for position, publication in enumerate(decision.publications):
            if publication.type not in reaction.publishes:
                raise UndeclaredEmission(
                    f"the reaction to {reaction.event} does not declare {publication.type} in `emits`"
                )
            earlier = decision.publications[:position]
            event = caused(
                detail,
                publication,
                service=self._service.name,
                version=self._contracts.version_to_publish(publication.type),
                correlation_id=row.correlation_id or detail["correlation_id"],
                timestamp=clock.timestamp(),
                ordinal=sum(other.type == publication.type for other in earlier),
            )
            self._contracts.check_published(event)
            events.append(event)
        said = {"trace_header": trace, "events": events}
        try:
            return encoded(said)
        except ValueError:
            raise PublicationRefused(f"{reaction.event}: a number is infinite, which JSON cannot say") from None
