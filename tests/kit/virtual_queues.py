"""Queues on a virtual clock, with as much of SQS as the kit asks, and the Lambda poller that empties them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf
from random import Random
from types import SimpleNamespace
from typing import Any

from botocore.exceptions import ClientError

MAXIMUM_BYTES = 1_048_576
"""Of a message, its attributes included (Amazon SQS API Reference, SendMessage and MessageAttributeValue)."""

ARN = "arn:aws:sqs:eu-west-1:123456789012:"


class Died(BaseException):
    """Raised where a function dies: no `except Exception` sees it, as none sees the end of a process."""


@dataclass
class Message:
    id: str
    body: str
    attributes: dict[str, Any]
    visible_at: float
    receives: int = 0
    first_receive: float = 0.0


@dataclass
class VirtualQueues:
    """A client of SQS whose queues come into being when they are sent to first."""

    now: float
    chance: Random = field(default_factory=lambda: Random(1))
    queues: dict[str, dict[str, Message]] = field(default_factory=dict)
    sent: int = 0
    meta: Any = field(default_factory=lambda: SimpleNamespace(endpoint_url="https://sqs"))

    def queue(self, url: str) -> dict[str, Message]:
        return self.queues.setdefault(url.rpartition("/")[2], {})

    def send_message(self, **call: Any) -> dict[str, Any]:
        delay, attributes = call.get("DelaySeconds", 0), call.get("MessageAttributes", {})
        assert 0 <= delay <= 900
        named = [f"{name}{one['DataType']}{one['StringValue']}" for name, one in attributes.items()]
        if sum(len(part.encode()) for part in (call["MessageBody"], *named)) > MAXIMUM_BYTES:
            response: Any = {"Error": {"Code": "InvalidParameterValue", "Message": "too long"}}
            raise ClientError(response, "SendMessage")
        self.sent += 1
        message = Message(f"m-{self.sent}", call["MessageBody"], attributes, self.now + delay)
        self.queue(call["QueueUrl"])[message.id] = message
        return {"MessageId": message.id}

    def change_message_visibility(self, **call: Any) -> None:
        assert 0 <= call["VisibilityTimeout"] <= 43_200
        message = self.queue(call["QueueUrl"])[call["ReceiptHandle"]]
        message.visible_at = self.now + call["VisibilityTimeout"]

    def delete_message(self, **call: Any) -> None:
        self.queue(call["QueueUrl"]).pop(call["ReceiptHandle"], None)

    def receive(self, name: str, most: int, hidden_for: float = 180.0) -> list[dict[str, Any]]:
        """Take some of what is visible, in any order, as Lambda hands it over."""
        visible = [message for message in self.queue(name).values() if message.visible_at <= self.now]
        return [self._received(name, one, hidden_for) for one in self.chance.sample(visible, min(most, len(visible)))]

    def _received(self, name: str, message: Message, hidden_for: float) -> dict[str, Any]:
        message.receives += 1
        message.first_receive = message.first_receive or self.now
        message.visible_at = self.now + hidden_for
        return {
            "messageId": message.id,
            "receiptHandle": message.id,
            "body": message.body,
            "attributes": {
                "ApproximateReceiveCount": str(message.receives),
                "SentTimestamp": str(int(message.first_receive * 1_000)),
                "ApproximateFirstReceiveTimestamp": str(int(message.first_receive * 1_000)),
            },
            "messageAttributes": {
                name: {"stringValue": one["StringValue"], "dataType": one["DataType"]}
                for name, one in message.attributes.items()
            },
            "eventSourceARN": ARN + name,
        }

    def poll(self, name: str, handle: Callable[[list[dict[str, Any]]], list[str]], until: float, most: int) -> None:
        """Hand over what is visible, up to `most` at once, until an instant or until nothing is left.

        `handle` returns the ids of what failed, or raises Died.
        """
        while (instant := self._next(name)) <= until:
            self.now = instant
            records = self.receive(name, self.chance.randint(1, most))
            try:
                failed = handle(records)
            except Died:
                continue
            for record in records:
                if record["messageId"] not in failed:
                    self.queue(name).pop(record["messageId"], None)

    def _next(self, name: str) -> float:
        """Return when something is visible next; never, if there is nothing."""
        return max(self.now, min((one.visible_at for one in self.queue(name).values()), default=inf))
