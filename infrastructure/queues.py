"""Queues, and leave to send to them."""

from __future__ import annotations

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

    One policy says both: of two policies of a queue SQS keeps the later one.
    """
    arn = target.attr_arn
    policy = document(deliver("events.amazonaws.com", arn, rule_arn), refuse_without_tls("sqs:*", arn))
    return CfnQueuePolicy(scope, id, queues=[target.ref], policy_document=policy)
