"""The attributes of queues: what GetQueueAttributes answers, and what SetQueueAttributes changes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from ensemble.aws.errors import AwsError, LocalError
from ensemble.aws.message_contents import MAXIMUM_BYTES
from ensemble.aws.policies import check_statements, statements_of
from ensemble.laptop.fifo import FifoQueue
from ensemble.laptop.queues import Queue

SECONDS = {
    "VisibilityTimeout": ("visibility_timeout", 0, 43_200),
    "DelaySeconds": ("delay", 0, 900),
    "MessageRetentionPeriod": ("retention", 60, 1_209_600),
}
"""The name here, the least and the most of an attribute, in seconds (SQS API Reference, SetQueueAttributes)."""

NOT_CHANGED_HERE = {
    *("ContentBasedDeduplication", "DeduplicationScope", "FifoThroughputLimit"),
    *("KmsDataKeyReusePeriodSeconds", "KmsMasterKeyId", "SqsManagedSseEnabled"),
    *("MaximumMessageSize", "ReceiveMessageWaitTimeSeconds"),
}
ANSWERED = {
    *("CreatedTimestamp", "FifoQueue", "LastModifiedTimestamp", "Policy", "QueueArn", "RedriveAllowPolicy"),
    *("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesDelayed", "ApproximateNumberOfMessagesNotVisible"),
    *("RedrivePolicy", *SECONDS, *NOT_CHANGED_HERE),
}
"""All attributes that there are; a queue answers those that it has."""


def attributes_of(queue: Queue, asked: list[str]) -> dict[str, str]:
    """Return the attributes of a queue that are asked for. Raises AwsError for a name that no queue has."""
    for name in asked:
        if name != "All" and name not in ANSWERED:
            raise AwsError("InvalidAttributeName", f"Unknown Attribute {name}.")
    return {name: value for name, value in _attributes(queue).items() if {name, "All"} & set(asked)}


def _attributes(queue: Queue) -> dict[str, str]:
    messages, visible, in_flight = len(queue.messages), len(queue.visible), len(queue.in_flight)
    return {
        "QueueArn": queue.arn,
        "ApproximateNumberOfMessages": str(visible),
        "ApproximateNumberOfMessagesNotVisible": str(in_flight),
        "ApproximateNumberOfMessagesDelayed": str(messages - visible - in_flight),
        "MaximumMessageSize": str(MAXIMUM_BYTES),
        "ReceiveMessageWaitTimeSeconds": "0",
        **{name: str(int(getattr(queue.settings, here))) for name, (here, _, _) in SECONDS.items()},
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


def set_attributes(queue: Queue, attributes: Mapping[str, str], queue_of: Callable[[str], Queue | None]) -> None:
    """Change attributes of a queue; `queue_of` finds one by its ARN. Raises AwsError, and nothing is changed.

    What is changed lasts until the stacks are deployed again.
    """
    for name in attributes:
        if name not in ANSWERED or name in ("QueueArn", "FifoQueue") or name.endswith("Timestamp"):
            raise AwsError("InvalidAttributeName", f"Unknown Attribute {name}.")
        if name in NOT_CHANGED_HERE or name.startswith("Approximate"):
            raise AwsError("InvalidAttributeName", f"{name} cannot be changed on the laptop AWS.")
    changed = {SECONDS[name][0]: _seconds(name, text) for name, text in attributes.items() if name in SECONDS}
    documents = {name: _document(name, text) for name, text in attributes.items() if name not in SECONDS}
    dead_letters = _dead_letters(documents.get("RedrivePolicy", {}), queue_of)
    if "RedrivePolicy" in documents:
        queue.dead_letter_queue, receives = dead_letters or (None, None)
        changed["maximum_receives"] = receives
    if "Policy" in documents:
        queue.set_policy(statements_of(documents["Policy"]) if documents["Policy"] else [])
    queue.allow_policy = documents.get("RedriveAllowPolicy", queue.allow_policy)
    queue.settings = replace(queue.settings, **changed)


def _seconds(name: str, text: str) -> Any:
    _, least, most = SECONDS[name]
    if not text.isdecimal() or not least <= int(text[:8]) <= most:
        raise _wrong(name)
    return float(text[:8])


def _document(name: str, text: str) -> dict[str, Any]:
    """Return a document of a queue; an empty text takes it away."""
    try:
        found = json.loads(text) if text else {}
        if not isinstance(found, dict):
            raise _wrong(name)
        if name == "Policy" and found:
            check_statements(statements_of(found))
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError, LocalError) as error:
        raise _wrong(name) from error
    return found


def _dead_letters(policy: Mapping[str, Any], queue_of: Callable[[str], Queue | None]) -> tuple[Queue, int] | None:
    """Return the queue for dead letters, and after how many receives a message is one."""
    if not policy:
        return None
    queue, receives = queue_of(str(policy.get("deadLetterTargetArn"))), str(policy.get("maxReceiveCount"))
    if queue is None or not receives.isdecimal() or not 1 <= int(receives[:5]) <= 1_000:
        raise AwsError("InvalidParameterValue", "Value for parameter RedrivePolicy is invalid.")
    return queue, int(receives[:5])


def _wrong(name: str) -> AwsError:
    return AwsError("InvalidAttributeValue", f"Invalid value for the parameter {name}.")
