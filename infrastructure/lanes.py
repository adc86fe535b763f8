"""The lanes of a service: one queue for what comes from services, one for commands, one for what is replayed.

bus -> rule for an event ─┐
bus -> rule for another  ─┴-> queue -> event source mapping -> consumer
               `-> DLQ <------'     the queue was not there for EventBridge; the consumer gave up, or never started
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import aws_cdk as cdk
from aws_cdk.aws_lambda import CfnEventSourceMapping
from constructs import Construct

from functions.kit.model import EVERY_EVENT, Reaction, Service
from infrastructure import retention
from infrastructure.delivery import EVENTBRIDGE, Delivery
from infrastructure.intrinsics import arn
from infrastructure.queues import Senders, dead_letter_queue, queue

EVENTS, COMMANDS, REPLAY = "events", "commands", "replay"

VISIBILITY_TIMEOUTS = 6
"""Timeouts of its function for which a message is hidden, beside the window in which its batch is gathered, so that a
throttled batch is not received again while it waits (AWS Lambda Developer Guide, "Creating and configuring an Amazon
SQS event source mapping")."""

MAXIMUM_RECEIVES = 1_000
"""Receives of a message before SQS itself moves it to the DLQ: the most there are (Amazon SQS API Reference,
SetQueueAttributes). The consumer gives a message up long before; this is for a function that never starts."""

BATCH_SIZE = 10
"""The most that Lambda takes without a window (AWS Lambda Developer Guide, "Creating and configuring an Amazon SQS
event source mapping")."""

GATHERED = 40
"""Of a lane that gathers its batches anyway. Their rows, with some counters, fit into one transaction of 100 actions.
However large messages are, Lambda hands over no more than the 6 MB of an invocation at once (the same)."""


def lanes_of(service: Service, commands: Collection[str]) -> dict[str, tuple[Reaction, ...]]:
    """Return the lanes that a service needs, each with the reactions whose events come by it.

    `commands`: what no service publishes. They come apart from events, so that a flood of them holds up no workflow
    that is under way. The service's own timers come with the events.
    """
    live = service.subscriptions
    by_lane = {
        EVENTS: tuple(one for one in live if one.event not in commands),
        COMMANDS: tuple(one for one in live if one.event in commands),
        REPLAY: tuple(one for one in live if one.replay),
    }
    return {lane: heard for lane, heard in by_lane.items() if heard or (lane == EVENTS and service.sweeps)}


class Lane(Construct):
    """A queue, its DLQ, which is also that of the rules that send to the queue, and the mapping to the consumer.

    `name`: of the queue. `timeout_seconds`: of the function that is to be fed. `batching_seconds`: how long a batch may
    be gathered for it. `has_effects`: whether it waits for something else at each message: then batches stay small.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        timeout_seconds: int,
        batching_seconds: int,
        has_effects: bool = False,
    ) -> None:
        super().__init__(scope, id)
        self._dead_letters = dead_letter_queue(
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
            visibility_timeout=VISIBILITY_TIMEOUTS * timeout_seconds + batching_seconds,
            redrive_policy={"deadLetterTargetArn": self._dead_letters.attr_arn, "maxReceiveCount": MAXIMUM_RECEIVES},
        )
        self._senders = Senders(self, "QueuePolicy", messages)
        self._senders_of_failures = Senders(self, "DeadLettersPolicy", self._dead_letters)
        self._batching_seconds = batching_seconds
        self._batch_size = GATHERED if batching_seconds and not has_effects else BATCH_SIZE
        self.visibility_timeout = VISIBILITY_TIMEOUTS * timeout_seconds + batching_seconds
        self.name, self.url, self.queue_arn = name, messages.ref, messages.attr_arn
        self.dead_letters_arn = self._dead_letters.attr_arn

    def hear(self, scope: Construct, *, name: str, bus: str, pattern: Mapping[str, Any]) -> None:
        """Let a rule of a bus, made in `scope`, send to the queue what its pattern lets through."""
        delivery = Delivery(
            scope,
            "Delivery",
            name=name,
            bus=bus,
            pattern=pattern,
            target=self.queue_arn,
            dead_letters=self._dead_letters,
            policies=[self._senders.policy, self._senders_of_failures.policy],
        )
        self._senders.accept(EVENTBRIDGE, delivery.rule_arn)
        self._senders_of_failures.accept(EVENTBRIDGE, delivery.rule_arn)

    def accept(self, service: str, source_arn: str) -> None:
        """Let a resource of an AWS service send to the queue too, such as a rule of another bus.

        A grant of the CDK's to a service makes a second policy of the queue, and SQS keeps only one.
        """
        self._senders.accept(service, source_arn)

    def feed(self, consumer: str, maximum_concurrency: int) -> None:
        """Hand the queue's messages to the consumer, in batches of which single messages may fail."""
        CfnEventSourceMapping(
            self,
            "Source",
            function_name=consumer,
            event_source_arn=self.queue_arn,
            batch_size=self._batch_size,
            maximum_batching_window_in_seconds=self._batching_seconds or None,
            function_response_types=["ReportBatchItemFailures"],
            scaling_config=CfnEventSourceMapping.ScalingConfigProperty(maximum_concurrency=maximum_concurrency),
        )


def live_pattern(event: str, publisher: str | None) -> dict[str, Any]:
    """Match the event from its publisher in this account, unless it is replayed. Of every event, anyone is the
    publisher."""
    return replay_pattern(event, publisher) | {"replay-name": [{"exists": False}]}


def replay_pattern(event: str, publisher: str | None) -> dict[str, Any]:
    """Match the event on the replay bus, which the platform forwards replayed events to and nothing else."""
    if event == EVERY_EVENT:
        return {"account": [cdk.Aws.ACCOUNT_ID], "source": [{"prefix": ""}]}
    return {"account": [cdk.Aws.ACCOUNT_ID], "source": [publisher], "detail-type": [event]}
