"""Watches a bus in AWS: a rule and a queue of this run's own see its events, and are removed in the end."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ensemble.command_line.stage.account import Account

Event = Mapping[str, Any]

TARGET = "watch"
LONGEST_WAIT = 20
"""Seconds that one ReceiveMessage waits at most (Amazon SQS API Reference, ReceiveMessage)."""

RETENTION_SECONDS = 3600
"""How long what was not received stays, should nobody remove the queue."""


class Watch:
    """Sees the events on `bus` whose correlation id begins with `beginning`, each of EventBridge's once.

    A context: what it makes is named `name`, and is gone after it, whatever happens in it.
    """

    def __init__(self, account: Account, bus: str, *, name: str, beginning: str) -> None:
        self._events, self._sqs = account.client("events"), account.client("sqs")
        self._bus, self._name, self._beginning = bus, name, beginning
        self._queue = ""
        self._seen: set[str] = set()

    def __enter__(self) -> Watch:
        try:
            self._make()
        except BaseException:
            self._remove()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._remove()

    def receive(self, seconds: int) -> list[Event]:
        """Return events that were not seen before; when there are none yet, those of the next `seconds`."""
        answer = self._sqs.receive_message(
            QueueUrl=self._queue, MaxNumberOfMessages=10, WaitTimeSeconds=min(seconds, LONGEST_WAIT)
        )
        events: list[Event] = []
        for message in answer.get("Messages", []):
            self._sqs.delete_message(QueueUrl=self._queue, ReceiptHandle=message["ReceiptHandle"])
            event = json.loads(message["Body"])
            if event["id"] not in self._seen:
                self._seen.add(event["id"])
                events.append(event)
        return events

    def _make(self) -> None:
        """Make queue, rule and target; the queue takes events from this rule alone."""
        pattern = {"detail": {"correlation_id": [{"prefix": self._beginning}]}}
        rule = self._events.put_rule(Name=self._name, EventBusName=self._bus, EventPattern=json.dumps(pattern))
        attributes = {"MessageRetentionPeriod": str(RETENTION_SECONDS)}
        self._queue = self._sqs.create_queue(QueueName=self._name, Attributes=attributes)["QueueUrl"]
        asked = self._sqs.get_queue_attributes(QueueUrl=self._queue, AttributeNames=["QueueArn"])
        arn = asked["Attributes"]["QueueArn"]
        policy = json.dumps(_policy(arn, rule["RuleArn"]))
        self._sqs.set_queue_attributes(QueueUrl=self._queue, Attributes={"Policy": policy})
        self._events.put_targets(Rule=self._name, EventBusName=self._bus, Targets=[{"Id": TARGET, "Arn": arn}])

    def _remove(self) -> None:
        """Remove what is there of target, rule and queue: a rule with a target cannot be deleted."""
        missing = self._events.exceptions.ResourceNotFoundException
        try:
            self._events.remove_targets(Rule=self._name, EventBusName=self._bus, Ids=[TARGET])
            self._events.delete_rule(Name=self._name, EventBusName=self._bus)
        except missing:
            pass
        finally:
            if self._queue:
                self._sqs.delete_queue(QueueUrl=self._queue)


def _policy(queue: str, rule: str) -> dict[str, Any]:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue,
        "Condition": {"ArnEquals": {"aws:SourceArn": rule}},
    }
    return {"Version": "2012-10-17", "Statement": [statement]}
