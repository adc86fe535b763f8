"""Finds the events that passed a service by: the store has them, and the service's row has not handled them.

So it is after a rule was off, its target gone, or a queue purged. What somebody dropped for good is not among them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from ensemble.command_line.dead_letters.forecast import Ahead, Forecast
from ensemble.command_line.stage.reconciling import Gap, stored_events
from ensemble.command_line.trace.declared import Declared
from ensemble.command_line.verify.walk import Walk
from ensemble.command_line.verify.workflow import AtRest
from ensemble.simulator.invariants import events_by_id, never_handled
from ensemble.simulator.topology import FunctionSpec, Topology
from functions.kit.inbox import place_of
from functions.kit.model import Service
from functions.kit.rows import Row
from functions.kit.waiting import LONGEST_COPY_DELAY_SECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed(Gap):
    """An event that a service hears and has not handled. `type`: of the event."""

    type: str

    def told(self, age: str) -> str:
        """Return what is not handled, and how old it is."""
        return f"{self.service} has not handled the {self.type} of {self.key}, which is {age} old"

    def is_closed_by(self, row: Row) -> bool:
        """Whether the row has handled the event."""
        return place_of(self.event) in row.inbox


@dataclass(frozen=True, slots=True)
class Missing:
    """Looks through the workflows of a stage. `now`: seconds since 1970."""

    declared: Declared
    topology: Topology
    walk: Walk
    dynamodb: Any
    now: float

    def missed(self, services: Iterable[Service], since: float) -> Iterator[Missed]:
        """Yield what passed them by of the workflows that something came to from outside after an instant: so long ago
        that a message which waits has come again meanwhile. First comes what is older, service by service."""
        chosen, found = list(services), list[Missed]()
        for at_rest in self.walk.since(since):
            for service in chosen:
                found += self._of_workflow(service, at_rest)
        for service in chosen:
            ours = sorted((one for one in found if one.service == service.name), key=lambda one: one.since)
            yield from self._foreseen(service, ours)

    def _of_workflow(self, service: Service, at_rest: AtRest) -> Iterator[Missed]:
        settled = self.now - LONGEST_COPY_DELAY_SECONDS
        account = at_rest.account(self.topology, self.declared.tables, settled)
        dropped = {drop.event_id for drop in at_rest.drops() if drop.service == service.name}
        events = {id: one for id, one in events_by_id(account).items() if id not in dropped}
        for event, key in never_handled(account, service, events):
            at = datetime.fromisoformat(event.time).timestamp()
            queue = self._queue(service.name, event.source, event.type)
            if at <= settled and queue is not None:
                id = str(event.whole["event_id"])
                yield Missed(
                    service=service.name,
                    key=key,
                    workflow=at_rest.workflow,
                    event=id,
                    since=at,
                    type=event.type,
                    queue=queue,
                    body=self._text(at_rest.workflow, id),
                )

    def _text(self, workflow: str, event: str) -> str:
        """Return a stored event as the bus has sent it."""
        return stored_events(self.declared, self.dynamodb, workflow)[event].text

    def _queue(self, service: str, source: str, type: str) -> str | None:
        return next(
            (
                one.queue
                for one in self.declared.hearings
                if (one.service, one.source, one.event) == (service, source, type)
            ),
            None,
        )

    def _foreseen(self, service: Service, found: Sequence[Missed]) -> Iterator[Missed]:
        """Yield what is found, with why it cannot be sent where it would be a dead letter."""
        forecast = Forecast(service, self._function(service.name), self.dynamodb, lambda: self.now)
        for queue in dict.fromkeys(one.queue for one in found):
            ours = [one for one in found if one.queue == queue]
            messages = [{"MessageId": one.event, "Body": one.body} for one in ours]
            for one, outlook in zip(ours, forecast.of(str(queue), messages), strict=True):
                fails = outlook.ahead is Ahead.FAILS
                yield replace(one, queue=None, body=None, why=f"it would fail: {outlook.text}") if fails else one

    def _function(self, service: str) -> FunctionSpec:
        return next(one for one in self.topology.functions.values() if one.service == service and not one.is_relay)
