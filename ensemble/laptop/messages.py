"""A message of a queue: what was sent, and what became of it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MessageAttributes = Mapping[str, Mapping[str, Any]]


@dataclass(slots=True, eq=False)
class Message:
    """A message: what was sent, and what became of it. Instants are seconds since 1970."""

    message_id: str
    body: str
    attributes: MessageAttributes
    sent_at: float
    visible_at: float
    trace_header: str | None = None
    receive_count: int = 0
    first_received_at: float | None = None
    receipt_handle: str | None = None
    source_arn: str | None = None
    in_queue: bool = True
    group_id: str | None = None
    deduplication_id: str | None = None
    sequence_number: str | None = None

    @property
    def md5_of_body(self) -> str:
        """Return the MD5 of the body, as SQS answers it."""
        return hashlib.md5(self.body.encode(), usedforsecurity=False).hexdigest()

    def system_attributes(self) -> dict[str, str]:
        """Return SQS's own attributes; times in milliseconds (SQS API reference, ReceiveMessage)."""
        attributes = {
            "ApproximateReceiveCount": str(self.receive_count),
            "SentTimestamp": str(int(self.sent_at * 1000)),
            "SenderId": "AIDALOCAL",
        }
        if self.first_received_at is not None:
            attributes["ApproximateFirstReceiveTimestamp"] = str(int(self.first_received_at * 1000))
        if self.trace_header is not None:
            attributes["AWSTraceHeader"] = self.trace_header
        if self.source_arn is not None:
            attributes["DeadLetterQueueSourceArn"] = self.source_arn
        given = {
            "MessageGroupId": self.group_id,
            "MessageDeduplicationId": self.deduplication_id,
            "SequenceNumber": self.sequence_number,
        }
        return attributes | {name: value for name, value in given.items() if value is not None}
