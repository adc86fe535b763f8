"""The shop's tables, schemas and handlers agree with each other."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from ensemble.contracts.loading import load_schemas
from ensemble.contracts.schemas import fields
from functions.kit import consumer
from functions.kit.errors import NotYet
from functions.kit.model import Decision, Reaction, Service, system_of
from infrastructure.contracts import compile_contracts
from infrastructure.services import discover
from tests.conftest import ROOT
from tests.shop.services.table import NOON, OUTCOMES, SERVICES, STATES, event

SCHEMAS = load_schemas(Path(__file__).parents[3] / "schemas")

SENSITIVE = {"email", "payment_token", "street"}


@cache
def contracts_of(service: Service) -> ModuleType:
    module = ModuleType("functions.contracts")
    exec(compile_contracts(service, SCHEMAS, tuple(SERVICES.values())), module.__dict__)
    return module


def every_decision(service: Service, reaction: Reaction) -> Iterator[Decision]:
    """Yield all that a reaction can decide, in any state and on any outcome."""
    for state in STATES[service.name]:
        try:
            decision = reaction.react(state, event(service, reaction.event))
        except NotYet:
            continue
        yield decision
        if decision.otherwise is not None:
            yield decision.otherwise
        if decision.then is not None:
            for outcome in OUTCOMES[type(decision.effect).__name__]:
                yield decision.then(decision.state, event(service, reaction.event), outcome)


EVERY_REACTION = [(name, reaction) for name, service in SERVICES.items() for reaction in service.reactions]


@pytest.mark.parametrize(("name", "reaction"), EVERY_REACTION, ids=lambda value: getattr(value, "event", value))
def test_all_that_a_reaction_publishes_is_declared_and_fits_its_schema(name: str, reaction: Reaction) -> None:
    writers = contracts_of(SERVICES[name]).WRITERS

    published = set()
    for decision in every_decision(SERVICES[name], reaction):
        for publication in decision.publications:
            version, validate = writers[publication.type]
            validate({**envelope(publication.type, version), **publication.fields})
            published.add(publication.type)

    assert published == set(reaction.publishes)


def envelope(type: str, version: str) -> dict[str, Any]:
    ids = {"event_id": "e", "correlation_id": "c", "causation_id": "c"}
    return {**ids, "type": type, "version": version, "timestamp": NOON, "hops": 1}


def test_every_event_of_the_shop_is_published_by_its_owner_and_heard_by_someone() -> None:
    heard = {reaction.event for service in discover(ROOT) for reaction in service.subscriptions}
    terminal = {type for service in SERVICES.values() for type in service.terminal}
    published = {(service.name, type) for service in SERVICES.values() for type in service.emits}
    owned = {(owner, type) for type, owner in SCHEMAS.publishers.items() if owner in SERVICES}

    assert owned == published
    assert {type for _, type in owned} <= heard | terminal
    assert terminal == {"OrderCommandRefused", "ReceiptRefused", "StockReceived"}  # answers to who asked


def test_what_must_not_be_logged_is_marked_in_every_event_that_carries_it() -> None:
    for event_type, versions in SCHEMAS.versions.items():
        for version, schema in versions.items():
            carried = {path for path, _ in fields(schema) if path.split(".")[-1] in SENSITIVE}
            assert carried == set(SCHEMAS.sensitive(event_type, version))


def test_a_charge_and_its_refund_wait_together_for_the_provider_and_all_effects_name_their_system() -> None:
    systems = {effect.__name__: system_of(effect) for service in SERVICES.values() for effect in service.effects}

    assert systems == {
        "Charge": "payment provider",
        "Refund": "payment provider",
        "Ship": "carrier",
        "Message": "customer topic",
    }


def test_only_who_just_remembers_forgets() -> None:
    for name in ("order", "inventory", "payment", "shipping"):
        assert [state for state in STATES[name][1:] if SERVICES[name].lifetime(state) is not None] == []
    for name in ("notification",):
        assert None not in map(SERVICES[name].lifetime, STATES[name])


@pytest.mark.parametrize("name", SERVICES)
def test_a_handler_gives_its_service_an_adapter_for_every_effect(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[tuple[Service, set[type]]] = []
    monkeypatch.setattr(consumer, "consumer", lambda service, effects=None: given.append((service, set(effects or {}))))
    monkeypatch.setenv("TOPIC_CUSTOMER_ARN", "arn:aws:sns:eu-west-1:123456789012:customer")
    for setting in SERVICES[name].declared_settings:
        if setting.is_required:
            monkeypatch.setenv(setting.variable, "any")
    monkeypatch.setitem(sys.modules, f"functions.{name}.handler", ModuleType("not loaded yet"))
    del sys.modules[f"functions.{name}.handler"]

    importlib.import_module(f"functions.{name}.handler")

    decisions = [
        decision for reaction in SERVICES[name].reactions for decision in every_decision(SERVICES[name], reaction)
    ]
    asked = {type(decision.effect) for decision in decisions if decision.effect is not None}
    assert given == [(SERVICES[name], asked)]
