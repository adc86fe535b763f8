"""Every service keeps its contracts: what it hears, in each live version, and what it publishes."""

from __future__ import annotations

from typing import Any

import pytest

from ensemble.contracts.examples import broken, examples
from ensemble.testing.contracts import SCHEMAS, SERVICES, contracts_of, handed, heard, published, sent, states
from functions.kit.errors import ContractViolation, NotYet
from functions.kit.model import EVERY_EVENT, TIMER, Reaction, Service


def is_refused(service: Service, reaction: Reaction, detail: dict[str, Any]) -> bool:
    try:
        handed(service, reaction, detail)
    except ContractViolation:
        return True
    return False


HEARD = [
    pytest.param(service, reaction, version, id=f"{service.name}-{reaction.event}-{version}")
    for service in SERVICES.values()
    for reaction in service.reactions
    if reaction.event not in (TIMER, EVERY_EVENT)
    for version in SCHEMAS.versions[reaction.event]
]

PUBLISHING = [
    pytest.param(service, reaction, id=f"{service.name}-{reaction.event}")
    for service in SERVICES.values()
    for reaction in service.reactions
]


@pytest.mark.parametrize(("service", "reaction", "version"), HEARD)
def test_a_reaction_handles_every_example_of_every_live_version_in_every_state_it_can_reach(
    service: Service, reaction: Reaction, version: str
) -> None:
    for name in examples(SCHEMAS.versions[reaction.event][version]):
        event = heard(service, reaction, version, name)
        for state in states(service.name):
            try:
                reaction.react(state, event)
            except NotYet:
                continue


@pytest.mark.parametrize(("service", "reaction", "version"), HEARD)
def test_a_reader_refuses_every_broken_example(service: Service, reaction: Reaction, version: str) -> None:
    for name, fields in broken(SCHEMAS.versions[reaction.event][version]).items():
        if isinstance(fields, dict):
            assert is_refused(service, reaction, sent(reaction.event, version, fields)), name


@pytest.mark.parametrize(("service", "reaction"), PUBLISHING)
def test_whatever_a_reaction_publishes_satisfies_its_own_schema(service: Service, reaction: Reaction) -> None:
    contracts = contracts_of(service.name)

    for type, fields in published(service, reaction):
        contracts.check_published(sent(type, contracts.version_to_publish(type), fields))


@pytest.mark.parametrize(("service", "reaction"), PUBLISHING)
def test_a_reaction_publishes_all_that_it_declares_and_nothing_else(service: Service, reaction: Reaction) -> None:
    assert {type for type, _ in published(service, reaction)} == set(reaction.publishes)
