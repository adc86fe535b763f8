"""What a reaction may read of its event, and what it may publish, for mypy: from the schemas and the declarations.

Both stand in a stub, `functions/<service>/events.pyi`: at run time there is no such module, and nothing to import.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from ensemble.contracts.findings import Finding
from ensemble.contracts.profile import Json
from ensemble.contracts.reads import projection
from ensemble.contracts.schemas import Schemas, detail_schema
from ensemble.contracts.stubs import MARK, stub
from functions.kit.model import EVERY_EVENT, TIMER, Event, React, Service
from functions.kit.saga import Saga

WITHOUT_VIEW = frozenset({TIMER, EVERY_EVENT})
"""What a reaction may be on that no schema describes."""


def generate(services: Sequence[Service], schemas: Schemas) -> dict[str, str]:
    """Return the stub of each service that hears events by name, or publishes, by its path in the project; of none
    that is a saga, whose reactions are the kit's.

    An event has the shape of its newest version, the one that reactions are handed and that is published; of what is
    heard less what the reaction does not read. Raises ReadRefused when a schema does not have, or does not promise,
    what is read.
    """
    stubs = {}
    for service in services:
        reads = {one.event: one.reads for one in service.subscriptions if one.event != EVERY_EVENT}
        if (reads or service.emits) and not isinstance(service, Saga):
            heard = {event: projection(_newest(event, schemas), paths) for event, paths in reads.items()}
            published = {event: schemas.versions[event][schemas.newest(event)] for event in service.emits}
            stubs[f"functions/{service.name}/events.pyi"] = stub(heard, published)
    return stubs


def outdated(root: Path, services: Sequence[Service], schemas: Schemas) -> list[str]:
    """Return the paths of the stubs that are missing, that differ, or that no service has any more."""
    wanted = generate(services, schemas)
    files = sorted((root / "functions").glob("*/events.pyi"))
    found = {file.relative_to(root).as_posix(): file.read_text(encoding="utf-8") for file in files}
    generated = {path for path, text in found.items() if text.startswith(MARK)}
    return sorted(path for path in wanted.keys() | generated if wanted.get(path) != found.get(path))


def misannotated(services: Sequence[Service]) -> list[Finding]:
    """Return each function whose annotation of its event leaves out one that it reacts to.

    Right are the views of all its events, as a union, or `Event`, which mypy does not hold to the reads. A moment that
    comes due has no view, and a service that stores all events no function.
    """
    return [
        Finding(
            f"{function.__module__.replace('.', '/')}.py",
            f"{function.__name__} reacts to {' and '.join(events)}, but its event is annotated "
            f"{annotation or 'as nothing'}",
            _fix(service, events),
        )
        for service in services
        if not service.stores_events
        for react, events in _functions(service).items()
        for annotation in [_annotation(react)]
        for function in [react.func if isinstance(react, partial) else react]
        if not _is_right(events, set(re.findall(r"\w+", annotation)))
    ]


def _newest(event: str, schemas: Schemas) -> Json:
    return detail_schema(event, schemas.versions[event][schemas.newest(event)])


def _functions(service: Service) -> dict[React, list[str]]:
    """Return the events of each reaction function, since one may react to several."""
    functions: dict[React, list[str]] = {}
    for reaction in service.reactions:
        functions.setdefault(reaction.react, []).append(reaction.event)
    return functions


def _annotation(react: React) -> str:
    """Return the annotation as the source has it: it cannot be evaluated, since at run time there are no views."""
    annotations = [one.annotation for one in inspect.signature(react).parameters.values()]
    return "".join(str(one) for one in annotations[1:2] if one is not inspect.Parameter.empty)


def _is_right(events: Sequence[str], names: set[str]) -> bool:
    return Event.__name__ in names or names.issuperset(events)


def _fix(service: Service, events: Sequence[str]) -> str:
    if not WITHOUT_VIEW.isdisjoint(events):
        return "annotate it `event: Event`"
    module = f"functions.{service.name}.events"
    return f"annotate it `event: {' | '.join(events)}`, imported from {module} under `if TYPE_CHECKING:`"
