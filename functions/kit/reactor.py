"""Load, react, commit: how one event changes a service. No Powertools and no queue here."""

from __future__ import annotations

import dataclasses
import os
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from functions.kit import clock
from functions.kit.contracts import Contracts, selection
from functions.kit.envelope import Detail, caused, encoded
from functions.kit.errors import (
    ContractViolation,
    EffectNotProvided,
    FloorReached,
    PublicationRefused,
    UndeclaredEffect,
    UndeclaredEmission,
)
from functions.kit.model import TIMER, Decision, Event, Index, Reaction, Service, unchanged
from functions.kit.rows import CROWDED, Commit, Row, RowStore

Adapters = Mapping[type, Callable[[Any], Any]]
"""The adapter that performs each kind of effect and returns its outcome."""


class Reactor:
    """Loads the row of an event, lets the service's reaction decide, and commits what it decided."""

    def __init__(self, service: Service, contracts: Contracts, rows: RowStore, adapters: Adapters) -> None:
        self._service = service
        self._contracts = contracts
        self._rows = rows
        self._adapters = adapters
        self._reactions = {reaction.event: reaction for reaction in service.reactions}
        self._fields = tuple(field.name for field in dataclasses.fields(service.state))
        self._selections = {reaction.event: selection(reaction.reads) for reaction in service.reactions}
        self._selections[TIMER] = selection(tuple({service.key_of(reaction) for reaction in service.reactions}))

    def load(self, detail: Detail) -> Row:
        """Read the row that the event is about. Raises ContractViolation when the event does not name it."""
        reaction = self._reaction_to(detail)
        if reaction.event == TIMER:
            return self._rows.load(detail["row_key"])
        name = self._service.key_of(reaction)
        if not detail.get(name):
            raise ContractViolation(f"{detail['type']} has no {name}, which finds the row")
        return self._rows.load(f"{name}#{detail[name]}")

    def react(self, row: Row, detail: Detail) -> tuple[Row, Decision]:
        """Decide, performing an effect between two commits when the reaction asks for one.

        Returns the row as last committed and the decision that is still to be committed.
        """
        reaction = self._reaction_to(detail)
        if reaction.event == TIMER and not self._is_due(row, detail):
            return row, unchanged(self._state(row.state))
        event = self._event(reaction, row, detail)
        decision = reaction.react(self._state(row.state), event)
        while decision.effect is not None and decision.then is not None:
            adapter = self._adapter(reaction, decision.effect)
            row = self._commit_intent(row, decision, detail)
            decision = decision.then(decision.state, event, adapter(decision.effect))
        return row, decision

    def commit(self, row: Row, decision: Decision, detail: Detail) -> None:
        """Write the decision, or its `otherwise` when a counter holds too little for it.

        Raises VersionConflict when another worker was faster, FloorReached without an `otherwise`.
        """
        if len(row.inbox) >= CROWDED and self._changes_nothing(row, decision, detail):
            return
        try:
            self._rows.commit(self._final(row, decision, detail), clock.now())
        except FloorReached:
            if decision.otherwise is None:
                raise
            self.commit(row, decision.otherwise, detail)

    def _reaction_to(self, detail: Detail) -> Reaction:
        """Return the reaction to an event that the service is known to hear."""
        return self._reactions[detail["type"]]

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
        """Whether the row still wants the timer that the index said: an index is read with a delay."""
        return self._service.listing(self._state(row.state)) == Index(TIMER, detail["due_at"])

    def _adapter(self, reaction: Reaction, effect: Any) -> Callable[[Any], Any]:
        kind = type(effect)
        if kind not in reaction.effects:
            raise UndeclaredEffect(f"the reaction to {reaction.event} does not declare {kind.__name__} in `effects`")
        adapter = self._adapters.get(kind)
        if adapter is None:
            raise EffectNotProvided(f"{self._service.name}'s handler has no adapter for {kind.__name__}")
        return adapter

    def _commit_intent(self, row: Row, decision: Decision, detail: Detail) -> Row:
        """Write the intent without the event's id: after a crash the event finds it and goes on from there."""
        written = self._rows.commit(self._changed(row, decision, detail), clock.now())
        return dataclasses.replace(written, is_intent=True)

    def _changes_nothing(self, row: Row, decision: Decision, detail: Detail) -> bool:
        """Whether an event may be forgotten: delivered again, it is as if it came then for the first time."""
        if row.is_intent or decision.publications or decision.takes or decision.gives:
            return False
        return encoded(self._changed(row, decision, detail).row.state) == encoded(row.state)

    def _final(self, row: Row, decision: Decision, detail: Detail) -> Commit:
        done = dataclasses.replace(row, inbox=row.inbox | {detail["event_id"]})
        moves = Counter(dict(decision.gives))
        moves.subtract(decision.takes)
        outbox = self._outbox(done, decision, detail)
        changed = self._changed(done, decision, detail)
        return Commit(changed.row, outbox, changed.index, moves)

    def _changed(self, row: Row, decision: Decision, detail: Detail) -> Commit:
        """Return the commit of the decision's state; the row's first event names the workflow it belongs to."""
        state = decision.state
        stored = None if state is None else self._stored(state, row.state)
        correlation_id = row.correlation_id or detail["correlation_id"]
        index = self._service.listing(state)
        return Commit(dataclasses.replace(row, state=stored, correlation_id=correlation_id), index=index)

    def _stored(self, state: Any, before: Any) -> dict[str, Any]:
        """Return a state as it is stored: with the fields that only another version of the service knows, kept."""
        stored = {name: getattr(state, name) for name in self._fields}
        return stored if before is None else before | stored

    def _outbox(self, row: Row, decision: Decision, detail: Detail) -> str | None:
        """Return the outbox of this commit as JSON, or None when nothing is to be published."""
        if not decision.publications:
            return None
        reaction = self._reaction_to(detail)
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
        outbox = {"trace_header": os.environ.get("_X_AMZN_TRACE_ID", ""), "events": events}
        try:
            return encoded(outbox)
        except ValueError:
            raise PublicationRefused(f"{reaction.event}: a number is infinite, which JSON cannot say") from None
