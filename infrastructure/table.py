"""A service's table: of rows, one for each workflow with its state, what it handled and what it has to publish; or of
events, if it stores them."""

from __future__ import annotations

from aws_cdk.aws_dynamodb import CfnTable
from constructs import Construct

from functions.kit.model import INDEX, Service
from infrastructure.blueprint import Blueprint
from infrastructure.intrinsics import below
from infrastructure.naming import Names
from infrastructure.permissions import Statement, allow

KEY = "pk"
POSITION = "position"
INDEX_KEY = {"index_partition": "HASH", "index_position": "RANGE"}


def table_name(service: Service, names: Names) -> str:
    """The name of a service's table. An event store's has its own: CloudFormation does not change the key of a table
    that keeps its name, and up to version 0.2.0 of the kit the events were rows (AWS CloudFormation User Guide,
    "Name type")."""
    return names.store(service.name) if service.stores_events else names.table(service.name)


def service_table(scope: Construct, blueprint: Blueprint) -> CfnTable:
    """Make the table, with an index where the service has timers, or stores events: of these it lists what comes from
    outside. A store has a stream too, which nothing is mapped to: writing it costs nothing, and who looks on reads it
    (Amazon DynamoDB pricing, "DynamoDB Streams")."""
    service, configuration = blueprint.service, blueprint.configuration
    is_listed = service.sweeps or service.stores_events
    key = {KEY: "HASH", POSITION: "RANGE"} if service.stores_events else {KEY: "HASH"}
    table = CfnTable(
        scope,
        "Table",
        table_name=table_name(service, blueprint.names),
        billing_mode="PAY_PER_REQUEST",
        attribute_definitions=_texts(*key, *(INDEX_KEY if is_listed else ())),
        key_schema=_key(key),
        global_secondary_indexes=[_index(service)] if is_listed else None,
        stream_specification=_stream() if service.stores_events else None,
        time_to_live_specification=None if service.stores_events else _expiry(),
        point_in_time_recovery_specification=_recovery(),
        deletion_protection_enabled=configuration.protected,
    )
    table.apply_removal_policy(configuration.removal_policy)
    return table


def keep_rows(blueprint: Blueprint, table: CfnTable) -> list[Statement]:
    """Let the consumer read and write single rows, read those of a batch, note what is published, move counters, and
    look for rows that came due: each where it does so. An event store puts events and does no more."""
    if blueprint.service.stores_events:
        return [allow(["dynamodb:PutItem"], [table.attr_arn])]
    is_updating = blueprint.needs.moves_counters or blueprint.service.emits
    updating = ["dynamodb:UpdateItem"] if is_updating else []
    reading = ["dynamodb:BatchGetItem"] if blueprint.service.handles_together else []
    rows = allow([*reading, "dynamodb:GetItem", "dynamodb:PutItem", *updating], [table.attr_arn])
    due = allow(["dynamodb:Query"], [below(table, f"index/{INDEX}")])
    return [rows, due] if blueprint.service.sweeps else [rows]


def _texts(*names: str) -> list[CfnTable.AttributeDefinitionProperty]:
    make = CfnTable.AttributeDefinitionProperty
    return [make(attribute_name=name, attribute_type="S") for name in names]


def _key(attributes: dict[str, str]) -> list[CfnTable.KeySchemaProperty]:
    make = CfnTable.KeySchemaProperty
    return [make(attribute_name=name, key_type=type) for name, type in attributes.items()]


def _index(service: Service) -> CfnTable.GlobalSecondaryIndexProperty:
    """A timer is found by its row's key; of an event it is said of which type it is, by which a list is asked for."""
    only = CfnTable.ProjectionProperty
    shown = only(projection_type="INCLUDE", non_key_attributes=["type"])
    return CfnTable.GlobalSecondaryIndexProperty(
        index_name=INDEX,
        key_schema=_key(INDEX_KEY),
        projection=shown if service.stores_events else only(projection_type="KEYS_ONLY"),
    )


def _stream() -> CfnTable.StreamSpecificationProperty:
    """Keys alone: so nothing is in it that somebody may want erased."""
    return CfnTable.StreamSpecificationProperty(stream_view_type="KEYS_ONLY")


def _expiry() -> CfnTable.TimeToLiveSpecificationProperty:
    return CfnTable.TimeToLiveSpecificationProperty(attribute_name="expires_at", enabled=True)


def _recovery() -> CfnTable.PointInTimeRecoverySpecificationProperty:
    return CfnTable.PointInTimeRecoverySpecificationProperty(point_in_time_recovery_enabled=True)
