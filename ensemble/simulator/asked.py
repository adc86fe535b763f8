"""What a command asks of the simulated account as it is now, by the operations of DynamoDB and SQS that only read."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from typing import Any

from ensemble.simulator.account import AwsAccount


class Tables:
    """DynamoDB, as a reader's client of it."""

    def __init__(self, account: AwsAccount) -> None:
        self._dynamodb = account.dynamodb

    def get_item(self, **request: Any) -> Mapping[str, Any]:
        return self._dynamodb.answer("GetItem", request)

    def get_paginator(self, operation: str) -> Tables:
        assert operation == "query"
        return self

    def paginate(self, **request: Any) -> Iterator[Mapping[str, Any]]:
        key = request["ExpressionAttributeValues"][":pk"]["S"]
        items = self._dynamodb.tables[request["TableName"]].items.values()
        found = [returned(item) for item in items if item["pk"]["S"] == key and "position" in item]
        yield {"Items": sorted(found, key=lambda item: str(item["position"]["S"]))}


class Sqs:
    """SQS, as a reader's client of it: it hands out dead letters, and nothing else."""

    def __init__(self, account: AwsAccount) -> None:
        self._queues, self._topology = account.queues, account.world.topology
        self._seen: set[str] = set()

    def get_queue_url(self, **request: str) -> Mapping[str, str]:
        return {"QueueUrl": f"simulated/{request['QueueName']}"}

    def get_queue_attributes(self, **request: Any) -> Mapping[str, Any]:
        name = _name(request["QueueUrl"])
        messages = list(self._queues.living(name))
        visible = sum(one.state == "visible" for one in messages)
        hidden = sum(one.state == "in flight" for one in messages)
        hides_for = int(self._topology.queues[name].visibility_timeout)
        numbers = visible, hidden, len(messages) - visible - hidden, hides_for
        counts = dict(zip(request["AttributeNames"], numbers, strict=True))
        return {"Attributes": {name: str(count) for name, count in counts.items()}}

    def receive_message(self, **request: Any) -> Mapping[str, Any]:
        name = _name(request["QueueUrl"])
        assert name in self._topology.dead_letters, f"{name} is no DLQ"
        new = [one for one in self._queues.living(name) if one.key not in self._seen][:10]
        self._seen |= {one.key for one in new}
        return {
            "Messages": [
                {
                    "MessageId": one.key,
                    "ReceiptHandle": one.key,
                    "Body": one.body,
                    "Attributes": {"SentTimestamp": str(int(one.sent_at * 1_000))},
                    "MessageAttributes": one.attributes,
                }
                for one in new
            ]
        }

    def change_message_visibility_batch(self, **request: Any) -> None:
        self._seen -= {one["ReceiptHandle"] for one in request["Entries"]}


def _name(url: str) -> str:
    return url.rpartition("/")[2]


def returned(item: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the item of a stored event as a client returns it: its text is bytes."""
    ((type, value),) = item["event"].items()
    return {**item, "event": {type: base64.b64decode(value) if type == "B" and isinstance(value, str) else value}}
