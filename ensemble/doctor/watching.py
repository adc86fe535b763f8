"""How alarms and log groups are looked at."""

from __future__ import annotations

from ensemble.doctor.expected import Expected
from ensemble.doctor.kinds import Call, ClientOf, Kind, Look, Property, Read, there, told

ALWAYS = ("ActionsEnabled", "ComparisonOperator", "EvaluationPeriods", "Threshold", "AlarmActions")
SOMETIMES = (
    *("OKActions", "InsufficientDataActions", "DatapointsToAlarm", "Dimensions", "MetricName"),
    *("Metrics", "Namespace", "Period", "Statistic", "TreatMissingData"),
)


def _alarm(client: ClientOf, one: Expected) -> Read | None:
    found = client("cloudwatch").describe_alarms(AlarmNames=[one.name])["MetricAlarms"]
    if not found:
        return None
    return {**there(found[0], *SOMETIMES), **told(found[0], *ALWAYS)}


def _put_alarm(one: Expected, _: Read) -> Call:
    return Call("cloudwatch", "PutMetricAlarm", {"AlarmName": one.name, **_said(one)})


def _said(one: Expected) -> dict[str, object]:
    names = (*ALWAYS, *SOMETIMES, "AlarmDescription")
    return {name: one.properties[name] for name in names if name in one.properties}


def _enable(one: Expected, _: Read) -> Call:
    operation = "EnableAlarmActions" if one.properties.get("ActionsEnabled", True) else "DisableAlarmActions"
    return Call("cloudwatch", operation, {"AlarmNames": [one.name]})


def _log_group(client: ClientOf, one: Expected) -> Read | None:
    pages = client("logs").get_paginator("describe_log_groups").paginate(logGroupNamePrefix=one.name)
    for group in (group for page in pages for group in page["logGroups"]):
        if group["logGroupName"] == one.name:
            days = {"RetentionInDays": group["retentionInDays"]} if "retentionInDays" in group else {}
            return days | ({"KmsKeyId": group["kmsKeyId"]} if "kmsKeyId" in group else {})
    return None


def _keep(one: Expected, _: Read) -> Call:
    if (days := one.properties.get("RetentionInDays")) is None:
        return Call("logs", "DeleteRetentionPolicy", {"logGroupName": one.name})
    return Call("logs", "PutRetentionPolicy", {"logGroupName": one.name, "retentionInDays": days})


_WATCHED = "It rings for something else, or not at all."

WATCHING = (
    Kind(
        "AWS::CloudWatch::Alarm",
        "alarm",
        "Nobody is told of what it watches.",
        (
            Look(
                _alarm,
                (
                    Property("ActionsEnabled", "It rings, and nobody is told.", True, mend=_enable),
                    Property("AlarmActions", "It rings, and others are told, or nobody.", [], mend=_put_alarm),
                    Property("Threshold", "It rings too late or too often.", mend=_put_alarm),
                    Property("ComparisonOperator", _WATCHED, mend=_put_alarm),
                    Property("EvaluationPeriods", "It rings too late or too often.", mend=_put_alarm),
                    Property("DatapointsToAlarm", "It rings too late or too often.", mend=_put_alarm),
                    Property("TreatMissingData", _WATCHED, "missing", mend=_put_alarm),
                    Property("MetricName", _WATCHED, mend=_put_alarm),
                    Property("Namespace", _WATCHED, mend=_put_alarm),
                    Property("Dimensions", _WATCHED, mend=_put_alarm),
                    Property("Period", _WATCHED, mend=_put_alarm),
                    Property("Statistic", _WATCHED, mend=_put_alarm),
                    Property("Metrics", _WATCHED, mend=_put_alarm),
                ),
            ),
        ),
    ),
    Kind(
        "AWS::Logs::LogGroup",
        "log group",
        "What its function logs goes nowhere: it may not make the group.",
        (
            Look(
                _log_group,
                (
                    Property("RetentionInDays", "Lines are gone too early, or paid for too long.", mend=_keep),
                    Property("KmsKeyId", "Lines are encrypted by another key, or by none of yours."),
                ),
            ),
        ),
    ),
)
