"""Log groups: the lines that functions print, each with its time, as many as fit."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

MOST_BYTES = 8_000_000
"""A log group forgets its oldest events when they are more bytes than this, as AWS counts them."""

EVENT_BYTES = 26
"""An event is its message and so many bytes (Amazon CloudWatch Logs API Reference, PutLogEvents)."""

STREAM = "local"
"""The one stream of each group: what a function is told of it is that name too."""


class LogEvent(NamedTuple):
    """A line: its number in its group, when it was printed (milliseconds since 1970), and its text."""

    number: int
    at: int
    message: str

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.message.encode(errors="replace")) + EVENT_BYTES


@dataclass(eq=False)
class LogGroup:
    """A log group, made at an instant (seconds since 1970). `retention_days`: None: events are kept as long as there is
    room."""

    name: str
    arn: str
    made_at: float
    retention_days: int | None = None
    stored_bytes: int = 0
    _events: deque[LogEvent] = field(default_factory=deque)
    _next_number: int = 0

    def put(self, message: str, now: float) -> None:
        """Keep a line that is printed now (seconds since 1970)."""
        event = LogEvent(self._next_number, int(now * 1_000), message)
        self._next_number += 1
        self._events.append(event)
        self.stored_bytes += event.size
        while self.stored_bytes > MOST_BYTES:
            self.stored_bytes -= self._events.popleft().size

    def events(self, now: float) -> list[LogEvent]:
        """Return the events that are kept, the oldest first."""
        oldest = float("-inf") if self.retention_days is None else 1_000 * (now - self.retention_days * 86_400)
        return [event for event in list(self._events) if event.at >= oldest]

    def go_on_from(self, before: LogGroup) -> None:
        """Keep what another group of this name has kept."""
        self._events, self._next_number = before._events, before._next_number
        self.stored_bytes = before.stored_bytes


@dataclass(eq=False)
class Logs:
    """All log groups by name, and the one that each function writes to."""

    groups: dict[str, LogGroup] = field(default_factory=dict)
    of_function: dict[str, LogGroup] = field(default_factory=dict)

    def put(self, function: str, line: str, now: float) -> None:
        """Keep a line that a function prints; one that no stack has any more may print still, from a thread."""
        if function in self.of_function:
            self.of_function[function].put(str.__str__(line), now)

    def go_on_from(self, before: Mapping[str, LogGroup]) -> None:
        """Keep what the groups of another account have kept."""
        for name in self.groups.keys() & before.keys():
            self.groups[name].go_on_from(before[name])
