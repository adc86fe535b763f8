"""Reads an event store from one end to the other: workflow by workflow, each in the order of its events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ensemble.command_line.errors import UsageRefused
from ensemble.command_line.stage.stored_events import Item, StoredEvent, stored_in
from functions.kit.model import rfc3339

Place = Mapping[str, Any]
"""The key of an item, from behind which a reading goes on."""

PAGE = 500
"""Items that are asked for at once; a page ends at 1 MB anyway (Amazon DynamoDB API Reference, Scan)."""

LAST = "~"
"""What comes after all that can follow an instant in a position."""


@dataclass(frozen=True, slots=True)
class Window:
    """From which instant to which the events are from, both included: aware, in UTC. None: from the first, to now."""

    since: datetime | None = None
    until: datetime | None = None

    @classmethod
    def of(cls, since: str | None, until: str | None) -> Window:
        """Read what was typed: 2026-01-31, or 2026-01-31T12:00:00Z. Raises UsageRefused."""
        window = cls(*(None if one is None else instant_of(one) for one in (since, until)))
        if window.since and window.until and window.until <= window.since:
            raise UsageRefused(f"{until} is not after {since}: say --from the earlier and --to the later instant")
        return window

    @property
    def positions(self) -> tuple[str, str]:
        """Between which positions of a store its events are."""
        first = "" if self.since is None else rfc3339(self.since)
        return first, LAST if self.until is None else rfc3339(self.until) + LAST

    def holds(self, event: StoredEvent) -> bool:
        """Whether an event is from this time."""
        first, last = self.positions
        return first <= event.positions[0] <= last

    def as_json(self) -> dict[str, str | None]:
        """Return it as documents have it."""
        return {
            "from": None if self.since is None else rfc3339(self.since),
            "to": None if self.until is None else rfc3339(self.until),
        }


def instant_of(text: str) -> datetime:
    """Return the instant; without an offset it is in UTC. Raises UsageRefused."""
    from datetime import UTC

    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise UsageRefused(f"{text!r} is no instant: write 2026-01-31, or 2026-01-31T12:00:00Z") from None
    return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).astimezone(UTC)


class StoreReading:
    """Reads the whole table once, a page at a time, and keeps what is in the window.

    `read_units`: what was read so far, by DynamoDB's own count. `unreadable`: how many events could not be read.
    """

    def __init__(self, client: Any, table: str, window: Window) -> None:
        self._client, self._table, self._window = client, table, window
        self.read_units = 0.0
        self.unreadable = 0

    def events(self, after: Place | None = None) -> Iterator[StoredEvent]:
        """Yield the events behind a place, or all."""
        return (event for event in stored_in(self._items(after), self._note) if self._window.holds(event))

    def _items(self, after: Place | None) -> Iterator[Item]:
        first, last = self._window.positions
        while True:
            going_on = {} if after is None else {"ExclusiveStartKey": after}
            answer = self._client.scan(
                TableName=self._table,
                Limit=PAGE,
                FilterExpression="#position BETWEEN :first AND :last",
                ExpressionAttributeNames={"#position": "position"},
                ExpressionAttributeValues={":first": {"S": first or " "}, ":last": {"S": last}},
                ReturnConsumedCapacity="TOTAL",
                **going_on,
            )
            self.read_units += answer.get("ConsumedCapacity", {}).get("CapacityUnits", 0.0)
            yield from answer["Items"]
            after = answer.get("LastEvaluatedKey")
            if after is None:
                return

    def _note(self, item: Item, fault: Exception) -> None:
        self.unreadable += 1


def place_after(event: StoredEvent) -> Place:
    """Return the place behind an event."""
    last = event.items[-1]
    return {name: last[name] for name in ("pk", "position")}
