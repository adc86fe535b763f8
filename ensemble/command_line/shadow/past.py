"""What happened to the rows of a service, as an event store has it: events in their order, and what came of each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from ensemble.command_line.replay.stored import Window
from ensemble.command_line.stage.stored_events import StoredEvent
from ensemble.contracts.schemas import Schemas
from functions.kit.envelope import is_plain
from functions.kit.model import EVERY_EVENT, TIMER, Service

Json = dict[str, Any]


@dataclass(slots=True)
class Happening:
    """An event that came to a row, and what the service published because of it. `body`: as EventBridge delivers it;
    of a timer its type alone. `at`: when it was handled, as far as what followed says, or else when it was sent."""

    event_id: str
    type: str
    at: str
    body: Json
    is_wanted: bool
    published: list[Json] = field(default_factory=list)


class Past:
    """Collects it from an event store: `look` at every event first, then `keep` what is about rows that are wanted."""

    def __init__(self, service: Service, schemas: Schemas, window: Window) -> None:
        self._service, self._window = service, window
        self._keys = {
            (schemas.publishers[one.event], one.event): service.key_of(one)
            for one in service.subscriptions
            if one.event != EVERY_EVENT
        }
        self._due = {type for one in service.reactions if one.event == TIMER for type in one.publishes}
        self._rows: dict[str, dict[str, Happening]] = defaultdict(dict)
        self._own: list[StoredEvent] = []
        self._wanted: set[str] = set()
        self._workflows: set[str] = set()

    def look(self, events: Iterable[StoredEvent]) -> None:
        """Note which rows the events of the window are about."""
        for event in filter(self._window.holds, events):
            if (row := self._row(event)) is not None:
                self._wanted.add(row)
                self._workflows.add(event.workflow)
            elif self._is_own(event):
                self._workflows.add(event.workflow)

    def keep(self, events: Iterable[StoredEvent]) -> None:
        """Keep what came to these rows from their beginning on, and what was published because of it."""
        for event in events:
            row = self._row(event)
            if row in self._wanted:
                instant = event.positions[0].partition("#")[0]
                happening = Happening(event.event_id, event.type, instant, event.body, self._window.holds(event))
                self._rows[row].setdefault(event.event_id, happening)
            if self._is_own(event) and event.workflow in self._workflows:
                self._own.append(event)

    def rows(self) -> Iterator[tuple[str, list[Happening]]]:
        """Yield each row with what happened to it, in order."""
        by_id = {id: one for happenings in self._rows.values() for id, one in happenings.items()}
        for event in sorted(self._own, key=lambda one: one.positions[0]):
            cause = event.body["detail"].get("causation_id")
            happening = by_id.get(cause) or self._timer(event, cause)
            if happening is not None:
                by_id[happening.event_id] = happening
                happening.published.append({"type": event.type, "fields": event.fields})
                happening.at = max(happening.at, event.positions[0].partition("#")[0])
        for row, happenings in sorted(self._rows.items()):
            yield row, sorted(happenings.values(), key=lambda one: one.at)

    def _timer(self, event: StoredEvent, cause: str) -> Happening | None:
        """Return the timer that this event came of: what the service published because of nothing on the bus."""
        key = self._service.key
        if event.type not in self._due or (row := _named(event, key)) not in self._rows:
            return None
        instant = event.positions[0].partition("#")[0]
        body = {"type": TIMER, "fields": {key: event.body["detail"][key]}}
        timer = Happening(cause, TIMER, instant, body, self._window.holds(event))
        self._rows[row][cause] = timer
        return timer

    def _row(self, event: StoredEvent) -> str | None:
        key = self._keys.get((event.body.get("source", ""), event.type))
        return None if key is None else _named(event, key)

    def _is_own(self, event: StoredEvent) -> bool:
        return event.body.get("source") == self._service.name and isinstance(event.body.get("detail"), dict)


def _named(event: StoredEvent, key: str) -> str:
    """Return the row that an event names by a field; nothing where it names none."""
    detail = event.body.get("detail")
    value = detail.get(key) if isinstance(detail, dict) else None
    return f"{key}#{value}" if is_plain(value) else ""
