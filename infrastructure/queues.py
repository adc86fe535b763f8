"""Queues, and leave to send to them."""

from __future__ import annotations

from typing import Any

from constructs import Construct

from infrastructure import permissions, retention
from infrastructure.cloudformation import Resource
from infrastructure.intrinsics import Value
from infrastructure.naming import DEAD_LETTER_SUFFIX


def queue(scope: Construct, id: str, name: str, retention_seconds: int, **properties: Any) -> Resource:
    """A queue that goes with its subscription: a name that stayed behind would bar the next of that name, and
    the events that its messages carry are in the archive."""
    made = Resource(
        scope,
        id,
        "AWS::SQS::Queue",
        QueueName=name,
        MessageRetentionPeriod=retention_seconds,
        SqsManagedSseEnabled=True,
        **properties,
    )
    made.when_removed(keep=False)
    return made


def dead_letter_queue(scope: Construct, id: str, owner: str, **properties: Any) -> Resource:
    """A queue that keeps what failed on the way to or from its owner, for as long as SQS can."""
    return queue(scope, id, owner + DEAD_LETTER_SUFFIX, retention.DEAD_LETTER_SECONDS, **properties)


def accept(scope: Construct, id: str, target: Resource, rule_arn: Value) -> Resource:
    """Let this one rule, and nothing else, send to the queue."""
    return Resource(
        scope,
        id,
        "AWS::SQS::QueuePolicy",
        Queues=[target.ref],
        PolicyDocument=permissions.delivery(target.arn, rule_arn),
    )
