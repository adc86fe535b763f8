"""The idempotency table: one row for each workflow, with its state, the handled events and those to publish."""

from __future__ import annotations

from aws_cdk.aws_dynamodb import CfnTable
from constructs import Construct

from infrastructure.blueprint import Blueprint
from infrastructure.intrinsics import below
from infrastructure.permissions import Statement, allow

KEY = "pk"
INDEX = "index"
INDEX_KEY = {"index_partition": "HASH", "index_position": "RANGE"}


def idempotency_table(scope: Construct, blueprint: Blueprint) -> CfnTable:
    """Make the table, with an index and an expiry only where the service uses them."""
    service, configuration = blueprint.service, blueprint.configuration
    table = CfnTable(
        scope,
        "Table",
        table_name=blueprint.names.table(service.name),
        billing_mode="PAY_PER_REQUEST",
        attribute_definitions=_texts(KEY, *(INDEX_KEY if service.is_listed else ())),
        key_schema=_key({KEY: "HASH"}),
        global_secondary_indexes=[_index()] if service.is_listed else None,
        time_to_live_specification=_expiry() if service.forgets else None,
        point_in_time_recovery_specification=_recovery(),
        deletion_protection_enabled=configuration.protected,
    )
    table.apply_removal_policy(configuration.removal_policy)
    return table


def keep_rows(blueprint: Blueprint, table: CfnTable) -> list[Statement]:
    """Let the consumer read and write single rows, mark what is published, move counters, and look for rows that came
    due: each where it does so."""
    is_updating = blueprint.needs.moves_counters or blueprint.service.emits
    updating = ["dynamodb:UpdateItem"] if is_updating else []
    rows = allow(["dynamodb:GetItem", "dynamodb:PutItem", *updating], [table.attr_arn])
    due = allow(["dynamodb:Query"], [below(table, f"index/{INDEX}")])
    return [rows, due] if blueprint.service.sweeps else [rows]


def _texts(*names: str) -> list[CfnTable.AttributeDefinitionProperty]:
    make = CfnTable.AttributeDefinitionProperty
    return [make(attribute_name=name, attribute_type="S") for name in names]


def _key(attributes: dict[str, str]) -> list[CfnTable.KeySchemaProperty]:
    make = CfnTable.KeySchemaProperty
    return [make(attribute_name=name, key_type=type) for name, type in attributes.items()]


def _index() -> CfnTable.GlobalSecondaryIndexProperty:
    return CfnTable.GlobalSecondaryIndexProperty(
        index_name=INDEX,
        key_schema=_key(INDEX_KEY),
        projection=CfnTable.ProjectionProperty(projection_type="KEYS_ONLY"),
    )


def _expiry() -> CfnTable.TimeToLiveSpecificationProperty:
    return CfnTable.TimeToLiveSpecificationProperty(attribute_name="expires_at", enabled=True)


def _recovery() -> CfnTable.PointInTimeRecoverySpecificationProperty:
    return CfnTable.PointInTimeRecoverySpecificationProperty(point_in_time_recovery_enabled=True)
