"""The consumer: the function that handles a service's subscriptions and sweeps, and what it may do."""

from __future__ import annotations

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk.aws_dynamodb import CfnTable
from aws_cdk.aws_lambda import CfnPermission
from aws_cdk.aws_sns import CfnTopic
from constructs import Construct

from infrastructure.blueprint import Blueprint
from infrastructure.canary import Canary
from infrastructure.concurrency import reserved_for_consumer
from infrastructure.delivery import Delivery
from infrastructure.function import Function
from infrastructure.permissions import Statement, allow
from infrastructure.queues import dead_letter_queue
from infrastructure.retention import row_memory_seconds
from infrastructure.security import acknowledge_permission
from infrastructure.subscription import MAXIMUM_RECEIVES, Subscription
from infrastructure.table import keep_rows, table_name
from infrastructure.topics import topic

HOP_LIMIT = 32
"""Events in a row before the next is taken for a loop; the longest way through a workflow must be shorter."""

SWEEP_SCHEDULE = "rate(1 minute)"
"""The shortest that EventBridge offers (Amazon EventBridge User Guide, "Setting a schedule pattern for scheduled
rules (legacy)")."""


class Consumer(Function):
    """Takes the messages of `subscriptions`, keeps rows in the table, publishes on the service's topics.

    It is called once it is whole: `connect`.
    """

    def __init__(
        self, scope: Construct, blueprint: Blueprint, *, table: CfnTable, subscriptions: Sequence[Subscription]
    ) -> None:
        service = blueprint.service
        topics = _topics(scope, blueprint)
        super().__init__(
            scope,
            "Consumer",
            blueprint,
            name=blueprint.names.consumer(service.name),
            handler=f"functions.{service.name}.handler.handler",
            memory_megabytes=blueprint.needs.memory_megabytes,
            timeout_seconds=blueprint.needs.timeout_seconds,
            reserved_concurrency=reserved_for_consumer(service, blueprint.needs, blueprint.configuration),
            variables={
                "TABLE_NAME": table_name(service, blueprint.names),
                "ROW_MEMORY_SECONDS": _row_memory(blueprint),
                "MAXIMUM_RECEIVES": str(MAXIMUM_RECEIVES),
                "HOP_LIMIT": str(HOP_LIMIT),
                **{f"TOPIC_{name.upper().replace('-', '_')}_ARN": topic.ref for name, topic in topics.items()},
                **blueprint.needs.variables,
            },
            statements=[
                *_take_messages(subscriptions),
                *keep_rows(blueprint, table),
                *([allow(["sns:Publish"], [topic.ref for topic in topics.values()])] if topics else []),
                *blueprint.needs.statements,
            ],
        )
        for permission in service.permissions:
            acknowledge_permission(self.role, permission, blueprint.names.beginning)

    def connect(self, blueprint: Blueprint, subscriptions: Sequence[Subscription]) -> None:
        """Let queues and sweep call the function, or the alias that moves to its new versions. Before, its service may
        add to its environment: a version is of the whole."""
        scope, needs = cdk.Stack.of(self), blueprint.needs
        called, arn = self.function.ref, self.function.attr_arn
        if needs.canary is not None:
            called = arn = Canary(scope, blueprint, self, needs.canary).alias.ref
        for subscription in subscriptions:
            subscription.feed(called, needs.maximum_concurrency)
        if blueprint.service.sweeps:
            _sweep(scope, blueprint, called, arn)


def _sweep(scope: Construct, blueprint: Blueprint, called: str, arn: str) -> None:
    """Invoke the consumer each minute to look for rows that came due."""
    name = blueprint.names.sweep(blueprint.service.name)
    delivery = Delivery(
        scope,
        "Sweep",
        name=name,
        schedule=SWEEP_SCHEDULE,
        target=arn,
        dead_letters=dead_letter_queue(scope, "SweepDeadLetters", name),
    )
    CfnPermission(
        scope,
        "SweepPermission",
        action="lambda:InvokeFunction",
        function_name=called,
        principal="events.amazonaws.com",
        source_arn=delivery.rule_arn,
    )


def _topics(scope: Construct, blueprint: Blueprint) -> dict[str, CfnTopic]:
    service = blueprint.service
    return {name: topic(scope, f"Topic-{name}", blueprint.names.topic(service.name, name)) for name in service.topics}


def _row_memory(blueprint: Blueprint) -> str:
    """The setting ROW_MEMORY_SECONDS, in whose words "none" means for ever."""
    if blueprint.service.stores_events or not blueprint.service.forgets:
        return "none"
    return str(row_memory_seconds(blueprint.configuration.archive_days))


def _take_messages(subscriptions: Sequence[Subscription]) -> list[Statement]:
    """Receive, delay and delete messages, and send those that can never be handled to the DLQ."""
    return [
        allow(
            ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ChangeMessageVisibility"],
            [subscription.queue_arn for subscription in subscriptions],
        ),
        allow(["sqs:SendMessage"], [subscription.dead_letters_arn for subscription in subscriptions]),
    ]
