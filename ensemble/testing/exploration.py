"""A project's services on typical events, in every state that they can reach.

Nothing is listed: services, events, versions and examples come from the project, states and outcomes are explored.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from ensemble.contracts.examples import bridge_event, examples, typical
from ensemble.contracts.loading import load_schemas
from ensemble.contracts.outcomes import values
from ensemble.contracts.schemas import Schemas
from functions.kit.contracts import Contracts, selection
from functions.kit.errors import NotYet, UndeclaredEffect
from functions.kit.model import EVERY_EVENT, TIMER, Decision, Event, Reaction, Service
from infrastructure.contracts import compile_contracts
from infrastructure.services import discover

MANY = 500
"""States of one service; more are not one workflow's."""

LONGEST_CHAIN = 4
"""Effects that one event may cause, each decided on the outcome of the one before."""


class Exploration:
    """What the services of a project can be handed, the states that they can reach, and what they then decide."""

    def __init__(self, services: tuple[Service, ...], schemas: Schemas) -> None:
        self.services = services
        self.schemas = schemas
        self.contracts = cache(self._contracts)
        self.states = cache(self._states)

    @classmethod
    def of(cls, root: Path) -> Exploration:
        """Return that of the project in the folder `root`, whose modules have to be importable."""
        return cls(discover(root), load_schemas(root / "schemas"))

    def sent(self, event: str, version: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Return the detail of an event as its publisher sends it."""
        return dict(bridge_event(self.schemas.publishers[event], event, version, dict(fields))["detail"])

    def handed(self, service: Service, reaction: Reaction, detail: dict[str, Any]) -> Event:
        """Return what the reaction is handed: the event in its newest shape, cut down to what is declared.

        Raises ContractViolation when the compiled reader refuses it.
        """
        received = self.contracts(service).received(self.schemas.publishers[reaction.event], detail)
        return _event(received, selection(reaction.reads)(received))

    def heard(self, service: Service, reaction: Reaction, version: str) -> Iterator[tuple[str, Event]]:
        """Yield each example of one version, by its name, as the reaction is handed it."""
        for name, fields in examples(self.schemas.versions[reaction.event][version]).items():
            yield name, self.handed(service, reaction, self.sent(reaction.event, version, fields))

    def published(self, service: Service, reaction: Reaction) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield (type, fields) of all that the reaction publishes, in every state, on every typical event."""
        for _, decision in self.decided(service, reaction):
            for publication in decision.publications:
                yield publication.type, dict(publication.fields)

    def decided(self, service: Service, reaction: Reaction) -> Iterator[tuple[Any, Decision]]:
        """Yield all that the reaction decides, in every state, on every typical event; and the state each time."""
        for state in self.states(service):
            for event in self._typical(service, reaction):
                for decision in decisions(reaction, state, event):
                    yield state, decision

    def _contracts(self, service: Service) -> Contracts:
        """Return the compiled contracts of a service, as its bundle has them."""
        module = ModuleType("functions.contracts")
        exec(compile_contracts(service, self.schemas, self.services), module.__dict__)
        return Contracts.of(module)

    def _states(self, service: Service) -> tuple[Any, ...]:
        """Return every state that a row can reach by typical events; None is no row."""
        if service.stores_events:
            return (None,)
        found, waiting = [None], [None]
        while waiting:
            state = waiting.pop()
            for reaction in service.reactions:
                for event in self._typical(service, reaction):
                    for decision in decisions(reaction, state, event):
                        if decision.state not in found:
                            found.append(decision.state)
                            waiting.append(decision.state)
            assert len(found) < MANY, (
                f"functions/{service.name}: over {MANY} states are reached by the events of one workflow: "
                "let the state depend on less, or find its rows by the key of the workflow"
            )
        return tuple(found)

    def _typical(self, service: Service, reaction: Reaction) -> Iterator[Event]:
        if reaction.event == TIMER:
            key = {service.key: "key-1"}
            yield Event("due-1", TIMER, "2026-01-01T12:00:00Z", "workflow-1", key)
            return
        if reaction.event == EVERY_EVENT:
            return
        version = self.schemas.newest(reaction.event)
        for fields in typical(self.schemas.versions[reaction.event][version]):
            yield self.handed(service, reaction, self.sent(reaction.event, version, fields))


def decisions(reaction: Reaction, state: Any, event: Event) -> Iterator[Decision]:
    """Yield all that the reaction can decide here: at once, when a counter is short, and on each outcome of its effect.

    Raises UndeclaredEffect when it asks for an effect that the reaction does not declare.
    """
    try:
        decision = reaction.react(state, event)
    except NotYet:
        return
    yield from _followed(reaction, decision, event, 0)


def _followed(reaction: Reaction, decision: Decision, event: Event, effects: int) -> Iterator[Decision]:
    yield decision
    if decision.otherwise is not None:
        yield decision.otherwise
    if decision.then is None:
        return
    kind = type(decision.effect)
    if kind not in reaction.effects:
        raise UndeclaredEffect(f"the reaction to {reaction.event} does not declare {kind.__name__} in `effects`")
    assert effects < LONGEST_CHAIN, f"the reaction to {reaction.event} asks for effects without end"
    for outcome in values(reaction.effects[kind]):
        try:
            after = decision.then(decision.state, event, outcome)
        except NotYet:
            continue
        yield from _followed(reaction, after, event, effects + 1)


def _event(detail: dict[str, Any], fields: Mapping[str, Any]) -> Event:
    return Event(detail["event_id"], detail["type"], detail["timestamp"], detail["correlation_id"], fields)
