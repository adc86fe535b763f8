"""The event source mapping from a queue to a function: polls, invokes, and deletes what was handled."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from typing import Any

from ensemble.aws.filters import RecordFilters
from ensemble.aws.mappings import Reading, failed_ids
from ensemble.laptop.engine import HOP_SECONDS, Engine
from ensemble.laptop.invoker import HandlerFailed
from ensemble.laptop.messages import Message
from ensemble.laptop.polling import Polling
from ensemble.laptop.queues import Queue

MAXIMUM_PAYLOAD_BYTES = 6 * 1024 * 1024
"""The largest event of a synchronous invocation (Lambda Developer Guide, "Lambda quotas")."""

SURELY_SMALL = MAXIMUM_PAYLOAD_BYTES // 12
"""A batch whose bodies have fewer characters is surely within the limit, and need not be measured."""


Handle = Callable[[dict[str, Any], str | None], Any]
"""Handles a batch with its trace header: a function, or a pipe. Raises HandlerFailed when all of it failed."""


class QueueMapping:
    """Feeds a queue's messages to a function or a pipe, batch after batch.

    The window in which Lambda gathers a batch is not waited for: who tries something out gets it handled at once, in
    a batch of what is there by then.
    """

    def __init__(
        self,
        queue: Queue,
        handle: Handle,
        reading: Reading,
        filters: RecordFilters,
        engine: Engine,
    ) -> None:
        self._queue, self._handle_records = queue, handle
        self._reading, self._filters = reading, filters
        self._engine = engine
        concurrency = reading.maximum_concurrency
        self.polling = Polling(engine, self._poll, self._following, concurrency, is_enabled=reading.is_enabled)
        queue.listeners.append(lambda visible_at: self.polling.at(self._poll_time(visible_at)))

    def _poll_time(self, visible_at: float) -> float:
        """Return when to poll for a message: soon after it is visible."""
        return max(visible_at, self._engine.clock.now()) + HOP_SECONDS

    def _poll(self) -> None:
        """Handle what is visible."""
        messages = self._queue.receive(self._reading.batch_size)
        records = {message.message_id: record_of(message, self._queue) for message in messages}
        passed = [message for message in messages if self._passes(message, records)]
        for batch in _payloads(passed, records):
            self._handle(batch, [records[message.message_id] for message in batch])

    def _following(self) -> float:
        """Return when to poll again, infinity if nothing is left."""
        following = self._queue.next_visible_at()
        return following if math.isinf(following) else self._poll_time(following)

    def _passes(self, message: Message, records: dict[str, Any]) -> bool:
        """Whether the function gets the message. One that does not pass the filters is deleted, as Lambda does."""
        if self._filters.let_pass(records[message.message_id]):
            return True
        self._queue.delete(message.receipt_handle or "")
        return False

    def _handle(self, messages: list[Message], records: list[dict[str, Any]]) -> None:
        """Invoke the function, and delete the messages that did not fail. The others stay until they are visible."""
        trace_header = messages[0].trace_header
        try:
            result = self._handle_records({"Records": records}, trace_header)
        except HandlerFailed:
            return
        ids = [message.message_id for message in messages]
        failed = failed_ids(result, ids) if self._reading.reports_failures else set()
        for message in messages:
            if message.message_id not in failed:
                self._queue.delete(message.receipt_handle or "")


def record_of(message: Message, queue: Queue) -> dict[str, Any]:
    """Return a message as Lambda hands it over (Lambda Developer Guide, "Using Lambda with Amazon SQS")."""
    return {
        "messageId": message.message_id,
        "receiptHandle": message.receipt_handle,
        "body": message.body,
        "attributes": message.system_attributes(),
        "messageAttributes": {name: _attribute(value) for name, value in message.attributes.items()},
        "md5OfBody": message.md5_of_body,
        "eventSource": "aws:sqs",
        "eventSourceARN": queue.arn,
        "awsRegion": queue.arn.split(":")[3],
    }


def _payloads(messages: list[Message], records: dict[str, Any]) -> Iterator[list[Message]]:
    """Yield the messages in batches that are small enough for one invocation."""
    if sum(len(message.body) + len(message.attributes) * 1_000_000 + 1_000 for message in messages) < SURELY_SMALL:
        yield from [messages] if messages else []
        return
    batch: list[Message] = []
    size = 0
    for message in messages:
        record_size = len(json.dumps(records[message.message_id]))
        if batch and size + record_size > MAXIMUM_PAYLOAD_BYTES:
            yield batch
            batch, size = [], 0
        batch.append(message)
        size += record_size
    yield batch


def _attribute(value: Any) -> dict[str, Any]:
    return {
        "stringValue": value.get("StringValue"),
        "binaryValue": value.get("BinaryValue"),
        "stringListValues": [],
        "binaryListValues": [],
        "dataType": value["DataType"],
    }
