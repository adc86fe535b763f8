"""Queues, and leave to send to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import aws_cdk as cdk
from aws_cdk.aws_sqs import CfnQueue, CfnQueuePolicy
from constructs import Construct

from infrastructure import retention
from infrastructure.naming import DEAD_LETTER_SUFFIX
from infrastructure.permissions import deliver, document, refuse_without_tls


def queue(scope: Construct, id: str, name: str, retention_seconds: int, **properties: Any) -> CfnQueue:
    """A queue that goes with its subscription: a name that stayed behind would bar the next of that name, and
    the events that its messages carry are in the archive."""
    made = CfnQueue(
        scope,
        id,
        queue_name=name,
        message_retention_period=retention_seconds,
        sqs_managed_sse_enabled=True,
        **properties,
    )
    made.apply_removal_policy(cdk.RemovalPolicy.DESTROY)
    return made


def dead_letter_queue(scope: Construct, id: str, owner: str, **properties: Any) -> CfnQueue:
    """A queue that keeps what failed on the way to or from its owner, for as long as SQS can."""
    return queue(scope, id, owner + DEAD_LETTER_SUFFIX, retention.DEAD_LETTER_SECONDS, **properties)


def accept(scope: Construct, id: str, target: CfnQueue, rule_arn: str) -> CfnQueuePolicy:
    """Let this one rule, and nothing else, send to the queue, and nobody use it without TLS.

    One policy says all: of two policies of a queue SQS keeps the later one.
    """
    return CfnQueuePolicy(
        scope, id, queues=[target.ref], policy_document=policy_of(target, {rule_arn: "events.amazonaws.com"})
    )


def policy_of(queue: CfnQueue, senders: Mapping[str, str]) -> dict[str, Any]:
    """The document that lets these resources send, each by its AWS service. `senders`: services by ARN."""
    arn = queue.attr_arn
    allowed = [deliver(service, arn, sender) for sender, service in senders.items()]
    return document(*allowed, refuse_without_tls("sqs:*", arn))
