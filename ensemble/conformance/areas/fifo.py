"""What is asked of SQS about the order of messages, and about groups of them."""

from __future__ import annotations

from ensemble.conformance.areas.messages import receive, send
from ensemble.conformance.needed import queue
from ensemble.conformance.questions import Answer, Area, World, error_of

FIFO_QUEUES = Area("SQS: groups of messages")
asks = FIFO_QUEUES.asks

FIFO = {"queue.fifo": queue(FifoQueue="true", ContentBasedDeduplication="true")}


@asks("SQS API Reference, SendMessage, MessageDeduplicationId: of FIFO queues", "InvalidParameterValue", queue=queue())
def a_standard_queue_takes_no_deduplication_id(aws: World) -> Answer:
    return error_of(lambda: send(aws, MessageDeduplicationId="one"))


@asks("SQS Developer Guide, fair queues: MessageGroupId of a standard queue", ["tenant"], queue=queue())
def a_standard_queue_takes_the_group_of_a_message(aws: World) -> Answer:
    send(aws, MessageGroupId="tenant")
    return [one["Attributes"].get("MessageGroupId") for one in receive(aws)]


@asks("SQS API Reference, SendMessage, MessageGroupId: required for FIFO queues", "MissingParameter", **FIFO)
def a_fifo_queue_wants_the_group_of_a_message(aws: World) -> Answer:
    return error_of(lambda: send(aws, queue="queue.fifo"))


@asks("SQS Developer Guide, FIFO queues: exactly-once processing", ["same", "other"], **FIFO)
def a_fifo_queue_takes_the_same_message_once(aws: World) -> Answer:
    for body in ("same", "same", "other"):
        send(aws, body, "queue.fifo", MessageGroupId="group")
    return [one["Body"] for one in aws.until(lambda: receive(aws, "queue.fifo"))]


@asks("SQS Developer Guide, FIFO delivery logic: a group waits for its messages in flight", [["first"], []], **FIFO)
def a_fifo_queue_holds_a_group_back_while_one_of_it_is_in_flight(aws: World) -> Answer:
    for body in ("first", "second"):
        send(aws, body, "queue.fifo", MessageGroupId="group")
    one = aws.until(lambda: receive(aws, "queue.fifo", MaxNumberOfMessages=1))
    return [[message["Body"] for message in found] for found in (one, receive(aws, "queue.fifo"))]
