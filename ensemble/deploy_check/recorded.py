"""What a run of the stories has left, on the laptop or on the emulator: its events, rows and messages.

Times and traces differ from run to run and are left out. Ids do not: the commands have the same ones in both, and all
others follow from these.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ensemble.command_line.run.results import Results
from functions.kit.store import unpacked

TIME, TRACE = "<time>", "<trace>"

INSTANT = re.compile(r"\d{4}-\d\d-\d\d(T\d\d(:\d\d:\d\d(\.\d+)?(Z|\+00:00))?)?")
TRACED = re.compile(r"Root=[\w-]+(;\w+=[\w-]+)*")
"""A trace header (AWS X-Ray Developer Guide, "Tracing header")."""

OF_THE_KIT = "kit#"
"""What the keys of the kit's own rows begin with."""

SINCE = 1_000_000_000
"""A number above this is taken for seconds since 1970."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """By name of a story its events, by name of a table its rows, by name of a topic its messages; each as texts."""

    events: Mapping[str, Counter[str]]
    rows: Mapping[str, Counter[str]]
    messages: Mapping[str, Counter[str]]

    def differences(self, other: Recorded, ours: str, theirs: str) -> Iterator[str]:
        """Yield a line for each thing that only one of the two has; `ours`, `theirs`: what they are called."""
        for kind, mine, its in (
            ("story", self.events, other.events),
            ("table", self.rows, other.rows),
            ("topic", self.messages, other.messages),
        ):
            for name in sorted({*mine, *its}):
                here, there = mine.get(name, Counter()), its.get(name, Counter())
                yield from (f"{kind} {name}: only {ours} has {one}" for one in sorted((here - there).elements()))
                yield from (f"{kind} {name}: only {theirs} has {one}" for one in sorted((there - here).elements()))


def events_of(results: Results) -> dict[str, Counter[str]]:
    """Return the events of each story: type, publisher and cause. A queue keeps no order, so causes say what follows
    from what; an event that is published twice is one."""
    return {
        result.story.name: Counter(
            {
                one.event_id: f"{one.type} of {one.source} because of {one.cause or 'outside'}" for one in result.events
            }.values()
        )
        for result in results.stories
    }


def texts_of(items: Sequence[Mapping[str, Any]]) -> Counter[str]:
    """Return items as texts, times left out."""
    return Counter(json.dumps(_timeless(_read(item)), sort_keys=True, default=str) for item in items)


def texts_of_rows(items: Sequence[Mapping[str, Any]]) -> Counter[str]:
    """Return a table's items as texts, without those that the kit keeps for itself: how far a sweep came and what was
    down is another in each run. Of the handled events the ids count, and not the days until which they are known, nor
    how long each took, which a history says."""
    return texts_of([_row(item) for item in items if not str(item["pk"]).startswith(OF_THE_KIT)])


def _row(item: Mapping[str, Any]) -> dict[str, Any]:
    row = {name: value for name, value in item.items() if name != "history"}
    return row | {"inbox": sorted(row["inbox"])} if "inbox" in row else row


def _read(item: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return an item; of a stored event what was published, without what its bus says of it, which is another's."""
    if "event" not in item:
        return item
    part = item["event"]
    return {**item, "event": json.loads(unpacked(part if isinstance(part, str) else bytes(part)))["detail"]}


def _timeless(value: Any) -> Any:
    """Return a value without its times, with JSON in texts read and sets in one order."""
    if isinstance(value, Mapping):
        return {str(name): _timeless(inner) for name, inner in value.items()}
    if isinstance(value, set | frozenset):
        return sorted(_timeless(inner) for inner in value)
    if isinstance(value, list | tuple):
        return [_timeless(inner) for inner in value]
    if isinstance(value, str):
        return _timeless_text(value)
    if isinstance(value, bool) or value is None:
        return value
    return TIME if value > SINCE else str(value)


def _timeless_text(text: str) -> Any:
    """Return a text without its times; JSON as what it says, as a document is stored in many ways."""
    try:
        document = json.loads(text) if text.startswith(("{", "[")) else None
    except ValueError:
        document = None
    return TRACED.sub(TRACE, INSTANT.sub(TIME, text)) if document is None else _timeless(document)
