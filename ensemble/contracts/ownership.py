"""Whether each event lies in the folder of the service that publishes it: the folder gives source and permission."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import get_close_matches

from ensemble.contracts.consumers import hearing
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
            yield _unowned(services, service.name, owner, events)


def _undescribed(schemas: Schemas, service: str, event: str) -> Finding:
    near = get_close_matches(event, schemas.publishers, n=1)
    fix = f"did you mean {near[0]}?" if near else f"add schemas/<publisher>/{event}/1.0.json"
    return Finding(f"functions/{service}/service.py", f"{event} has no schema, so that {service} waits in vain", fix)


def _unowned(services: Sequence[Service], service: str, owner: str, events: list[str]) -> Finding:
    place = f"schemas/{owner}/{events[0]}/" if owner else f"functions/{service}/service.py"
    hearers = sorted({name for event in events for name in hearing(services, event)})
    return Finding(
        place,
        f"{service} publishes {', '.join(events)}, and owns only what lies in schemas/{service}/. "
        f"Harmed: {', '.join(hearers) or 'nobody yet'}, who would never hear it",
        f"let the schema lie in schemas/{service}/{events[0]}/",
    )
