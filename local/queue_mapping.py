"""The event source mapping from a queue to a function: polls, invokes, and deletes what was handled."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from local.batch_results import failed_ids
from local.engine import HOP_SECONDS, Appointment, Engine
from local.filters import RecordFilters
from local.functions import Function
from local.invoker import HandlerFailed, Invoker
from local.messages import Message
from local.queues import Queue


@dataclass(frozen=True, slots=True)
class QueueMappingSettings:
    """A mapping's settings (Lambda API reference, CreateEventSourceMapping); `window` in seconds."""

    batch_size: int = 10
    window: float = 0
    reports_failures: bool = False


class QueueMapping:
    """Feeds a queue's messages to a function, batch after batch."""

    def __init__(
        self,
        queue: Queue,
        function: Function,
        settings: QueueMappingSettings,
        filters: RecordFilters,
        engine: Engine,
        invoker: Invoker,
    ) -> None:
        self._queue, self._function = queue, function
        self._settings, self._filters = settings, filters
        self._engine, self._invoker = engine, invoker
        self._next_poll: Appointment | None = None
        self._region = queue.arn.split(":")[3]
        queue.listeners.append(self._poll_when_visible)

    def _poll_when_visible(self, visible_at: float) -> None:
        """Poll soon after a message is visible: once there is a batch of them, or the window has passed."""
        full = self._settings.window == 0 or len(self._queue.visible) >= self._settings.batch_size
        instant = max(visible_at, self._engine.clock.now()) + (HOP_SECONDS if full else self._settings.window)
        pending = self._next_poll
        if pending is not None and pending.is_pending:
            if pending.due <= instant:
                return
            self._engine.cancel(pending)
        self._next_poll = self._engine.at(instant, self._poll)

    def _poll(self) -> None:
        messages = self._queue.receive(self._settings.batch_size)
        records = {message.message_id: self._record(message) for message in messages}
        passed = [message for message in messages if self._passes(message, records)]
        if passed:
            self._handle(passed, [records[message.message_id] for message in passed])
        following = self._queue.next_visible_at()
        if not math.isinf(following):
            self._poll_when_visible(following)

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
            result = self._invoker.invoke(self._function, {"Records": records}, trace_header)
        except HandlerFailed:
            return
        ids = [message.message_id for message in messages]
        failed = failed_ids(result, ids) if self._settings.reports_failures else set()
        for message in messages:
            if message.message_id not in failed:
                self._queue.delete(message.receipt_handle or "")

    def _record(self, message: Message) -> dict[str, Any]:
        """Return a message as Lambda hands it over (Lambda Developer Guide, "Using Lambda with Amazon SQS")."""
        return {
            "messageId": message.message_id,
            "receiptHandle": message.receipt_handle,
            "body": message.body,
            "attributes": message.system_attributes(),
            "messageAttributes": {name: _attribute(value) for name, value in message.attributes.items()},
            "md5OfBody": message.md5_of_body,
            "eventSource": "aws:sqs",
            "eventSourceARN": self._queue.arn,
            "awsRegion": self._region,
        }


def _attribute(value: Any) -> dict[str, Any]:
    return {
        "stringValue": value.get("StringValue"),
        "binaryValue": value.get("BinaryValue"),
        "stringListValues": [],
        "binaryListValues": [],
        "dataType": value["DataType"],
    }
