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
    """A queue that goes with its service: a name that stayed behind would bar the next of that name, and
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


class Senders:
    """The policy of a queue: which resources may send to it, each by its AWS service, and nobody without TLS.

    One policy says all: of two policies of a queue SQS keeps the later one. The resources of one service stand in one
    statement, since SQS takes 20 of them (Amazon SQS Developer Guide, "Amazon SQS policy
    quotas").
    """

    def __init__(self, scope: Construct, id: str, target: CfnQueue) -> None:
        self._queue_arn = target.attr_arn
        self._sources: dict[str, list[str]] = {}
        self.policy = CfnQueuePolicy(scope, id, queues=[target.ref], policy_document=self._document())

    def accept(self, service: str, source_arn: str) -> None:
        """Let a resource of the AWS service send to the queue."""
        self._sources.setdefault(service, []).append(source_arn)
        self.policy.policy_document = self._document()

    def _document(self) -> dict[str, Any]:
        allowed = [deliver(service, self._queue_arn, sources) for service, sources in self._sources.items()]
        return document(*allowed, refuse_without_tls("sqs:*", self._queue_arn))
