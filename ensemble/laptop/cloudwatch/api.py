"""The operations of CloudWatch's API that the laptop answers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from ensemble.aws.errors import AwsError, PropertyUnsupported
from ensemble.laptop.cloudwatch.alarms import Alarm, Alarms
from ensemble.laptop.cloudwatch.definition import Queries
from ensemble.laptop.cloudwatch.metrics import Metrics

TARGET = "GraniteServiceVersion20100801"
"""What CloudWatch is called on the wire (its service model, targetPrefix)."""

ALARMS_OF_A_PAGE = 50
"""Where no other number is asked for (Amazon CloudWatch API Reference, DescribeAlarms, MaxRecords)."""

FILTERS = {"AlarmNames", "AlarmNamePrefix", "AlarmTypes", "StateValue", "MaxRecords", "NextToken"}

SHOWN = (
    *("ActionsEnabled", "AlarmActions", "AlarmDescription", "ComparisonOperator", "DatapointsToAlarm", "Dimensions"),
    *("EvaluationPeriods", "InsufficientDataActions", "MetricName", "Metrics", "Namespace", "OKActions", "Period"),
    *("Statistic", "Threshold", "TreatMissingData", "WarmUpConfiguration"),
)
"""The properties of an alarm that are answered as its template has them."""

Operation = Callable[[dict[str, Any]], dict[str, Any]]


class CloudWatchApi:
    """Answers CloudWatch requests, by operation name. Instants are seconds since 1970."""

    def __init__(self, alarms: Alarms, metrics: Metrics) -> None:
        self._alarms, self._metrics = alarms, metrics
        self.operations: dict[str, Operation] = {
            "DescribeAlarms": self._describe_alarms,
            "GetMetricData": self._get_metric_data,
        }

    def _describe_alarms(self, request: dict[str, Any]) -> dict[str, Any]:
        if unknown := set(request) - FILTERS:
            raise AwsError("ValidationError", f"{', '.join(sorted(unknown))} is not answered by the laptop AWS")
        if "MetricAlarm" not in request.get("AlarmTypes", ["MetricAlarm"]):
            return {"MetricAlarms": [], "CompositeAlarms": []}
        names, prefix = request.get("AlarmNames"), request.get("AlarmNamePrefix", "")
        state = request.get("StateValue")
        found = [
            alarm
            for alarm in self._alarms.all
            if (names is None or alarm.name in names)
            and alarm.name.startswith(prefix)
            and state in (None, alarm.state.value)
        ]
        start, size = _page(request)
        more = {"NextToken": str(start + size)} if start + size < len(found) else {}
        return {
            "MetricAlarms": [_description(alarm) for alarm in found[start : start + size]],
            "CompositeAlarms": [],
            **more,
        }

    def _get_metric_data(self, request: dict[str, Any]) -> dict[str, Any]:
        start, end = _instant(request["StartTime"]), _instant(request["EndTime"])
        try:
            queries = Queries.of(request["MetricDataQueries"])
        except PropertyUnsupported as why:
            raise AwsError("ValidationError", f"The laptop AWS does not answer it: {why}") from why
        period = queries.period
        first, last = (int(-(-instant // period)) * period for instant in (start, end))
        labels = {one["Id"]: one.get("Label", one["Id"]) for one in request["MetricDataQueries"]}
        is_oldest_first = request.get("ScanBy") == "TimestampAscending"
        results = []
        for id, series in queries.series(self._metrics, first, last).items():
            instants = sorted(series, reverse=not is_oldest_first)
            values = [float(series[instant]) for instant in instants]
            results.append(
                {"Id": id, "Label": labels[id], "Timestamps": instants, "Values": values, "StatusCode": "Complete"}
            )
        return {"MetricDataResults": results, "Messages": []}


def _page(request: dict[str, Any]) -> tuple[int, int]:
    """Return where a page starts, and how many alarms are on it."""
    token = request.get("NextToken", "0")
    if not token.isdecimal():
        raise AwsError("InvalidNextToken", f"{token!r} is no token of the laptop AWS")
    return int(token), int(request.get("MaxRecords", ALARMS_OF_A_PAGE))


def _description(alarm: Alarm) -> dict[str, Any]:
    definition = alarm.definition
    shown = {name: definition.template[name] for name in SHOWN if name in definition.template}
    return {
        "AlarmName": alarm.name,
        "AlarmArn": definition.arn,
        "ActionsEnabled": True,
        **shown,
        "StateValue": alarm.state.value,
        "StateReason": alarm.reason,
        "StateUpdatedTimestamp": alarm.since,
        "StateTransitionedTimestamp": alarm.since,
        "AlarmConfigurationUpdatedTimestamp": alarm.began,
    }


def _instant(value: Any) -> float:
    """Return an instant of a request: a number, or a text as RFC 3339 has it."""
    return datetime.fromisoformat(value).timestamp() if isinstance(value, str) else float(value)
