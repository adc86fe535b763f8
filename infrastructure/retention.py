"""How long things are kept, and why a row must be remembered longer than all that can deliver its events again."""

from __future__ import annotations

from infrastructure.errors import ArchiveTooShort

DAY = 24 * 60 * 60

QUEUE_SECONDS = 4 * DAY
"""Less than a DLQ's: a message that SQS moves to the DLQ keeps its first enqueue time, so that the time it waited
counts there too (Amazon SQS Developer Guide, "Using dead-letter queues in Amazon SQS"). One that the consumer sends
there is a new message."""

DEAD_LETTER_SECONDS = 14 * DAY
"""The longest that SQS offers (Amazon SQS API Reference, CreateQueue)."""

TARGET_RETRY_SECONDS = DAY
"""How long EventBridge tries to deliver; its longest (Amazon EventBridge API Reference, RetryPolicy)."""

STREAM_RECORD_SECONDS = DAY - 60 * 60
"""When the relay gives a record up, an hour before the stream forgets it after 24 hours
(Amazon DynamoDB Developer Guide, "Change data capture for DynamoDB Streams")."""

UNPUBLISHED_DAYS = 14
"""How long a stream record that could not be published waits for somebody to publish it."""

_MARGIN_SECONDS = DAY


def row_memory_seconds(archive_days: int) -> int:
    """How long a row outlives its last change: until neither archive, bus nor queues can deliver its events.

    Longest way: published from the bucket of the unpublished on its last day there, replayed on the archive's
    last day, delivered on the last retry, sent to the DLQ on its queue's last day, redriven on the DLQ's last day,
    handled on its queue's last day.
    Raises ArchiveTooShort.
    """
    if archive_days < 1:
        raise ArchiveTooShort(f"archive_days is {archive_days}: keep events for 1 day or more")
    published = STREAM_RECORD_SECONDS + (UNPUBLISHED_DAYS + archive_days) * DAY + TARGET_RETRY_SECONDS
    return published + QUEUE_SECONDS + DEAD_LETTER_SECONDS + QUEUE_SECONDS + _MARGIN_SECONDS
