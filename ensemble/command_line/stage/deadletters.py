"""How many messages lie in the dead-letter queues of a stage."""

from __future__ import annotations

from collections.abc import Iterator

from ensemble.command_line.stage.account import Account, aws_answers
from infrastructure.naming import DEAD_LETTER_SUFFIX

MESSAGES = "ApproximateNumberOfMessages"


def dead_letters(account: Account, stage: str) -> dict[str, int]:
    """Return the number of messages in each dead-letter queue that has some, by its name. Raises AwsFailed."""
    sqs, counts = account.client("sqs"), {}
    with aws_answers():
        for url in _queues(sqs, f"{stage}-"):
            if url.endswith(DEAD_LETTER_SUFFIX):
                answer = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[MESSAGES])
                counts[url.rpartition("/")[2]] = int(answer["Attributes"][MESSAGES])
    return {name: count for name, count in sorted(counts.items()) if count}


def _queues(sqs: object, beginning: str) -> Iterator[str]:
    for page in sqs.get_paginator("list_queues").paginate(QueueNamePrefix=beginning):  # type: ignore[attr-defined]
        yield from page.get("QueueUrls", [])
