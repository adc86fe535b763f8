"""Whether each event lies in the folder of the service that publishes it: the folder gives source and permission."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import get_close_matches

from ensemble.contracts.consumers import harmed, hearing
from ensemble.contracts.findings import Finding
from ensemble.contracts.schemas import Schemas
from functions.kit.model import EVERY_EVENT, Service


def unowned(schemas: Schemas, services: Sequence[Service]) -> Iterator[Finding]:
    """Yield each event that a service hears without a schema, or publishes without owning its schema."""
    for service in services:
        for reaction in service.subscriptions:
            if reaction.event not in (EVERY_EVENT, *schemas.publishers):
                yield _undescribed(schemas, service.name, reaction.event)
        foreign: dict[str, list[str]] = {}
        for event in service.emits:
            if schemas.publishers.get(event) != service.name:
                foreign.setdefault(schemas.publishers.get(event, ""), []).append(event)
        for owner, events in foreign.items():
            if owner:
                yield _unowned(services, service.name, owner, events)
            else:
                yield from (_unwritten(schemas, services, service, event) for event in events)


def _undescribed(schemas: Schemas, service: str, event: str) -> Finding:
    near = get_close_matches(event, schemas.publishers, n=1)
    fix = f"did you mean {near[0]}?" if near else f"add schemas/<publisher>/{event}/1.0.json"
    return Finding(f"functions/{service}/service.py", f"{event} has no schema, so that {service} waits in vain", fix)


def _unwritten(schemas: Schemas, services: Sequence[Service], service: Service, event: str) -> Finding:
    unused = [one for one in schemas.published_by(service.name) if one not in service.emits]
    (near,) = get_close_matches(event, unused, n=1) or [""]
    return Finding(
        f"functions/{service.name}/service.py",
        f"{service.name} declares that it publishes {event}, which has no schema"
        + (f", and never {near}, which has one" if near else "")
        + f". Harmed: {harmed(services, near or event)}, who would wait in vain",
        f"write {near}" if near else f"add schemas/{service.name}/{event}/1.0.json, or correct the name",
    )


def _unowned(services: Sequence[Service], service: str, owner: str, events: list[str]) -> Finding:
    hearers = sorted({name for event in events for name in hearing(services, event)})
    return Finding(
        f"schemas/{owner}/{events[0]}/",
        f"{service} publishes {', '.join(events)}, and owns only what lies in schemas/{service}/. "
        f"Harmed: {', '.join(hearers) or 'nobody yet'}, who would never hear it",
        f"let the schema lie in schemas/{service}/{events[0]}/",
    )
