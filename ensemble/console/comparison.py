"""Two workflows side by side: which steps they share, and where they differ, the first difference first. Pure.

It works on their documents (docs/json.md). A step is found again by its place: what it followed from, whose event it
is, its type, and which of several. What differs by nature (ids, keys of rows, instants) is no difference.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import inf
from typing import Any

from ensemble.console.progress import Json, milliseconds
from ensemble.trace.words import listed, span

TIMES_SLOWER = 10
SLOWER_SECONDS = 1.0
"""A step that took so many times as long as the other one's is a difference, if by so many seconds at least: below that
a machine's own scatter is compared."""

LONGEST_VALUE = 60

Place = tuple[str, ...]
"""Where a step is: `source/type/ordinal` for each event from the first one on."""

_UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_INSTANT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.\d]*(?:Z|[+-]\d\d:\d\d)"
_BY_NATURE = f"{_UUID}|{_INSTANT}"
ITS_OWN = "(its own)"
"""What stands for a value that differs by nature."""

_ABSENT = object()


@dataclass(frozen=True, slots=True)
class Difference:
    """`at`: milliseconds after the first event at which they part; infinite of what holds at their end.

    `a` and `b`: the ids of the events that it is about. `values`: the path and the two values, where a value differs.
    """

    kind: str
    text: str
    at: float = inf
    a: str | None = None
    b: str | None = None
    values: tuple[str, str, str] | None = None


def comparison(a: Json, b: Json) -> Json:
    """Return the steps of two workflows, aligned, and their differences, the first one first."""
    sides = _Side(a), _Side(b)
    steps = _aligned(*sides)
    found = sorted((one for step in steps for one in _differences(step, *sides)), key=lambda one: one.at)
    found = _once([*found, *_at_the_end(*sides)])
    differing = {id for one in found for id in (one.a, one.b)}
    return {
        "differences": [
            {"kind": one.kind, "text": one.text, "at": None if one.at == inf else one.at, "a": one.a, "b": one.b}
            for one in found
        ],
        "steps": [_shown(step, sides) | {"differs": bool({*step.ids} & differing)} for step in steps],
    }


@dataclass(frozen=True, slots=True)
class _Aligned:
    place: Place
    a: Json | None
    b: Json | None

    @property
    def ids(self) -> Iterator[str]:
        return (event["event_id"] for event in (self.a, self.b) if event is not None)


class _Side:
    """One of the two: its events by place, in the order of time."""

    def __init__(self, document: Json) -> None:
        self.document, self.name = document, str(document["asked"])
        self.events: dict[Place, Json] = {}
        self._places: dict[str, Place] = {}
        seen: Counter[Place] = Counter()
        known = {event["event_id"] for event in document["events"]}
        waiting = list(document["events"])
        while waiting:
            ready = [event for event in waiting if event["cause"] not in known or event["cause"] in self._places]
            for event in ready or waiting:
                above = self._places.get(event["cause"], ())
                kind = (*above, f"{event['source']}/{event['type']}")
                place = (*above, f"{kind[-1]}/{seen[kind]}")
                seen[kind] += 1
                self.events[place] = event
                self._places[event["event_id"]] = place
            waiting = [event for event in waiting if event["event_id"] not in self._places]
        self.events = dict(sorted(self.events.items(), key=lambda one: (_instant(one[1]["at"]), len(one[0]))))
        self.began = min((_instant(event["at"]) for event in self.events.values()), default=0.0)
        own = sorted({self.name, *self._row_keys()}, key=len, reverse=True)
        self._by_nature = re.compile("|".join([*(rf"(?<!\w){re.escape(one)}(?!\w)" for one in own), _BY_NATURE]))

    def after(self, event: Json) -> float:
        """Return how many seconds after the first one an event is."""
        return _instant(event["at"]) - self.began

    def took(self, place: Place) -> float | None:
        """Return how many seconds after its cause an event is."""
        above = self.events.get(place[:-1])
        return None if above is None else _instant(self.events[place]["at"]) - _instant(above["at"])

    def plain(self, value: Any) -> Any:
        """Return a value without what differs by nature."""
        if isinstance(value, Mapping):
            return {name: self.plain(one) for name, one in value.items()}
        if isinstance(value, list):
            return [self.plain(one) for one in value]
        if not isinstance(value, str):
            return value
        return self._by_nature.sub(ITS_OWN, value)

    def instead(self, place: Place, other: _Side) -> Place | None:
        """Return what the same service has published here for the same reason, and did not there."""
        source = place[-1].partition("/")[0]
        for one in self.events:
            is_beside = one[:-1] == place[:-1] and one[-1].partition("/")[0] == source
            if is_beside and one not in other.events:
                return one
        return None

    def _row_keys(self) -> Iterator[str]:
        rows = (step["row"] for event in self.document["events"] for step in event["heard"])
        return (row.partition("#")[2] for row in rows if row)


def _aligned(a: _Side, b: _Side) -> list[_Aligned]:
    """Return the steps of both, in the order of time since their first events."""
    both = {
        place: min(side.after(side.events[place]) for side in (a, b) if place in side.events)
        for place in (*a.events, *b.events)
    }
    ordered = sorted(both, key=lambda place: (both[place], len(place)))
    return [_Aligned(place, a.events.get(place), b.events.get(place)) for place in ordered]


