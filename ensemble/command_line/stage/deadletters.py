"""The messages of a stage's dead-letter queues: how many there are, and what they are."""

from __future__ import annotations

from collections.abc import Iterator
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
    seen = dict[str, Json]()
    while most is None or len(seen) < most:
        answer = sqs.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=10,
            VisibilityTimeout=HIDDEN_SECONDS,
            WaitTimeSeconds=1,
            MessageSystemAttributeNames=["SentTimestamp"],
            MessageAttributeNames=["All"],
        )
        new = {one["MessageId"]: one for one in answer.get("Messages", []) if one["MessageId"] not in seen}
        seen |= new
        if not new:
            break
    for one in seen.values():
        sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"], VisibilityTimeout=0)
    return list(seen.values())


def _queues(sqs: object, beginning: str) -> Iterator[str]:
    for page in sqs.get_paginator("list_queues").paginate(QueueNamePrefix=beginning):  # type: ignore[attr-defined]
        yield from page.get("QueueUrls", [])
