"""The idempotency table: one row for each workflow, with its state, the handled events and what it says."""

from __future__ import annotations

from typing import Any

from constructs import Construct

from infrastructure.blueprint import Blueprint
from infrastructure.cloudformation import Resource
from infrastructure.intrinsics import below
from infrastructure.permissions import Statement, allow

KEY = "pk"
INDEX = "index"
INDEX_KEY = {"index_partition": "HASH", "index_position": "RANGE"}


def idempotency_table(scope: Construct, blueprint: Blueprint) -> Resource:
    """Make the table, with a stream, an index and an expiry only where the service uses them."""
    service, keeps_data = blueprint.service, blueprint.configuration.keeps_data
    index_key = INDEX_KEY if service.is_listed else {}
    table = Resource(
        scope,
        "Table",
        "AWS::DynamoDB::Table",
        TableName=blueprint.names.table(service.name),
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in (KEY, *index_key)],
        KeySchema=_key({KEY: "HASH"}),
        GlobalSecondaryIndexes=[_index()] if service.is_listed else None,
        StreamSpecification={"StreamViewType": "NEW_IMAGE"} if service.emits else None,
        TimeToLiveSpecification={"AttributeName": "expires_at", "Enabled": True} if service.forgets else None,
        PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
        DeletionProtectionEnabled=keeps_data,
    )
    table.when_removed(keep=keeps_data)
    return table


def keep_rows(blueprint: Blueprint, table: Resource) -> list[Statement]:
    """Let the consumer read and write single rows, move counters, and look for rows that came due."""
    rows = allow(["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"], [table.arn])
    due = allow(["dynamodb:Query"], [below(table.arn, f"index/{INDEX}")])
    return [rows, due] if blueprint.service.sweeps else [rows]


def _index() -> dict[str, Any]:
    return {"IndexName": INDEX, "KeySchema": _key(INDEX_KEY), "Projection": {"ProjectionType": "KEYS_ONLY"}}


def _key(attributes: dict[str, str]) -> list[dict[str, str]]:
    return [{"AttributeName": name, "KeyType": type} for name, type in attributes.items()]
