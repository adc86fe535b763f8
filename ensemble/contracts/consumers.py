"""Who hears an event, and who of them is hurt by a change of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from functions.kit.model import Service


def hearing(services: Sequence[Service], event: str) -> Iterator[str]:
    """Yield the names of the services that react to the event."""
    return (service.name for service in services for reaction in service.subscriptions if reaction.event == event)


def harmed(services: Sequence[Service], event: str, paths: Sequence[str] = ()) -> str:
    """Name the services that hear the event; first of all those that read at one of the paths (`$.lines[].name`)."""
    hearing = [
        (service.name, reaction.reads)
        for service in services
        for reaction in service.subscriptions
        if reaction.event == event
    ]
    readers = {name: [read for read in reads if any(_touches(path, read) for path in paths)] for name, reads in hearing}
    named = sorted(readers, key=lambda name: (not readers[name], name))
    return ", ".join(f"{n} (reads {', '.join(readers[n])})" if readers[n] else n for n in named) or "nobody yet"


def _touches(path: str, read: str) -> bool:
    """Whether the place of a finding and what is read lie on one way."""
    ways = [place.replace("[]", "").replace("?", "").split(".") for place in (path.removeprefix("$."), read)]
    return all(one == other for one, other in zip(*ways, strict=False))
