"""Whom sensitive values are about: advice where no event of a workflow says it, so that nobody could be forgotten."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ensemble.contracts.findings import Finding
from ensemble.contracts.schemas import Schemas
from functions.kit.model import EVERY_EVENT, Service


def nobodys(services: Sequence[Service], schemas: Schemas) -> Iterator[Finding]:
    """Yield each kind of workflow whose events have sensitive fields and name no subject.

    Only where events are stored: elsewhere nothing finds a workflow by its subject.
    """
    if not any(service.stores_events for service in services):
        return
    for events in _workflows(services, schemas):
        if any(schemas.subjects(event, one) for event in events for one in schemas.versions[event]):
            continue
        for event in events:
            sensitive = schemas.sensitive(event, schemas.newest(event))
            if sensitive:
                yield Finding(
                    schemas.file(event, schemas.newest(event)),
                    f"{', '.join(sensitive)} of {event} is sensitive, and no event of its workflow says whom it is "
                    "about: `ensemble forget SUBJECT` does not find it, only --older-than does",
                    'write "x-subject": true at an id of the person, best in what begins the workflow',
                )
                break


def _workflows(services: Sequence[Service], schemas: Schemas) -> list[list[str]]:
    """Return the events that may be of one workflow together, those from outside first: what is heard and what is
    published because of it, and all that one service hears."""
    together = {event: {event} for event in schemas.versions}
    for service in services:
        heard = [one.event for one in service.subscriptions if one.event != EVERY_EVENT and one.event in together]
        joined = set().union(*(together[event] for event in (*heard, *service.emits) if event in together))
        together |= dict.fromkeys(joined, joined)
    names = {service.name for service in services}
    found = {
        id(events): sorted(events, key=lambda one: (schemas.publishers[one] in names, one))
        for events in together.values()
    }
    return list(found.values())
