"""The messages of a stage's dead-letter queues: how many there are, and what they are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ensemble.command_line.stage.account import Account, aws_answers
from infrastructure.naming import DEAD_LETTER_SUFFIX

Json = dict[str, Any]

MESSAGES = "ApproximateNumberOfMessages"

OF_A_CALL = 10
"""Messages that one request to SQS is about at most."""

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
    show_again(sqs, url, seen)
    return seen


def _received(sqs: Any, url: str) -> Iterator[list[Json]]:
    """Receive the messages of a queue, each once, some at a time: they are hidden from others."""
    seen = set[str]()
    while True:
        answer = sqs.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=OF_A_CALL,
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


def show_again(sqs: Any, url: str, messages: Iterable[Json]) -> None:
    """Show messages again, ten by each call (Amazon SQS API Reference, ChangeMessageVisibilityBatch)."""
    shown = [{"ReceiptHandle": one["ReceiptHandle"], "VisibilityTimeout": 0} for one in messages]
    for start in range(0, len(shown), OF_A_CALL):
        entries = [{"Id": str(number), **one} for number, one in enumerate(shown[start : start + OF_A_CALL])]
        sqs.change_message_visibility_batch(QueueUrl=url, Entries=entries)


def _queues(sqs: object, beginning: str) -> Iterator[str]:
    for page in sqs.get_paginator("list_queues").paginate(QueueNamePrefix=beginning):  # type: ignore[attr-defined]
        yield from page.get("QueueUrls", [])
