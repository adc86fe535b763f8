"""What roles and queue policies are written in: single statements, each about what its caller owns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import aws_cdk as cdk

Statement = dict[str, Any]

TRACES: Statement = {
    "Effect": "Allow",
    "Action": ["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
    "Resource": "*",
}
"""X-Ray knows no resource for these two actions (Service Authorization Reference, "AWS X-Ray")."""


def allow(actions: Sequence[str], resources: Sequence[str], condition: dict[str, Any] | None = None) -> Statement:
    """Let a role do these actions on these resources."""
    statement: Statement = {"Effect": "Allow", "Action": list(actions), "Resource": list(resources)}
    return statement | ({"Condition": condition} if condition else {})


def publish(bus_arn: str, source: str, events: Sequence[str]) -> Statement:
    """Put these events under this source and no others.

    `events:source` is a list, and a list that is absent would satisfy ForAllValues, hence Null (Amazon
    EventBridge User Guide, "Using IAM policy conditions in Amazon EventBridge").
    """
    return allow(
        ["events:PutEvents"],
        [bus_arn],
        {
            "ForAllValues:StringEquals": {"events:source": [source]},
            "StringEquals": {"events:detail-type": list(events)},
            "Null": {"events:source": "false"},
        },
    )


def document(*statements: Statement) -> dict[str, Any]:
    """Join statements to a policy."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def trust(service: str, source_arn: str | None = None) -> dict[str, Any]:
    """Let an AWS service assume the role: on behalf of this resource of this account, where the service says so.

    EventBridge does (Amazon EventBridge User Guide, "Cross-service confused deputy prevention in Amazon EventBridge").
    Of Lambda and CodeDeploy no page of AWS's says that they do, and a condition on a key that is not sent lets nobody
    in. They take no role of another account: who passes one must be of its account (IAM User Guide, "Grant a user
    permissions to pass a role to an AWS service").
    """
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return document(statement | ({"Condition": on_behalf_of(source_arn)} if source_arn else {}))


def on_behalf_of(*source_arns: str) -> dict[str, Any]:
    """The condition that a service acts for these resources, and for this account."""
    return {
        "ArnLike": {"aws:SourceArn": list(source_arns)},
        "StringEquals": {"aws:SourceAccount": cdk.Aws.ACCOUNT_ID},
    }


def deliver(service: str, queue_arn: str, source_arns: Sequence[str]) -> Statement:
    """Let an AWS service send to the queue, on behalf of these resources and no others."""
    return {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "sqs:SendMessage",
        "Resource": queue_arn,
        "Condition": on_behalf_of(*source_arns),
    }


def refuse_without_tls(action: str, *resources: str) -> Statement:
    """Let nobody do the action over a connection that is not encrypted (IAM User Guide, "AWS global condition
    context keys", aws:SecureTransport)."""
    return {
        "Effect": "Deny",
        "Principal": "*",
        "Action": action,
        "Resource": list(resources),
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
