"""The contract test kit: every service on every example of what it hears, in every state it can reach.

Nothing is listed: services, events, versions and examples come from the project, states and outcomes are explored.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import product
from types import ModuleType
from typing import Any

from ensemble.contracts.examples import bridge_event, examples, full, minimal
from ensemble.contracts.loading import load_schemas
from ensemble.project.root import project_root
from functions.kit.contracts import Contracts, selection
from functions.kit.errors import NotYet
from functions.kit.model import EVERY_EVENT, TIMER, Decision, Event, Reaction, Service
from infrastructure.contracts import compile_contracts
from infrastructure.services import discover

ROOT = project_root()
SCHEMAS = load_schemas(ROOT / "schemas")
SERVICES = {service.name: service for service in discover(ROOT)}

MANY = 500
"""States of one service; more are not one workflow's."""


@cache
def contracts_of(name: str) -> Contracts:
    """Return the compiled contracts of a service, as its bundle has them."""
    module = ModuleType("functions.contracts")
    exec(compile_contracts(SERVICES[name], SCHEMAS), module.__dict__)
    return Contracts(module.SOURCES, module.NEWEST, module.READERS, module.UPCASTERS, module.WRITERS)


def sent(event: str, version: str, fields: dict[str, Any]) -> dict[str, Any]:
    """Return the detail of an event as its publisher sends it."""
    return dict(bridge_event(SCHEMAS.publishers[event], event, version, fields)["detail"])


def handed(service: Service, reaction: Reaction, detail: dict[str, Any]) -> Event:
    """Return what the reaction is handed: the event in its newest shape, cut down to what is declared.

    Raises ContractViolation when the compiled reader refuses it.
    """
    received = contracts_of(service.name).received(SCHEMAS.publishers[reaction.event], detail)
    return _event(received, selection(reaction.reads)(received))


def _event(detail: dict[str, Any], fields: Mapping[str, Any]) -> Event:
    return Event(detail["event_id"], detail["type"], detail["timestamp"], detail["correlation_id"], fields)


def heard(service: Service, reaction: Reaction, version: str, name: str) -> Event:
    """Return one example of one version as the reaction is handed it."""
    fields = examples(SCHEMAS.versions[reaction.event][version])[name]
    return handed(service, reaction, sent(reaction.event, version, fields))


@cache
def states(name: str) -> tuple[Any, ...]:
    """Return every state that a row of the service can reach by the smallest and the fullest events; None is no row."""
    service, found, waiting = SERVICES[name], [None], [None]
    while waiting:
        state = waiting.pop()
        for reaction in service.reactions:
            for event in _typical(service, reaction):
                for decision in decisions(reaction, state, event):
                    if decision.state not in found:
                        found.append(decision.state)
                        waiting.append(decision.state)
        assert len(found) < MANY, f"{name} reaches over {MANY} states: are rows keyed by workflow?"
    return tuple(found)


def _typical(service: Service, reaction: Reaction) -> Iterator[Event]:
    if reaction.event == TIMER:
        key = {service.key: "key-1"}
        yield Event("due-1", TIMER, "2026-01-01T12:00:00Z", "workflow-1", key)
        return
    for type in SCHEMAS.versions if reaction.event == EVERY_EVENT else [reaction.event]:
        version = SCHEMAS.newest(type)
        for fields in (minimal, full):
            detail = sent(type, version, fields(SCHEMAS.versions[type][version]))
            if reaction.event == EVERY_EVENT:
                yield _event(detail, detail)
            else:
                yield handed(service, reaction, detail)


def decisions(reaction: Reaction, state: Any, event: Event) -> Iterator[Decision]:
    """Yield all that the reaction can decide here: at once, when stock is short, and on each outcome of its effect."""
    try:
        decision = reaction.react(state, event)
    except NotYet:
        return
    yield decision
    if decision.otherwise is not None:
        yield decision.otherwise
    if decision.then is not None:
        for outcome in outcomes(decision.then):
            yield decision.then(decision.state, event, outcome)


def outcomes(then: Any) -> list[Any]:
    """Return what an effect can come to, by the annotation of the last parameter of the function that is told."""
    *_, (_, annotation) = [item for item in then.__annotations__.items() if item[0] != "return"]
    kind = eval(annotation, then.__globals__) if isinstance(annotation, str) else annotation
    if kind is None:
        return [None]
    samples: dict[str, tuple[Any, ...]] = {"bool": (True, False), "str": ("some",), "int": (1,), "float": (1.5,)}
    fields = dataclasses.fields(kind)
    return [kind(*values) for values in product(*(samples[str(field.type)] for field in fields))]


def published(service: Service, reaction: Reaction) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (type, fields) of everything that the reaction publishes, in every state, on every typical event."""
    for state in states(service.name):
        for event in _typical(service, reaction):
            for decision in decisions(reaction, state, event):
                for publication in decision.publications:
                    yield publication.type, dict(publication.fields)
