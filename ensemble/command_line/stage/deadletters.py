"""The messages of a stage's dead-letter queues: how many there are, what they are, and their way back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ensemble.command_line.stage.account import Account, aws_answers
from infrastructure.naming import DEAD_LETTER_SUFFIX

Json = dict[str, Any]

MESSAGES = "ApproximateNumberOfMessages"

HIDDEN_SECONDS = 60
"""How long messages are hidden from others while they are looked through, should nobody show them again."""


def dead_letters(account: Account, stage: str) -> dict[str, int]:
    """Return the number of messages in each dead-letter queue that has some, by its name. Raises AwsFailed."""
    sqs, counts = account.client("sqs"), {}
    with aws_answers():
        for url in _queues(sqs, f"{stage}-"):
            if url.endswith(DEAD_LETTER_SUFFIX):
                answer = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[MESSAGES])
                counts[url.rpartition("/")[2]] = int(answer["Attributes"][MESSAGES])
    return {name: count for name, count in sorted(counts.items()) if count}


def messages_in(sqs: Any, url: str, most: int | None = None) -> list[Json]:
    """Return the messages that lie in a dead-letter queue, with all attributes; or the first ones that SQS hands out.

    They are hidden from others meanwhile, and shown again after. Of a queue that a function is fed by a look would be
    a delivery.
    """
    seen = list[Json]()
    for batch in _received(sqs, url):
        seen += batch
        if most is not None and len(seen) >= most:
            break
    _show_again(sqs, url, seen)
    return seen


def send_back(sqs: Any, url: str, target: str, belongs: Callable[[Json], bool], most: int) -> list[Json]:
    """Send messages of a dead-letter queue to the queue with the URL `target`, as they came, and return them: at most
    so many of those that belong. The others are hidden for a moment, and stay.

    Each is sent before it is deleted: if this is interrupted, there are two of it, and the inbox knows the second.
    """
    sent, others = list[Json](), list[Json]()
    for batch in _received(sqs, url):
        wanted = [one for one in batch if belongs(one)][: most - len(sent)]
        for one in wanted:
            sqs.send_message(QueueUrl=target, MessageBody=one["Body"], **_attributes(one))
            sqs.delete_message(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"])
        sent += wanted
        others += [one for one in batch if one not in wanted]
        if len(sent) >= most:
            break
    _show_again(sqs, url, others)
    return sent


def move_back(sqs: Any, url: str, target: str) -> None:
    """Let SQS move all messages of a dead-letter queue to another one (Amazon SQS API Reference,
    StartMessageMoveTask). The target is named, as SQS knows the source only of what it moved there itself."""
    source_arn, target_arn = (
        sqs.get_queue_attributes(QueueUrl=one, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        for one in (url, target)
    )
    sqs.start_message_move_task(SourceArn=source_arn, DestinationArn=target_arn)


def _received(sqs: Any, url: str) -> Iterator[list[Json]]:
    """Receive the messages of a queue, each once, some at a time: they are hidden from others."""
    seen = set[str]()
    while True:
        answer = sqs.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=10,
            VisibilityTimeout=HIDDEN_SECONDS,
            WaitTimeSeconds=1,
            MessageSystemAttributeNames=["AWSTraceHeader", "SentTimestamp"],
            MessageAttributeNames=["All"],
        )
        new = [one for one in answer.get("Messages", []) if one["MessageId"] not in seen]
        seen |= {one["MessageId"] for one in new}
        if not new:
            return
        yield new


def _show_again(sqs: Any, url: str, messages: Iterable[Json]) -> None:
    for one in messages:
        sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"], VisibilityTimeout=0)


def _attributes(message: Json) -> Json:
    """Return what a message has beside its body, as SendMessage takes it."""
    trace = message.get("Attributes", {}).get("AWSTraceHeader")
    system = {"AWSTraceHeader": {"DataType": "String", "StringValue": trace}} if trace else {}
    return {"MessageAttributes": message.get("MessageAttributes", {}), "MessageSystemAttributes": system}


def _queues(sqs: object, beginning: str) -> Iterator[str]:
    for page in sqs.get_paginator("list_queues").paginate(QueueNamePrefix=beginning):  # type: ignore[attr-defined]
        yield from page.get("QueueUrls", [])
