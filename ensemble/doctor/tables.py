"""How tables are looked at."""

from __future__ import annotations

from ensemble.doctor.expected import Expected
from ensemble.doctor.kinds import Call, ClientOf, Kind, Look, Property, Read, there

INDEX_PARTS = ("IndexName", "KeySchema", "Projection")
OFF = {"Enabled": False}


def _table(client: ClientOf, one: Expected) -> Read:
    table = client("dynamodb").describe_table(TableName=one.name)["Table"]
    indexes = [{part: index.get(part) for part in INDEX_PARTS} for index in table.get("GlobalSecondaryIndexes", [])]
    return {
        "DeletionProtectionEnabled": table.get("DeletionProtectionEnabled", False),
        "BillingMode": table.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED"),
        "KeySchema": table["KeySchema"],
        "StreamSpecification": _stream(table.get("StreamSpecification") or {}),
        **there({"GlobalSecondaryIndexes": indexes}, "GlobalSecondaryIndexes"),
    }


def _stream(specification: Read) -> Read:
    return there(specification, "StreamViewType") if specification.get("StreamEnabled") else {}


def _protect(one: Expected, _: Read) -> Call:
    wanted = one.properties.get("DeletionProtectionEnabled", False)
    return Call("dynamodb", "UpdateTable", {"TableName": one.name, "DeletionProtectionEnabled": wanted})


def _open_stream(one: Expected, _: Read) -> Call:
    wanted = one.properties.get("StreamSpecification", {})
    specification = {"StreamEnabled": bool(wanted), **wanted}
    return Call("dynamodb", "UpdateTable", {"TableName": one.name, "StreamSpecification": specification})


def _time_to_live(client: ClientOf, one: Expected) -> Read:
    told = client("dynamodb").describe_time_to_live(TableName=one.name)["TimeToLiveDescription"]
    if told.get("TimeToLiveStatus") not in ("ENABLED", "ENABLING"):
        return {"TimeToLiveSpecification": OFF}
    return {"TimeToLiveSpecification": {"Enabled": True, "AttributeName": told["AttributeName"]}}


def _expire(one: Expected, _: Read) -> Call:
    wanted = one.properties.get("TimeToLiveSpecification", OFF)
    return Call("dynamodb", "UpdateTimeToLive", {"TableName": one.name, "TimeToLiveSpecification": wanted})


def _backups(client: ClientOf, one: Expected) -> Read:
    told = client("dynamodb").describe_continuous_backups(TableName=one.name)["ContinuousBackupsDescription"]
    status = told.get("PointInTimeRecoveryDescription", {}).get("PointInTimeRecoveryStatus")
    return {"PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": status == "ENABLED"}}


def _back_up(one: Expected, _: Read) -> Call:
    wanted = one.properties["PointInTimeRecoverySpecification"]
    arguments = {"TableName": one.name, "PointInTimeRecoverySpecification": wanted}
    return Call("dynamodb", "UpdateContinuousBackups", arguments)


TABLES = (
    Kind(
        "AWS::DynamoDB::Table",
        "table",
        "All rows of its service are gone.",
        (
            Look(
                _table,
                (
                    Property("DeletionProtectionEnabled", "One call can delete it.", False, mend=_protect),
                    Property(
                        "BillingMode", "It throttles above a rate, or costs while nothing happens.", "PROVISIONED"
                    ),
                    Property("KeySchema", "It is another table: no row is found."),
                    Property("StreamSpecification", "Who follows the table hears nothing.", {}, mend=_open_stream),
                    Property("GlobalSecondaryIndexes", "Timers and listings that need the index find nothing."),
                ),
            ),
            Look(
                _time_to_live,
                (Property("TimeToLiveSpecification", "Rows are kept too long.", OFF, mend=_expire),),
            ),
            Look(
                _backups,
                (
                    Property(
                        "PointInTimeRecoverySpecification",
                        "What is written over or deleted cannot be brought back.",
                        {"PointInTimeRecoveryEnabled": False},
                        mend=_back_up,
                    ),
                ),
            ),
        ),
    ),
)
