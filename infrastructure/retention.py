"""How long things are kept, and why a handled event must be remembered longer than all that can deliver it again."""

from __future__ import annotations

from infrastructure.errors import ArchiveTooShort

DAY = 24 * 60 * 60

QUEUE_SECONDS = 14 * DAY
"""The longest that SQS offers (Amazon SQS API Reference, CreateQueue), since what meets an outage waits in its queue.

A message that SQS itself moves to the DLQ keeps its first enqueue time, so that what waited for 14 days is gone there
too (Amazon SQS Developer Guide, "Using dead-letter queues in Amazon SQS"). The consumer sends to the DLQ before that,
and what it sends is a new message."""

DEAD_LETTER_SECONDS = 14 * DAY
"""The longest that SQS offers, as above."""

TARGET_RETRY_SECONDS = DAY
"""How long EventBridge tries to deliver; its longest (Amazon EventBridge API Reference, RetryPolicy)."""

_WAITING_SECONDS = 2 * QUEUE_SECONDS
"""How long a message may be in its queue. One that waits is sent again before it is as old as the queue keeps it, and
the last of its copies is kept that long once more."""

REDRIVEN_SECONDS = _WAITING_SECONDS + DEAD_LETTER_SECONDS + _WAITING_SECONDS
"""How long a message may be on its way through queue, DLQ, and the queue once more."""

_MARGIN_SECONDS = DAY


def id_memory_seconds(archive_days: int) -> int:
    """How long the id of a handled event is remembered: until nothing can deliver the event again.

    Longest way: published a second time because its cause was redriven before anybody noted that it was out; replayed
    on the archive's last day, delivered on the last retry, and redriven itself.
    Raises ArchiveTooShort.
    """
    if archive_days < 1:
        raise ArchiveTooShort(f"archive_days is {archive_days}: keep events for 1 day or more")
    return REDRIVEN_SECONDS + archive_days * DAY + TARGET_RETRY_SECONDS + REDRIVEN_SECONDS + _MARGIN_SECONDS
