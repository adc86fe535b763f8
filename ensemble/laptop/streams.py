"""A table's stream: the records that its changes become, and who hears of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ensemble.laptop.dynamodb import Change
from ensemble.laptop.identifiers import Identifiers

FIRST_SEQUENCE_NUMBER = 100_000_000_000_000_000_001
SHARD_ID = "shardId-00000001767225600000-00000000"
RETENTION_SECONDS = 86_400
"""How long a stream keeps a record (DynamoDB Developer Guide, "Change data capture for DynamoDB Streams")."""


@dataclass(frozen=True, slots=True)
class StreamRecord:
    """A record as Lambda hands it over, with what the mapping needs of it. `created_at` is in seconds since 1970."""

    sequence_number: str
    created_at: float
    content: dict[str, Any]


class Stream:
    """The one shard of a table's stream: its order is that of the writes, over all items."""

    def __init__(self, arn: str, view: str, region: str, identifiers: Identifiers) -> None:
        self.arn = arn
        self.listeners: list[Callable[[list[StreamRecord]], None]] = []
        self._view = view
        self._region = region
        self._identifiers = identifiers
        self.next_number = FIRST_SEQUENCE_NUMBER

    def append(self, changes: list[Change], now: float) -> None:
        """Make a record of each change, and give it to the listeners."""
        records = [self._record(change, now) for change in changes]
        for listener in self.listeners:
            listener(records)

    def _record(self, change: Change, now: float) -> StreamRecord:
        number = str(self.next_number)
        self.next_number += 1
        images = {"NewImage": change.new, "OldImage": change.old}
        shown = {name: image for name, image in images.items() if image is not None and _shows(self._view, name)}
        dynamodb: dict[str, Any] = {
            "ApproximateCreationDateTime": int(now),
            "Keys": change.keys,
            **shown,
            "SequenceNumber": number,
            "SizeBytes": len(json.dumps([change.keys, shown])),
            "StreamViewType": self._view,
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
