"""What the page of alarms is told: how each stands, what it looked at, and what the runbook says to do."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ensemble.command_line.console.looked_at import StageLookedAt, answered
from ensemble.console.progress import Json, milliseconds
from ensemble.console.runbook import Runbook
from ensemble.console.server import Question, Refused
from infrastructure.alarms import RUNBOOK

SHOWN_SECONDS = 3_600.0
"""So far back goes the chart of an alarm."""

ORDER = ("ALARM", "OK", "INSUFFICIENT_DATA")
METRIC_STAT = ("Dimensions", "MetricName", "Namespace")


class Alarms:
    """The alarms of a stage, and the project's runbook."""

    def __init__(self, looked_at: StageLookedAt) -> None:
        self._source, self._names = looked_at.source, looked_at.names
        self._cloudwatch = looked_at.account.client("cloudwatch")
        file = looked_at.root / RUNBOOK
        self._runbook = Runbook(file.read_text(encoding="utf-8") if file.exists() else "")

    def all(self, _: Mapping[str, str]) -> Json:
        """Return them: those that go off first, the newest change first."""
        with answered():
            pages = self._cloudwatch.get_paginator("describe_alarms").paginate(AlarmNamePrefix=f"{self._beginning}-")
            found = [self._shown(one) for page in pages for one in page["MetricAlarms"]]
        return {"alarms": sorted(found, key=lambda one: (ORDER.index(one["state"]), -one["since"], one["name"]))}

    def one(self, parts: Mapping[str, str]) -> Json:
        """Return the section of the runbook about an alarm, and the metrics that it looks at, over the last hour."""
        name = parts["name"]
        with answered():
            alarms = self._cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
            if not alarms:
                raise Refused(f"there is no alarm {name}", 404)
            (alarm,) = alarms
            shown = self._shown(alarm)
            return {
                "runbook": self._runbook.section(shown["kind"], self._beginning, shown["owner"]),
                "threshold": alarm.get("Threshold"),
                "lines": self._lines(alarm),
            }

    @property
    def _beginning(self) -> str:
        return self._names.beginning

    def _shown(self, alarm: Mapping[str, Any]) -> Json:
        name = alarm["AlarmName"]
        owner, _, kind = name.removeprefix(f"{self._beginning}-").rpartition("-")
        return {
            "name": name,
            "owner": owner,
            "kind": kind,
            "state": alarm["StateValue"],
            "since": milliseconds(alarm["StateUpdatedTimestamp"].timestamp()),
            "description": alarm.get("AlarmDescription", ""),
            "reason": alarm.get("StateReason", ""),
        }

    def _lines(self, alarm: Mapping[str, Any]) -> list[Json]:
        """Return what the alarm compares: each metric or expression that it returns, with its points over time."""
        now = self._source.now()
        answer = self._cloudwatch.get_metric_data(
            MetricDataQueries=_queries(alarm),
            StartTime=datetime.fromtimestamp(now - SHOWN_SECONDS, UTC),
            EndTime=datetime.fromtimestamp(now, UTC),
            ScanBy="TimestampAscending",
        )
        return [
            {
                "label": one["Label"],
                "points": [
                    [milliseconds(at.timestamp()), value]
                    for at, value in zip(one["Timestamps"], one["Values"], strict=True)
                ],
            }
            for one in answer["MetricDataResults"]
        ]


def questions(looked_at: StageLookedAt) -> dict[str, Question]:
    """Return the questions about alarms, by path."""
    alarms = Alarms(looked_at)
    return {"alarms": alarms.all, "alarms/{name}": alarms.one}


def _queries(alarm: Mapping[str, Any]) -> list[Any]:
    if "Metrics" in alarm:
        return list(alarm["Metrics"])
    metric = {name: alarm[name] for name in METRIC_STAT if name in alarm}
    return [{"Id": "metric", "MetricStat": {"Metric": metric, "Period": alarm["Period"], "Stat": alarm["Statistic"]}}]