def _differences(step: _Aligned, a: _Side, b: _Side) -> Iterator[Difference]:
    if step.a is None or step.b is None:
        yield from _missing(step, a, b)
        return
    at = milliseconds(min(a.after(step.a), b.after(step.b)))
    ids = step.a["event_id"], step.b["event_id"]
    for path, one, other in _unequal(a.plain(step.a["fields"]), b.plain(step.b["fields"]), ""):
        values = path, _said(one), _said(other)
        text = f"{step.a['type']}: {path} is {values[1]} in {a.name}, {values[2]} in {b.name}"
        yield Difference("field", text, at, *ids, values)
    yield from (Difference("slower", text, at, *ids) for text in _slower(step, a, b))
    receptions = {one["service"]: one["reception"] for one in step.b["heard"]}
    for heard in step.a["heard"]:
        service, other = heard["service"], receptions.get(heard["service"], "not heard")
        if heard["reception"] != other:
            text = f"{step.a['type']} is {heard['reception']} by {service} in {a.name}, {other} in {b.name}"
            yield Difference("handled", text, at, *ids)


def _missing(step: _Aligned, a: _Side, b: _Side) -> Iterator[Difference]:
    """Yield that one has an event and the other has not; where that has another one instead, it is said once."""
    has, lacks = (a, b) if step.b is None else (b, a)
    if step.place[:-1] and step.place[:-1] not in lacks.events:
        return  # what it follows from is missing already
    event = has.events[step.place]
    source, instead = event["source"], lacks.instead(step.place, has)
    if instead is None:
        text = f"{lacks.name} has no {event['type']}, which {source} published in {has.name}"
        ids = {"a" if has is a else "b": event["event_id"]}
    elif has is b:
        return  # it is said of the other one
    else:
        other = lacks.events[instead]
        text = f"{lacks.name} has no {event['type']}: {source} published {other['type']} instead"
        ids = {"a": event["event_id"], "b": other["event_id"]}
    yield Difference("missing", text, milliseconds(has.after(event)), **ids)


def _slower(step: _Aligned, a: _Side, b: _Side) -> Iterator[str]:
    took_a, took_b = a.took(step.place), b.took(step.place)
    if took_a is None or took_b is None:
        return
    fast, slow = sorted((max(took_a, 0.001), max(took_b, 0.001)))
    if slow >= TIMES_SLOWER * fast and slow - fast >= SLOWER_SECONDS:
        slower, faster = (a, b) if took_a > took_b else (b, a)
        source, type = step.place[-1].split("/")[:2]
        yield f"{source} published {type} after {span(slow)} in {slower.name}, after {span(fast)} in {faster.name}"


def _at_the_end(a: _Side, b: _Side) -> Iterator[Difference]:
    """Yield what differs of their rows, and of how they stand."""
    rows, others = _rows(a), _rows(b)
    for service in dict.fromkeys((*rows, *others)):
        if service not in rows or service not in others:
            has, lacks = (a, b) if service in rows else (b, a)
            yield Difference("row", f"{service} has a row in {has.name}, none in {lacks.name}")
            continue
        for path, one, other in _unequal(rows[service], others[service], ""):
            values = path, _said(one), _said(other)
            text = f"{service}'s {path or 'state'} is {values[1]} in {a.name}, {values[2]} in {b.name}"
            yield Difference("row", text, values=values)
    states = a.document["shown"], b.document["shown"]
    if states[0] != states[1]:
        yield Difference("state", f"{a.name} is {states[0]}, {b.name} is {states[1]}")


def _once(found: Iterable[Difference]) -> list[Difference]:
    """Return the differences without those values that were said of an earlier step: later ones follow from them."""
    said, kept = set[tuple[str, str, str]](), list[Difference]()
    for one in found:
        if one.values is None or one.values not in said:
            kept.append(one)
        if one.values is not None:
            said.add(one.values)
    return kept


def _rows(side: _Side) -> dict[str, Any]:
    """Return the states of its rows, by service, and by a number where a service has several."""
    found: dict[str, Any] = {}
    for row in side.document["rows"]:
        name, number = row["service"], 1
        while name in found:
            number += 1
            name = f"{row['service']} ({number})"
        found[name] = side.plain(row["state"])
    return found


def _unequal(a: Any, b: Any, path: str) -> Iterator[tuple[str, Any, Any]]:
    """Yield the paths at which two values differ, with what is there."""
    if isinstance(a, dict) and isinstance(b, dict):
        for name in dict.fromkeys((*a, *b)):
            yield from _unequal(a.get(name, _ABSENT), b.get(name, _ABSENT), f"{path}.{name}" if path else name)
    elif isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        for place, (one, other) in enumerate(zip(a, b, strict=True)):
            yield from _unequal(one, other, f"{path}[{place}]")
    elif a != b:
        yield path, a, b


def _said(value: Any) -> str:
    if value is _ABSENT:
        return "absent"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if isinstance(value, dict):
        return f"an object with {listed(list(value))}" if value else "an empty object"
    text = str(value)
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"


def _shown(step: _Aligned, sides: Sequence[_Side]) -> Json:
    source, type, _ = step.place[-1].split("/")
    told: Json = {"depth": len(step.place) - 1, "source": source, "type": type, "fields": []}
    if step.a is not None and step.b is not None:
        a, b = sides
        told["fields"] = [path for path, _, _ in _unequal(a.plain(step.a["fields"]), b.plain(step.b["fields"]), "")]
    for name, event, side in zip("ab", (step.a, step.b), sides, strict=True):
        took = None if event is None else side.took(step.place)
        told[name] = (
            None
            if event is None
            else {
                "event_id": event["event_id"],
                "after": milliseconds(side.after(event)),
                "took": None if took is None else milliseconds(took),
            }
        )
    return told


def _instant(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
