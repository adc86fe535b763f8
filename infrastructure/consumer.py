"""The consumer: the function that handles and publishes a service's events and sweeps, and what it may do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import aws_cdk as cdk
from aws_cdk.aws_dynamodb import CfnTable
from aws_cdk.aws_lambda import CfnPermission
from aws_cdk.aws_sns import CfnTopic
from constructs import Construct

from infrastructure.blueprint import Blueprint
from infrastructure.bus_policy import reserve_source
from infrastructure.canary import Canary
from infrastructure.concurrency import reserved
from infrastructure.delivery import Delivery
from infrastructure.function import Function
from infrastructure.intrinsics import bus_arn
from infrastructure.lanes import EVENTS, Lane
from infrastructure.permissions import Statement, allow, publish
from infrastructure.queues import dead_letter_queue
from infrastructure.retention import id_memory_seconds
from infrastructure.security import acknowledge_permission
from infrastructure.table import keep_rows, table_name
from infrastructure.topics import topic

HOP_LIMIT = 32
"""Events in a row before the next is taken for a loop; the longest way through a workflow must be shorter."""

SWEEP_SCHEDULE = "rate(1 minute)"
"""The shortest that EventBridge offers (Amazon EventBridge User Guide, "Setting a schedule pattern for scheduled
rules (legacy)")."""


class Consumer(Function):
    """Takes the messages of `lanes`, keeps rows in the table, publishes on the bus and on the service's topics.

    It is called once it is whole: `connect`.
    """

    def __init__(self, scope: Construct, blueprint: Blueprint, *, table: CfnTable, lanes: Mapping[str, Lane]) -> None:
        service, needs = blueprint.service, blueprint.needs
        topics = _topics(scope, blueprint)
        super().__init__(
            scope,
            "Consumer",
            blueprint,
            name=blueprint.names.consumer(service.name),
            handler=f"functions.{service.name}.handler.handler",
            memory_megabytes=needs.memory_megabytes,
            timeout_seconds=needs.timeout_seconds,
            reserved_concurrency=reserved(service, len(lanes), needs.maximum_concurrency, blueprint.configuration),
            variables={
                "TABLE_NAME": table_name(service, blueprint.names),
                "ID_MEMORY_SECONDS": str(id_memory_seconds(blueprint.configuration.archive_days)),
                "HOP_LIMIT": str(HOP_LIMIT),
                **({"EVENT_BUS_NAME": blueprint.names.bus} if service.emits else {}),
                **({"QUEUE_URL": lanes[EVENTS].url} if service.sweeps else {}),
                **{f"TOPIC_{name.upper().replace('-', '_')}_ARN": topic.ref for name, topic in topics.items()},
                **needs.variables,
            },
            statements=[
                *_take_messages(list(lanes.values())),
                *keep_rows(blueprint, table),
                *_put_events(blueprint),
                *([allow(["sns:Publish"], [topic.ref for topic in topics.values()])] if topics else []),
                *needs.statements,
            ],
        )
        if service.emits:
            reserve_source(scope, blueprint.names.bus, service.name, self.role.attr_arn)
        for permission in service.permissions:
            acknowledge_permission(self.role, permission, blueprint.names.beginning)

    def connect(self, blueprint: Blueprint, lanes: Mapping[str, Lane]) -> None:
        """Let queues and sweep call the function, or the alias that moves to its new versions. Before, its service may
        add to its environment: a version is of the whole."""
        scope, needs = cdk.Stack.of(self), blueprint.needs
        called, arn = self.function.ref, self.function.attr_arn
        if needs.canary is not None:
            called = arn = Canary(scope, blueprint, self, needs.canary).alias.ref
        for lane in lanes.values():
            lane.feed(called, needs.maximum_concurrency)
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
        source_account=cdk.Aws.ACCOUNT_ID,
    )


def _topics(scope: Construct, blueprint: Blueprint) -> dict[str, CfnTopic]:
    service = blueprint.service
    return {name: topic(scope, f"Topic-{name}", blueprint.names.topic(service.name, name)) for name in service.topics}


def _put_events(blueprint: Blueprint) -> list[Statement]:
    """Publish the service's own events, if it has any."""
    service = blueprint.service
    return [publish(bus_arn(blueprint.names.bus), service.name, service.emits)] if service.emits else []


def _take_messages(lanes: Sequence[Lane]) -> list[Statement]:
    """Receive, delay and delete messages, send again those that wait, and to the DLQ those that are given up."""
    queues = [lane.queue_arn for lane in lanes]
    return [
        allow(
            ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ChangeMessageVisibility"], queues
        ),
        allow(["sqs:SendMessage"], [*queues, *(lane.dead_letters_arn for lane in lanes)]),
    ]
