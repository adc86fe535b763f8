"""How the differences of two decisions are told: each with its witness, without what is sensitive."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from ensemble.command_line.replay.stored import Window
from ensemble.command_line.shadow.comparing import ABSENT, Change, Difference, Differences
from ensemble.command_line.terminal import printable
from ensemble.command_line.trace.hiding import HIDDEN, shown_fields, shown_state
from ensemble.contracts.schemas import Schemas
from ensemble.trace.history import Past
from functions.kit.model import KIT_FIELDS, TIMER, Service
from functions.kit.states import is_marked, stored_types

Json = dict[str, Any]


class Hider:
    """Hides what is marked as sensitive in states, in events and, by `field(repr=False)`, in effects."""

    def __init__(self, service: Service, schemas: Schemas) -> None:
        self._service, self._schemas = service, schemas
        self._marked = {*_of_events(schemas), *_of_states(service), *_of_effects(service)}

    def event(self, difference: Difference) -> Any:
        """Return the fields of the witness's event."""
        fields = {name: one for name, one in (difference.event or {}).items() if name not in KIT_FIELDS}
        return fields if difference.type == TIMER else shown_fields(fields, self._schemas.ever(difference.type))

    def state(self, difference: Difference) -> Any:
        """Return the state that the witness's event met."""
        return shown_state(self._service, Past(difference.before["state"], difference.before["version"]))

    def change(self, change: Change) -> tuple[Any, Any]:
        """Return what stood at the place before, and now."""
        return self._shown(change.path, change.old), self._shown(change.path, change.new)

    def _shown(self, path: tuple[str | int, ...], value: Any) -> Any:
        if value is ABSENT:
            return None
        if isinstance(value, dict):
            return {name: self._shown((*path, name), one) for name, one in value.items()}
        if isinstance(value, list):
            return [self._shown((*path, at), one) for at, one in enumerate(value)]
        return HIDDEN if self._marked.intersection(path) else value


def _of_events(schemas: Schemas) -> Iterator[str]:
    for event, versions in schemas.versions.items():
        for version in versions:
            yield from (path.rpartition(".")[2].rstrip("[]") for path in schemas.sensitive(event, version))


def _of_states(service: Service) -> Iterator[str]:
    if is_dataclass(service.state):
        hints = stored_types(service.state, are_marked=True)
        yield from (name for name, hint in hints.items() if is_marked(hint))


def _of_effects(service: Service) -> Iterator[str]:
    for effect in filter(is_dataclass, service.effects):
        yield from (one.name for one in fields(effect) if not one.repr)


def told(name: str, against: str | None, found: Differences, hider: Hider) -> Iterator[tuple[str, str]]:
    """Yield what is printed for a person: each line with its style."""
    beside = "what was published" if against is None else f"{against}"
    yield f"{found.compared:,} events of {name}, beside {beside}", ""
    for one in found.found.values():
        times = f"{one.number:,} events" if one.number > 1 else "1 event"
        yield f"✗ {one.type}: {times}, such as {printable(one.event_id)} for {printable(one.row)}", "red"
        yield f"    event  {_text(hider.event(one))}", "dim"
        yield f"    state  {_text(hider.state(one))}", "dim"
        for change in one.changes:
            old, new = hider.change(change)
            yield f"    {place(change.path)}", ""
            yield f"      - {_text(old)}", "red"
            yield f"      + {_text(new)}", "green"
    if not found.found:
        yield "✓ no decision differs", "green"


def as_json(stage: str, name: str, window: Window, against: str | None, found: Differences, hider: Hider) -> Json:
    """Return the document that docs/json.md describes."""
    return {
        "stage": stage,
        "service": name,
        **window.as_json(),
        "against": against,
        "compared": found.compared,
        "differences": [_document(one, hider) for one in found.found.values()],
    }


def _document(one: Difference, hider: Hider) -> Json:
    told = [(place(change.path), *hider.change(change)) for change in one.changes]
    return {
        "type": one.type,
        "events": one.number,
        "witness": {
            "row": one.row,
            "event_id": one.event_id,
            "event": hider.event(one),
            "state": hider.state(one),
            "changes": [{"at": at, "old": old, "new": new} for at, old, new in told],
        },
    }


def place(path: tuple[str | int, ...]) -> str:
    """Write a path as `publishes[0].fields.reason`."""
    return "".join(f"[{one}]" if isinstance(one, int) else f".{printable(one)}" for one in path).removeprefix(".")


def _text(value: Any) -> str:
    return printable(json.dumps(value, ensure_ascii=False))
