"""Alarms on what nobody would otherwise notice: queues that keep failures, and a relay that falls behind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from constructs import Construct

from infrastructure.cloudformation import Resource
from infrastructure.intrinsics import arn
from infrastructure.naming import DEAD_LETTER_SUFFIX, Names

METRICS_PER_ALARM = 10
"""The most that one alarm may add up (Amazon CloudWatch User Guide, "CloudWatch service quotas"). Each is billed
like an alarm of its own, so joining them saves alarms to look at, not money."""

RELAY_DELAY_SECONDS = 60


def failure_alarms(scope: Construct, owner: str, names: Names, failing: Sequence[str]) -> None:
    """Raise an alarm while the DLQ of any of these rules and queues holds a message."""
    dead_letters = [name + DEAD_LETTER_SUFFIX for name in failing]
    for number, group in enumerate(_groups(dead_letters), start=1):
        _alarm(
            scope,
            f"Failures{number}",
            names,
            AlarmName=names.alarm(owner, f"failures-{number}"),
            AlarmDescription=f"Messages wait in one of {', '.join(group)}: find the cause, then redrive them.",
            Metrics=[
                {"Id": "messages", "Expression": "SUM(METRICS())", "ReturnData": True},
                *(_depth(f"queue{index}", queue) for index, queue in enumerate(group)),
            ],
            EvaluationPeriods=1,
            Threshold=0,
        )


def relay_alarm(scope: Construct, service: str, names: Names) -> None:
    """Raise an alarm when events have waited for their publication for over a minute, five minutes long."""
    relay = names.relay(service)
    _alarm(
        scope,
        "RelayDelay",
        names,
        AlarmName=names.alarm(service, "relay-delay"),
        AlarmDescription=f"{relay} publishes late or not at all: the events of {service} wait in its table.",
        Namespace="AWS/Lambda",
        MetricName="IteratorAge",
        Dimensions=[{"Name": "FunctionName", "Value": relay}],
        Statistic="Maximum",
        Period=60,
        EvaluationPeriods=5,
        Threshold=RELAY_DELAY_SECONDS * 1000,
    )


def _alarm(scope: Construct, id: str, names: Names, **properties: Any) -> None:
    """Notify the platform's topic when the metric is above the threshold; no data means that nothing happens."""
    Resource(
        scope,
        id,
        "AWS::CloudWatch::Alarm",
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
        AlarmActions=[arn("sns", names.alarms_topic)],
        **properties,
    )


def _groups(queues: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(queues), METRICS_PER_ALARM):
        yield queues[start : start + METRICS_PER_ALARM]


def _depth(id: str, queue: str) -> dict[str, Any]:
    metric = {
        "Namespace": "AWS/SQS",
        "MetricName": "ApproximateNumberOfMessagesVisible",
        "Dimensions": [{"Name": "QueueName", "Value": queue}],
    }
    return {"Id": id, "ReturnData": False, "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Maximum"}}
