"""EventBridge archives and the replays made of them."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from ensemble.aws.entries import Event, instant
from ensemble.aws.errors import AwsError
from ensemble.aws.rules import Filter


@dataclass(eq=False)
class Archive:
    """Keeps the events of a bus for a number of days (0: for ever) after they came, or those that a pattern takes.

    `events`: each as JSON, which takes a third of the memory, with the instant when it came, which its own time need
    not be.
    """

    name: str
    arn: str
    bus_arn: str
    pattern: Filter | None = None
    retention_days: int = 0
    events: deque[tuple[float, str]] = field(default_factory=deque)

    def offer(self, event: Event, head: Event, body: str, now: float) -> None:
        """Keep an event, whose JSON is `body`, unless it is itself replayed or not one to keep; forget those kept long
        enough."""
        while self.events and self.events[0][0] < self._oldest(now):
            self.events.popleft()
        if "replay-name" not in event and (self.pattern is None or self.pattern.takes(event, head)):
            self.events.append((now, body))

    def between(self, start: float, end: float, now: float) -> list[Event]:
        """Return the events kept whose time lies between two instants, in the order of their time."""
        events = [json.loads(body) for came, body in self.events if came >= self._oldest(now)]
        timed = [(instant(event["time"]), event) for event in events]
        kept = [(time, event) for time, event in timed if start <= time <= end]
        return [event for _, event in sorted(kept, key=lambda pair: pair[0])]

    def state(self) -> list[tuple[float, Event]]:
        """Return the events kept, each with its instant, as JSON can hold them."""
        return [(came, json.loads(body)) for came, body in self.events]

    def restore(self, state: Iterable[tuple[float, Event]]) -> None:
        """Keep what `state` returned."""
        self.events.extend((came, json.dumps(event, separators=(",", ":"))) for came, event in state)

    def description(self) -> dict[str, Any]:
        """Return what DescribeArchive answers, but for the ARN."""
        pattern = {} if self.pattern is None else {"EventPattern": self.pattern.text}
        return {
            "ArchiveName": self.name,
            "EventSourceArn": self.bus_arn,
            "State": "ENABLED",
            "RetentionDays": self.retention_days,
            "SizeBytes": sum(len(body.encode()) for _, body in self.events),
            "EventCount": len(self.events),
            **pattern,
        }

    def _oldest(self, now: float) -> float:
        return now - self.retention_days * 86_400 if self.retention_days else float("-inf")


@dataclass(eq=False)
class Replay:
    """A replay under way or done, with the members of its DescribeReplay answer."""

    name: str
    arn: str
    archive_arn: str
    destination: dict[str, Any]
    start: float
    end: float
    started_at: float
    state: str = "STARTING"
    last_replayed: float | None = None
    ended_at: float | None = None

    def description(self) -> dict[str, Any]:
        """Return what DescribeReplay answers; times are seconds since 1970."""
        members = {
            "ReplayName": self.name,
            "ReplayArn": self.arn,
            "State": self.state,
            "EventSourceArn": self.archive_arn,
            "Destination": self.destination,
            "EventStartTime": self.start,
            "EventEndTime": self.end,
            "EventLastReplayedTime": self.last_replayed,
            "ReplayStartTime": self.started_at,
            "ReplayEndTime": self.ended_at,
        }
        return {name: value for name, value in members.items() if value is not None}


def check_replay(archive: Archive, destination: dict[str, Any], start: float, end: float) -> None:
    """Raise AwsError for a replay that EventBridge refuses (EventBridge API, StartReplay and ReplayDestination)."""
    if destination.get("Arn") != archive.bus_arn:
        raise AwsError(
            "ValidationException",
            f"Parameter Destination.Arn is not valid. Reason: archive {archive.name} can only be replayed to its own "
            f"bus, {archive.bus_arn}.",
        )
    if end <= start:
        raise AwsError(
            "ValidationException", "Parameter EventEndTime is not valid. Reason: it is not after EventStartTime."
        )
