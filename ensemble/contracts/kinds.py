"""Which messages are commands: requests to exactly one service, which answers each of them by an event."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ensemble.contracts.findings import Finding
from ensemble.contracts.schemas import Kind, Schemas
from functions.kit.model import Service


def kind_of(event: str, services: Iterable[Service], schemas: Schemas) -> Kind:
    """Return what its schema says that it is; else a command if its publisher is outside, an event if not."""
    is_ours = any(service.name == schemas.publishers[event] for service in services)
    return schemas.declared_kind(event) or ("event" if is_ours else "command")


def commands_of(service: Service, services: Iterable[Service], schemas: Schemas) -> tuple[str, ...]:
    """Return the commands that a service hears by name, in the order of its table."""
    heard = (one.event for one in service.subscriptions if one.event in schemas.publishers)
    services = tuple(services)
    return tuple(event for event in heard if kind_of(event, services, schemas) == "command")


def unanswered(services: Iterable[Service], schemas: Schemas) -> Iterator[Finding]:
    """Yield each command whose reaction publishes nothing: whoever sends it would never hear what came of it."""
    services = tuple(services)
    for service in services:
        commands = commands_of(service, services, schemas)
        for reaction in service.subscriptions:
            if reaction.event in commands and not reaction.publishes:
                sender = schemas.publishers[reaction.event]
                yield Finding(
                    f"functions/{service.name}/service.py",
                    f"{reaction.event} is a command, and the reaction of {service.name} to it publishes nothing. "
                    f"Harmed: {sender}, who would never hear what came of it",
                    "publish an event that says that it is done, and one that says why it is not, and declare them in "
                    '`emits` and `refusals`; or, if nobody waits for an answer, let its schema say "x-kind": "event"',
                )
