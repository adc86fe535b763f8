"""Takes some messages out of a DLQ, and hides the others for no longer than that."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ensemble.command_line.stage.deadletters import OF_A_CALL, show_again

Json = dict[str, Any]

HIDDEN_SECONDS = 300
"""How long a message is hidden that is received, at most."""


class Taking:
    """Receives those messages of a queue that are `wanted` by their ids, a few at a time: none is in hand for long."""

    def __init__(self, sqs: Any, url: str, wanted: set[str]) -> None:
        self._sqs, self._url = sqs, url
        self.wanted = set(wanted)
        self._others: list[Json] = []

    def some(self, most: int) -> Iterator[Json]:
        """Yield wanted messages, so many at most; fewer where no others are there."""
        number = 0
        while number < most and (messages := self._received(min(OF_A_CALL, most - number))):
            for message in messages:
                if message["MessageId"] not in self.wanted:
                    self._others.append(message)
                    continue
                self.wanted.discard(message["MessageId"])
                number += 1
                yield message

    def show_others(self) -> None:
        """Show again what was received and not wanted."""
        show_again(self._sqs, self._url, self._others)
        self._others = []

    def _received(self, most: int) -> list[Json]:
        answer = self._sqs.receive_message(
            QueueUrl=self._url,
            MaxNumberOfMessages=most,
            VisibilityTimeout=HIDDEN_SECONDS,
            WaitTimeSeconds=1,
            MessageSystemAttributeNames=["AWSTraceHeader", "SentTimestamp"],
            MessageAttributeNames=["All"],
        )
        return list(answer.get("Messages", []))
