"""Who has handled each event of a workflow, and what came of it.

A row says exactly what it has handled. Ids follow from causes, so an event that no store has yet is found by who has
handled it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import count

from ensemble.trace.known import Happened, Hearing, Known, Row
from functions.kit.envelope import derived_id, is_plain
from functions.kit.inbox import is_other, place_of
from functions.kit.model import TIMER
from infrastructure.retention import REDRIVEN_SECONDS


class Reception(StrEnum):
    """What a row says of an event. `REFUSED`: it has handled another one with the same id. `FORGOTTEN`: it would not
    remember."""

    HANDLED = "handled"
    OPEN = "not handled"
    REFUSED = "refused"
    FORGOTTEN = "not remembered"


@dataclass(frozen=True, slots=True)
class Step:
    """An event and one service that hears it. `row`: the key of the row; None where the event names none.

    `published`: what the service has published because of it. `left`: what it has still to publish.
    """

    event: Happened
    hearing: Hearing
    row: str | None
    reception: Reception
    published: tuple[Happened, ...] = ()
    left: tuple[Happened, ...] = ()

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to do."""
        return self.reception in (Reception.HANDLED, Reception.FORGOTTEN) and not self.left


@dataclass(frozen=True, slots=True)
class Steps:
    """All events, by name and in the order of time, and the steps of those that are on the bus, in the same order.

    `caused`: by the id of their cause. `heard`: the steps by the name of their event. `unpublished`: the ids of those
    that are in an outbox and that nobody has seen.
    """

    events: Mapping[str, Happened]
    steps: tuple[Step, ...]
    caused: Mapping[str, Sequence[Happened]]
    heard: Mapping[str, Sequence[Step]]
    unpublished: frozenset[str] = frozenset()

    def of(self, event: Happened) -> Sequence[Step]:
        """Return the steps of an event."""
        return self.heard.get(event.name, ())

    def caused_by(self, event: Happened) -> Sequence[Happened]:
        """Return what was published because of an event."""
        return () if event.is_beside else self.caused.get(event.event_id, ())

    def roots(self) -> Iterator[Happened]:
        """Yield what nothing that is known has caused."""
        return (event for event in self.events.values() if event.cause is None or event.cause not in self.events)


def steps_of(known: Known) -> Steps:
    """Return the steps of what is known."""
    rows = {(row.service, row.key): row for row in known.rows}
    hearings: dict[tuple[str, str], list[Hearing]] = defaultdict(list)
    for hearing in known.hearings:
        hearings[hearing.source, hearing.event].append(hearing)
    events = {event.name: event for event in known.events}
    for row in known.rows:
        for outbox in row.outboxes.values():
            events = {event.event_id: event for event in outbox} | events
    handled = {place for row in known.rows for place in row.inbox}
    stored = {event.name for event in known.events}
    unpublished = frozenset(id for id in events.keys() - stored if place_of(id) not in handled)
    events |= {event.event_id: event for event in _unstored(events, rows, hearings, handled)}
    events |= {event.event_id: event for event in _timers(events, known)}
    ordered = dict(sorted(events.items(), key=lambda one: (one[1].at, not one[1].is_timer, not one[1].is_stored)))
    caused, heard = defaultdict[str, list[Happened]](list), defaultdict[str, list[Step]](list)
    for event in ordered.values():
        if event.cause is not None:
            caused[event.cause].append(event)
    for name, event in ordered.items():
        for hearing in hearings[event.source, event.type] if event.event_id not in unpublished else ():
            heard[name].append(_step(event, hearing, rows, caused, known.now))
    steps = tuple(step for ones in heard.values() for step in ones)
    return Steps(ordered, steps, caused, heard, unpublished)


def key_of(event: Happened, hearing: Hearing) -> str | None:
    """Return the key of the row that an event is about; None where it names none by a plain name."""
    value = event.values.get(hearing.key)
    return f"{hearing.key}#{value}" if is_plain(value) else None


MOST_OF_A_TYPE = 3
"""So many events of one type that a decision may have published are looked for."""


def possible_ids(step: Step) -> Iterator[str]:
    """Yield the ids of what a service may have published because of an event that it has handled, if nothing that it
    published is known."""
    if step.reception is Reception.HANDLED and step.row is not None and not step.published and not step.left:
        for type in step.hearing.publishes:
            for ordinal in range(MOST_OF_A_TYPE):
                yield _caused_id(step.event, step.hearing.service, step.row, type, ordinal)


def _caused_id(cause: Happened, service: str, row: str, type: str, ordinal: int) -> str:
    """Return the id of an event as the kit derives it (`functions.kit.envelope.caused`)."""
    return derived_id("caused", cause.event_id, service, row, type, str(ordinal))


def _step(
    event: Happened,
    hearing: Hearing,
    rows: Mapping[tuple[str, str], Row],
    caused: Mapping[str, Sequence[Happened]],
    now: float,
) -> Step:
    key = key_of(event, hearing)
    row = None if key is None else rows.get((hearing.service, key))
    reception = _reception(event, row, now)
    left = () if row is None else row.outboxes.get(event.event_id, ())
    waiting = {one.event_id for one in left}
    published = tuple(
        one
        for one in caused.get(event.event_id, ())
        if one.source == hearing.service and one.event_id not in waiting and reception is not Reception.REFUSED
    )
    return Step(event, hearing, key, reception, published, left)


def _reception(event: Happened, row: Row | None, now: float) -> Reception:
    entry = None if row is None else row.inbox.get(place_of(event.event_id))
    if entry is not None:
        return Reception.REFUSED if is_other(entry, event.content) else Reception.HANDLED
    if (row is not None and row.is_crowded) or now - event.out_at > REDRIVEN_SECONDS:
        return Reception.FORGOTTEN
    return Reception.OPEN


def _unstored(
    events: Mapping[str, Happened],
    rows: Mapping[tuple[str, str], Row],
    hearings: Mapping[tuple[str, str], list[Hearing]],
    handled: set[str],
) -> Iterator[Happened]:
    """Yield the events that no store has, and some row has handled: what each reaction may have published."""
    known, looked_at = set(events), list(events.values())
    while looked_at:
        event = looked_at.pop()
        for hearing in hearings.get((event.source, event.type), ()):
            row = rows.get((hearing.service, key_of(event, hearing) or ""))
            if row is None or place_of(event.event_id) not in row.inbox:
                continue
            for one in _possible(event, row, hearing, known, handled):
                known.add(one.event_id)
                looked_at.append(one)
                yield one


def _possible(cause: Happened, row: Row, hearing: Hearing, known: set[str], handled: set[str]) -> Iterator[Happened]:
    """Yield what a row has published because of an event, as far as others have handled it and it is not known."""
    field, _, value = row.key.partition("#")
    for type in hearing.publishes:
        for ordinal in count():
            id = _caused_id(cause, row.service, row.key, type, ordinal)
            if id in known:
                continue
            if place_of(id) not in handled:
                break
            yield Happened(
                id, type, row.service, row.workflow, cause.at, cause.event_id, {field: value}, is_stored=False
            )


def _timers(events: Mapping[str, Happened], known: Known) -> Iterator[Happened]:
    """Yield the timers that have caused something: no store has them, but the row that they woke has handled them."""
    for event in events.values():
        timers = known.timers.get(event.source)
        if event.cause is None or event.cause in events or timers is None or event.type not in timers.publishes:
            continue
        for row in known.rows:
            if row.service == event.source and place_of(event.cause) in row.inbox:
                timer = Happened(event.cause, TIMER, row.service, row.workflow, event.at, is_stored=False)
                yield replace(timer, values=dict([row.key.split("#", 1)]))
                break
