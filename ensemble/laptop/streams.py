"""A table's stream: the records that its changes become, who hears of them, and what is kept of them."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from ensemble.laptop.dynamodb import Change
from ensemble.laptop.identifiers import Identifiers

FIRST_SEQUENCE_NUMBER = 100_000_000_000_000_000_001
SHARD_ID = "shardId-00000001767225600000-00000000"
RETENTION_SECONDS = 86_400
"""How long a stream keeps a record (DynamoDB Developer Guide, "Change data capture for DynamoDB Streams")."""

MOST_KEPT, MOST_KEPT_BYTES = 20_000, 32_000_000
"""The laptop forgets records before their time when there are more of them."""


@dataclass(frozen=True, slots=True)
class StreamRecord:
    """A record as Lambda hands it over, with what the mapping needs of it. `created_at` is in seconds since 1970."""

    sequence_number: str
    created_at: float
    content: dict[str, Any]

    @property
    def number(self) -> int:
        """The sequence number: those of one stream follow each other without a gap."""
        return int(self.sequence_number)

    @property
    def size(self) -> int:
        """Bytes."""
        return int(self.content["dynamodb"]["SizeBytes"])


class Stream:
    """The one shard of a table's stream: its order is that of the writes, over all items."""

    def __init__(
        self, arn: str, view: str, key_schema: list[dict[str, str]], region: str, identifiers: Identifiers
    ) -> None:
        self.arn, self.view, self.key_schema = arn, view, key_schema
        self.listeners: list[Callable[[list[StreamRecord]], None]] = []
        self._region = region
        self._identifiers = identifiers
        self.next_number = FIRST_SEQUENCE_NUMBER
        self._kept: deque[StreamRecord] = deque()
        self._kept_bytes = 0

    def append(self, changes: list[Change], now: float) -> None:
        """Make a record of each change, keep it, and give it to the listeners."""
        records = [self._record(change, now) for change in changes]
        self.keep(records)
        self.kept(now)
        for listener in self.listeners:
            listener(records)

    def keep(self, records: Iterable[StreamRecord]) -> None:
        """Keep records, to be read by the API."""
        for record in records:
            self._kept.append(record)
            self._kept_bytes += record.size

    def kept(self, now: float) -> deque[StreamRecord]:
        """Return the records that are still kept, the oldest first."""
        while self._kept and self._is_forgotten(self._kept[0], now):
            self._kept_bytes -= self._kept.popleft().size
        return self._kept

    def _is_forgotten(self, oldest: StreamRecord, now: float) -> bool:
        is_too_much = len(self._kept) > MOST_KEPT or self._kept_bytes > MOST_KEPT_BYTES
        return is_too_much or now - oldest.created_at > RETENTION_SECONDS

    def _record(self, change: Change, now: float) -> StreamRecord:
        number = str(self.next_number)
        self.next_number += 1
        images = {"NewImage": change.new, "OldImage": change.old}
        shown = {name: image for name, image in images.items() if image is not None and _shows(self.view, name)}
        dynamodb: dict[str, Any] = {
            "ApproximateCreationDateTime": int(now),
            "Keys": change.keys,
            **shown,
            "SequenceNumber": number,
            "SizeBytes": len(json.dumps([change.keys, shown])),
            "StreamViewType": self.view,
        }
        content = {
            "eventID": self._identifiers.uuid().replace("-", ""),
            "eventName": _event_name(change),
            "eventVersion": "1.1",
            "eventSource": "aws:dynamodb",
            "awsRegion": self._region,
            "dynamodb": dynamodb,
            "eventSourceARN": self.arn,
        }
        return StreamRecord(number, now, content)


def _event_name(change: Change) -> str:
    if change.old is None:
        return "INSERT"
    return "REMOVE" if change.new is None else "MODIFY"


def _shows(view: str, image: str) -> bool:
    """Whether a stream of the view type shows the image (DynamoDB API reference, StreamSpecification)."""
    shown = {"NEW_IMAGE": {"NewImage"}, "OLD_IMAGE": {"OldImage"}, "NEW_AND_OLD_IMAGES": {"NewImage", "OldImage"}}
    return image in shown.get(view, set())
