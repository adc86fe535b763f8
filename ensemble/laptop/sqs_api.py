"""The operations of SQS's API that the laptop answers."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from ensemble.aws.errors import AwsError
from ensemble.aws.message_contents import (
    MAXIMUM_BYTES,
    check_attributes,
    check_body,
    check_size,
    chosen,
    md5_of,
    message_bytes,
    stored_body,
)
from ensemble.laptop.engine import Engine
from ensemble.laptop.identifiers import Identifiers
from ensemble.laptop.messages import Message
from ensemble.laptop.moves import Moves
from ensemble.laptop.queue_attributes import attributes_of, set_attributes
from ensemble.laptop.queues import Queue, queue_named

MAXIMUM_BATCH = 10

LONGEST_VISIBILITY_TIMEOUT_SECONDS = 43_200
LONGEST_DELAY_SECONDS = 900
LONGEST_WAIT_SECONDS = 20
_BATCH_ID = re.compile("[A-Za-z0-9_-]{1,80}")
_HANDLE = re.compile("[^/]+/[0-9]+/[^/]+")

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
            "ListDeadLetterSourceQueues": self._list_dead_letter_source_queues,
            "ListQueues": self._list_queues,
            "PurgeQueue": self._purge_queue,
            "ReceiveMessage": self._receive_message,
            "SendMessage": self._send_message,
            "SendMessageBatch": self._send_message_batch,
            "SetQueueAttributes": self._set_queue_attributes,
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
        ids = [entry["Id"] for entry in entries]
        if len(set(ids)) < len(ids):
            raise AwsError("BatchEntryIdsNotDistinct", "Two or more batch entries have the same Id.")
        if not all(map(_BATCH_ID.fullmatch, ids)):
            reason = "A batch entry id can only contain alphanumeric characters, hyphens and underscores"
            raise AwsError("InvalidBatchEntryId", f"{reason}, and at most 80 of them.")
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

    def _send_message_batch(self, request: dict[str, Any]) -> dict[str, Any]:
        sizes = (_size(entry) for entry in request.get("Entries") or [])
        if (size := sum(sizes)) > MAXIMUM_BYTES:
            reason = f"Batch requests cannot be longer than {MAXIMUM_BYTES} bytes. You have sent {size} bytes."
            raise AwsError("BatchRequestTooLong", reason)
        return self._each(request, self._send_message)

    def _send(self, queue: Queue, request: Mapping[str, Any]) -> Message:
        attributes, system = request.get("MessageAttributes", {}), request.get("MessageSystemAttributes", {})
        check_body(request.get("MessageBody"))
        check_attributes(attributes, system)
        check_size(_size(request))
        body = stored_body(request["MessageBody"])
        if queue.out_of_service:
            raise AwsError("ServiceUnavailable", f"{queue.name} is out of service", 503)
        trace = system.get("AWSTraceHeader", {}).get("StringValue")
        delay = _seconds(request, "DelaySeconds", LONGEST_DELAY_SECONDS)
        return queue.send(
            body,
            attributes,
            delay=delay,
            trace_header=trace,
            group_id=request.get("MessageGroupId"),
            deduplication_id=request.get("MessageDeduplicationId"),
        )

    def _receive_message(self, request: dict[str, Any]) -> dict[str, Any]:
        """Receive at once: who serves the laptop over HTTP waits for messages (`ensemble/laptop/server.py`)."""
        maximum = request.get("MaxNumberOfMessages", 1)
        if not 1 <= maximum <= MAXIMUM_BATCH:
            raise AwsError("InvalidParameterValue", f"MaxNumberOfMessages must be between 1 and {MAXIMUM_BATCH}.")
        hidden_for = _seconds(request, "VisibilityTimeout", LONGEST_VISIBILITY_TIMEOUT_SECONDS)
        _seconds(request, "WaitTimeSeconds", LONGEST_WAIT_SECONDS)
        messages = self._queue(request).receive(maximum, hidden_for)
        return {"Messages": [_received(message, request) for message in messages]} if messages else {}

    def _delete_message(self, request: dict[str, Any]) -> dict[str, Any]:
        self._queue(request).delete(_handle(request))
        return {}

    def _change_message_visibility(self, request: dict[str, Any]) -> dict[str, Any]:
        hidden_for = _seconds(request, "VisibilityTimeout", LONGEST_VISIBILITY_TIMEOUT_SECONDS) or 0
        self._queue(request).change_visibility(_handle(request), hidden_for)
        return {}

    def _purge_queue(self, request: dict[str, Any]) -> dict[str, Any]:
        self._queue(request).purge()
        return {}

    def _list_queues(self, request: dict[str, Any]) -> dict[str, Any]:
        prefix = request.get("QueueNamePrefix", "")
        return {"QueueUrls": [queue.url for queue in self._queues.values() if queue.name.startswith(prefix)]}

    def _list_dead_letter_source_queues(self, request: dict[str, Any]) -> dict[str, Any]:
        dead_letters = self._queue(request)
        return {"queueUrls": [one.url for one in self._queues.values() if one.dead_letter_queue is dead_letters]}

    def _get_queue_attributes(self, request: dict[str, Any]) -> dict[str, Any]:
        return {"Attributes": attributes_of(self._queue(request), request.get("AttributeNames") or [])}

    def _set_queue_attributes(self, request: dict[str, Any]) -> dict[str, Any]:
        by_arn = {queue.arn: queue for queue in self._queues.values()}
        set_attributes(self._queue(request), request["Attributes"], by_arn.get)
        return {}

    def _queue(self, request: Mapping[str, Any]) -> Queue:
        return queue_named(self._queues, str(request.get("QueueUrl", "")).rstrip("/").rsplit("/", 1)[-1])


def _seconds(request: Mapping[str, Any], name: str, longest: int) -> float | None:
    """Return a time that a request may give. Raises AwsError for one that SQS does not take."""
    seconds: float | None = request.get(name)
    if seconds is not None and not 0 <= seconds <= longest:
        reason = f"Must be between 0 and {longest}, if provided."
        raise AwsError("InvalidParameterValue", f"Value {seconds} for parameter {name} is invalid. Reason: {reason}")
    return seconds


def _size(request: Mapping[str, Any]) -> int:
    """Return how many bytes a message has."""
    return message_bytes(request.get("MessageBody") or "", request.get("MessageAttributes", {}))


def _handle(request: Mapping[str, Any]) -> str:
    """Return the receipt handle of a request. Raises AwsError for what none looks like."""
    handle = str(request["ReceiptHandle"])
    if _HANDLE.fullmatch(handle) is None:
        raise AwsError("ReceiptHandleIsInvalid", f'The input receipt handle "{handle}" is not a valid receipt handle.')
    return handle


def _sent(message: Message) -> dict[str, Any]:
    sent = {"MessageId": message.message_id, "MD5OfMessageBody": message.md5_of_body}
    digest = {"MD5OfMessageAttributes": md5_of(message.attributes)} if message.attributes else {}
    return sent | digest | ({} if message.sequence_number is None else {"SequenceNumber": message.sequence_number})


def _received(message: Message, request: Mapping[str, Any]) -> dict[str, Any]:
    """Return a message with the attributes that were asked for."""
    system = [*request.get("AttributeNames", []), *request.get("MessageSystemAttributeNames", [])]
    own = chosen(message.attributes, request.get("MessageAttributeNames", []))
    answer: dict[str, Any] = {
        "MessageId": message.message_id,
        "ReceiptHandle": message.receipt_handle,
        "MD5OfBody": message.md5_of_body,
        "Body": message.body,
    }
    attributes = {name: value for name, value in message.system_attributes().items() if {name, "All"} & set(system)}
    return (
        answer
        | ({"Attributes": attributes} if attributes else {})
        | ({"MessageAttributes": own, "MD5OfMessageAttributes": md5_of(own)} if own else {})
    )
