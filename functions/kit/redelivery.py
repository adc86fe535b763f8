"""What becomes of a queue's record that was not handled: it comes back later, or it goes to the DLQ with a reason."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any
from zlib import crc32

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

Record = dict[str, Any]

FIRST_DELAY_SECONDS = 2
LONGEST_DELAY_SECONDS = 900
DEAD_LETTER_SUFFIX = "-dlq"


class Redelivery:
    """Delays or dead-letters records. Its SQS client is made at the first failure: most invocations need none."""

    def __init__(self, maximum_receives: int, queues: Callable[[], SQSClient]) -> None:
        self._maximum_receives = maximum_receives
        self._queues = queues

    def is_last(self, record: Record) -> bool:
        """Whether the record was received as often as it may be."""
        return receives(record) >= self._maximum_receives

    def postpone(self, record: Record) -> int:
        """Hide the record in its queue for an exponential, jittered delay; return the delay in seconds.

        So a dependency that is down for an hour does not use up the receives within minutes.
        """
        delay = delay_seconds(receives(record), record["messageId"])
        self._client.change_message_visibility(
            QueueUrl=self._url(record), ReceiptHandle=record["receiptHandle"], VisibilityTimeout=delay
        )
        return delay

    def dead_letter(self, record: Record, reason: str) -> None:
        """Send the record, as it came, to its queue's DLQ with the reason as an attribute."""
        trace = record["attributes"].get("AWSTraceHeader")
        self._client.send_message(
            QueueUrl=self._url(record) + DEAD_LETTER_SUFFIX,
            MessageBody=record["body"],
            MessageAttributes={"reason": {"DataType": "String", "StringValue": reason}},
            MessageSystemAttributes=({"AWSTraceHeader": {"DataType": "String", "StringValue": trace}} if trace else {}),
        )

    @cached_property
    def _client(self) -> SQSClient:
        return self._queues()

    def _url(self, record: Record) -> str:
        *_, account, name = record["eventSourceARN"].split(":")
        return f"{self._client.meta.endpoint_url}/{account}/{name}"


def receives(record: Record) -> int:
    """Return how often the record was received, this time included."""
    return int(record["attributes"]["ApproximateReceiveCount"])


def delay_seconds(received: int, message_id: str) -> int:
    """Return the delay after the given receive: doubling, bounded, and between 75 and 125 % of that by message.

    The jitter follows from the message and the receive, so that the same run has the same delays.
    """
    delay = min(LONGEST_DELAY_SECONDS, FIRST_DELAY_SECONDS << min(received - 1, 16))
    jitter = crc32(f"{message_id}/{received}".encode()) % 501
    return max(1, delay * (750 + jitter) // 1000)
