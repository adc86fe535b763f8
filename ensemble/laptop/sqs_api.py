"""The operations of SQS's API that the laptop answers."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ensemble.aws.errors import AwsError
from ensemble.laptop.engine import Engine
from ensemble.laptop.fifo import FifoQueue
from ensemble.laptop.identifiers import Identifiers
from ensemble.laptop.messages import Message
from ensemble.laptop.moves import Moves
from ensemble.laptop.queues import Queue, queue_named

MAXIMUM_BATCH = 10
MAXIMUM_BODY_BYTES = 1_048_576
"""The largest message, in bytes (SQS Developer Guide, "Amazon SQS message quotas")."""

LONGEST_VISIBILITY_TIMEOUT_SECONDS = 43_200
LONGEST_DELAY_SECONDS = 900
_NOT_ALLOWED = re.compile("[^\\t\\n\\r\\x20-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")

Operation = Callable[[dict[str, Any]], dict[str, Any]]


class SqsApi:
    """Answers SQS requests, by operation name. Queues are known by the last part of their URL."""

    def __init__(self, queues: Mapping[str, Queue], engine: Engine, identifiers: Identifiers) -> None:
        self._queues = queues
        self.operations: dict[str, Operation] = {
            "ChangeMessageVisibility": self._change_message_visibility,
            "ChangeMessageVisibilityBatch": lambda request: self._each(request, self._change_message_visibility),
            "DeleteMessage": self._delete_message,
            "DeleteMessageBatch": lambda request: self._each(request, self._delete_message),
            "GetQueueAttributes": self._get_queue_attributes,
            "GetQueueUrl": lambda request: {"QueueUrl": queue_named(self._queues, request["QueueName"]).url},
            "ListQueues": self._list_queues,
            "PurgeQueue": self._purge_queue,
            "ReceiveMessage": self._receive_message,
            "SendMessage": self._send_message,
            "SendMessageBatch": lambda request: self._each(request, self._send_message),
            **Moves(queues, engine, identifiers).operations,
        }

    def _send_message(self, request: dict[str, Any]) -> dict[str, Any]:
        return _sent(self._send(self._queue(request), request))

    def _each(self, request: dict[str, Any], operation: Operation) -> dict[str, Any]:
        """Do an operation for each entry of a batch; one that is refused fails alone (SQS Developer Guide, "Amazon SQS
        batch actions")."""
        entries = request.get("Entries") or []
        if not entries:
            raise AwsError("EmptyBatchRequest", "There should be at least one entry in the request.")
        if len(entries) > MAXIMUM_BATCH:
            raise AwsError("TooManyEntriesInBatchRequest", f"Maximum number of entries per request is {MAXIMUM_BATCH}.")
        if len({entry["Id"] for entry in entries}) < len(entries):
            raise AwsError("BatchEntryIdsNotDistinct", "Two or more batch entries have the same Id.")
        url = request["QueueUrl"]
        self._queue(request)
        answer: dict[str, Any] = {"Successful": [], "Failed": []}
        for entry in entries:
            try:
                answer["Successful"].append({"Id": entry["Id"], **operation({**entry, "QueueUrl": url})})
            except AwsError as error:
                if error.status >= 500:
                    raise
                failed = {"Id": entry["Id"], "Code": error.code, "Message": error.message, "SenderFault": True}
                answer["Failed"].append(failed)
        return answer

    def _send(self, queue: Queue, request: Mapping[str, Any]) -> Message:
        body = request.get("MessageBody")
        if not body:
            raise AwsError("MissingParameter", "The request must contain the parameter MessageBody.")
        if _NOT_ALLOWED.search(body):
            raise AwsError("InvalidMessageContents", "The message contains characters outside the allowed set.")
        if len(body.encode()) > MAXIMUM_BODY_BYTES:
            reason = (
                f"One or more parameters are invalid. Reason: Message must be shorter than {MAXIMUM_BODY_BYTES} bytes."
            )
            raise AwsError("InvalidParameterValue", reason)
        if queue.out_of_service:
            raise AwsError("ServiceUnavailable", f"{queue.name} is out of service", 503)
        trace = request.get("MessageSystemAttributes", {}).get("AWSTraceHeader", {}).get("StringValue")
        delay = _seconds(request, "DelaySeconds", LONGEST_DELAY_SECONDS)
        return queue.send(
            body,
            request.get("MessageAttributes"),
            delay=delay,
            trace_header=trace,
            group_id=request.get("MessageGroupId"),
            deduplication_id=request.get("MessageDeduplicationId"),
        )

    def _receive_message(self, request: dict[str, Any]) -> dict[str, Any]:
        """Receive at once: a wait that finds nothing (WaitTimeSeconds) answers empty without waiting."""
        maximum = request.get("MaxNumberOfMessages", 1)
        if not 1 <= maximum <= MAXIMUM_BATCH:
            raise AwsError("InvalidParameterValue", f"MaxNumberOfMessages must be between 1 and {MAXIMUM_BATCH}.")
        hidden_for = _seconds(request, "VisibilityTimeout", LONGEST_VISIBILITY_TIMEOUT_SECONDS)
        messages = self._queue(request).receive(maximum, hidden_for)
        return {"Messages": [_received(message, request) for message in messages]} if messages else {}

    def _delete_message(self, request: dict[str, Any]) -> dict[str, Any]:
        self._queue(request).delete(request["ReceiptHandle"])
        return {}

    def _change_message_visibility(self, request: dict[str, Any]) -> dict[str, Any]:
        hidden_for = _seconds(request, "VisibilityTimeout", LONGEST_VISIBILITY_TIMEOUT_SECONDS) or 0
        self._queue(request).change_visibility(request["ReceiptHandle"], hidden_for)
        return {}

    def _purge_queue(self, request: dict[str, Any]) -> dict[str, Any]:
        self._queue(request).purge()
        return {}

    def _list_queues(self, request: dict[str, Any]) -> dict[str, Any]:
        prefix = request.get("QueueNamePrefix", "")
        return {"QueueUrls": [queue.url for queue in self._queues.values() if queue.name.startswith(prefix)]}

    def _get_queue_attributes(self, request: dict[str, Any]) -> dict[str, Any]:
        wanted = request.get("AttributeNames") or []
        attributes = _queue_attributes(self._queue(request))
        return {"Attributes": {name: value for name, value in attributes.items() if {name, "All"} & set(wanted)}}

    def _queue(self, request: Mapping[str, Any]) -> Queue:
        return queue_named(self._queues, str(request.get("QueueUrl", "")).rstrip("/").rsplit("/", 1)[-1])


def _seconds(request: Mapping[str, Any], name: str, longest: int) -> float | None:
    """Return a time that a request may give. Raises AwsError for one that SQS does not take."""
    seconds: float | None = request.get(name)
    if seconds is not None and not 0 <= seconds <= longest:
        reason = f"Must be between 0 and {longest}, if provided."
        raise AwsError("InvalidParameterValue", f"Value {seconds} for parameter {name} is invalid. Reason: {reason}")
    return seconds


def _sent(message: Message) -> dict[str, Any]:
    sent = {"MessageId": message.message_id, "MD5OfMessageBody": message.md5_of_body}
    return sent | ({} if message.sequence_number is None else {"SequenceNumber": message.sequence_number})


def _received(message: Message, request: Mapping[str, Any]) -> dict[str, Any]:
    """Return a message with the attributes that were asked for."""
    system = [*request.get("AttributeNames", []), *request.get("MessageSystemAttributeNames", [])]
    own = request.get("MessageAttributeNames", [])
    answer: dict[str, Any] = {
        "MessageId": message.message_id,
        "ReceiptHandle": message.receipt_handle,
        "MD5OfBody": message.md5_of_body,
        "Body": message.body,
    }
    attributes = {name: value for name, value in message.system_attributes().items() if {name, "All"} & set(system)}
    chosen = {name: value for name, value in message.attributes.items() if {name, "All", ".*"} & set(own)}
    return (
        answer | ({"Attributes": attributes} if attributes else {}) | ({"MessageAttributes": chosen} if chosen else {})
    )


def _queue_attributes(queue: Queue) -> dict[str, str]:
    messages, visible, in_flight = len(queue.messages), len(queue.visible), len(queue.in_flight)
    return {
        "QueueArn": queue.arn,
        "ApproximateNumberOfMessages": str(visible),
        "ApproximateNumberOfMessagesNotVisible": str(in_flight),
        "ApproximateNumberOfMessagesDelayed": str(messages - visible - in_flight),
        "VisibilityTimeout": str(int(queue.settings.visibility_timeout)),
        "DelaySeconds": str(int(queue.settings.delay)),
        "MessageRetentionPeriod": str(int(queue.settings.retention)),
        **_fifo_attributes(queue),
        **{name: json.dumps(document) for name, document in _policies(queue) if document},
    }


def _fifo_attributes(queue: Queue) -> dict[str, str]:
    """Return what only a FIFO queue answers."""
    if not isinstance(queue, FifoQueue):
        return {}
    return {
        "FifoQueue": "true",
        "ContentBasedDeduplication": str(queue.settings.deduplicates_by_content).lower(),
        "DeduplicationScope": "messageGroup" if queue.settings.deduplicates_in_groups else "queue",
    }


def _policies(queue: Queue) -> Iterator[tuple[str, Any]]:
    """Yield the documents of a queue; one that has none of a kind does not answer that attribute."""
    yield "Policy", {"Version": "2012-10-17", "Statement": queue.policy} if queue.policy else None
    yield "RedriveAllowPolicy", queue.allow_policy
    if queue.dead_letter_queue is not None:
        receives = queue.settings.maximum_receives
        yield "RedrivePolicy", {"deadLetterTargetArn": queue.dead_letter_queue.arn, "maxReceiveCount": receives}
