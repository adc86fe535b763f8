"""A subscription: all that stands between a bus and a consumer for one reaction, on one lane.

bus -> rule -> queue -> event source mapping -> consumer
          `-> DLQ <-'     the queue was not there for EventBridge; received too often, or refused by the consumer
"""

from __future__ import annotations

from typing import Any

from aws_cdk.aws_lambda import CfnEventSourceMapping
from constructs import Construct

from functions.kit.model import EVERY_EVENT
from infrastructure import retention
from infrastructure.delivery import Delivery
from infrastructure.intrinsics import arn
from infrastructure.queues import accept, dead_letter_queue, policy_of, queue

VISIBILITY_TIMEOUTS = 6
"""Timeouts of its function for which a message is hidden, so that a throttled batch is not received again while it
waits (AWS Lambda Developer Guide, "Creating and configuring an Amazon SQS event source mapping")."""

MAXIMUM_RECEIVES = 15
"""Receives of a message before it goes to the DLQ. With the consumer's delays (doubling from 2 seconds up to 15
minutes) the last comes after more than an hour, so that a dependency may be down for that long."""

BATCH_SIZE = 10


class Subscription(Construct):
    """The rule, its queue, the DLQ of both, and the mapping to the consumer.

    One DLQ, since SQS redrives only what is the DLQ of a queue, not that of a rule (Amazon SQS API Reference,
    StartMessageMoveTask). `name`: of the rule and of the queue. `pattern`: what the rule lets through of its bus.
    `consumer_timeout_seconds`: of the function that is to be fed.
    """

    def __init__(
        self, scope: Construct, id: str, *, name: str, bus: str, pattern: dict[str, Any], consumer_timeout_seconds: int
    ) -> None:
        super().__init__(scope, id)
        dead_letters = dead_letter_queue(
            self,
            "DeadLetters",
            name,
            redrive_allow_policy={"redrivePermission": "byQueue", "sourceQueueArns": [arn("sqs", name)]},
        )
        messages = queue(
            self,
            "Queue",
            name,
            retention.QUEUE_SECONDS,
            visibility_timeout=VISIBILITY_TIMEOUTS * consumer_timeout_seconds,
            redrive_policy={"deadLetterTargetArn": dead_letters.attr_arn, "maxReceiveCount": MAXIMUM_RECEIVES},
        )
        delivery = Delivery(
            self, "Delivery", name=name, bus=bus, pattern=pattern, target=messages.attr_arn, dead_letters=dead_letters
        )
        self._queue, self._senders = messages, {delivery.rule_arn: "events.amazonaws.com"}
        self._policy = accept(self, "QueuePolicy", messages, delivery.rule_arn)
        delivery.rule.add_resource_dependency(self._policy)
        self.queue_arn = messages.attr_arn
        self.dead_letters_arn = dead_letters.attr_arn
        self.id, self.name = id, name

    def accept(self, service: str, source_arn: str) -> None:
        """Let a resource of an AWS service send to the queue too, such as a rule of another bus.

        A grant of the CDK's to a service makes a second policy of the queue, and SQS keeps only one.
        """
        self._senders[source_arn] = service
        self._policy.policy_document = policy_of(self._queue, self._senders)

    def feed(self, consumer: str, maximum_concurrency: int) -> None:
        """Hand the queue's messages to the consumer, in batches of which single messages may fail."""
        CfnEventSourceMapping(
            self,
            "Source",
            function_name=consumer,
            event_source_arn=self.queue_arn,
            batch_size=BATCH_SIZE,
            function_response_types=["ReportBatchItemFailures"],
            scaling_config=CfnEventSourceMapping.ScalingConfigProperty(maximum_concurrency=maximum_concurrency),
        )


def live_pattern(event: str, publisher: str | None) -> dict[str, Any]:
    """Match the event from its publisher, unless it is replayed. Of every event, anyone is the publisher."""
    return replay_pattern(event, publisher) | {"replay-name": [{"exists": False}]}


def replay_pattern(event: str, publisher: str | None) -> dict[str, Any]:
    """Match the event on the replay bus, which the platform forwards replayed events to and nothing else."""
    if event == EVERY_EVENT:
        return {"source": [{"prefix": ""}]}
    return {"source": [publisher], "detail-type": [event]}
