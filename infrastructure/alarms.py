"""Alarms on what nobody would otherwise notice: queues that keep failures, functions that fail, events that wait."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any

from aws_cdk.aws_cloudwatch import CfnAlarm
from constructs import Construct

from infrastructure.intrinsics import arn
from infrastructure.naming import DEAD_LETTER_SUFFIX, Names

WAITING_MESSAGES = "ApproximateNumberOfMessagesVisible"

FAILURES = 3
"""Minutes with a failed invocation that are no chance any more."""

WAITING_MINUTES = 5

CANARY_MINUTES = 3
"""How far back a canary's alarm looks, so that it sees what is reported late."""


def failure_alarm(scope: Construct, owner: str, names: Names, failing: Sequence[str]) -> None:
    """Raise an alarm while the DLQ of any of these rules and queues holds a message. Each DLQ is billed like an alarm
    of its own, so joining them saves alarms to look at, not money."""
    queues = [name + DEAD_LETTER_SUFFIX for name in failing]
    _alarm(
        scope,
        "Failures",
        names,
        alarm_name=names.alarm(owner, "failures"),
        alarm_description=f"Messages wait in one of {', '.join(queues)}: find the cause, then redrive them.",
        metrics=[
            CfnAlarm.MetricDataQueryProperty(id="messages", expression="SUM(METRICS())", return_data=True),
            *(
                _metric(f"queue{index}", "AWS/SQS", WAITING_MESSAGES, {"QueueName": queue}, "Maximum")
                for index, queue in enumerate(queues)
            ),
        ],
        evaluation_periods=1,
    )


def failing_alarm(scope: Construct, service: str, names: Names, visibility_timeout: int) -> None:
    """Raise an alarm when the consumer failed as a whole in several minutes of the last few: it does not start, it is
    killed, or its sweep cannot work. What fails for one event alone is no failure of the function.

    `visibility_timeout`: of its queues, in seconds: a single message comes back after it, so that the alarm looks back
    over as many as it takes to see a few.
    """
    consumer = names.consumer(service)
    _alarm(
        scope,
        "ConsumerFailing",
        names,
        alarm_name=names.alarm(service, "failing"),
        alarm_description=f"{consumer} fails or does not start: its log says why. Its messages wait in their queues.",
        **_in_each_minute("AWS/Lambda", "Errors", {"FunctionName": consumer}),
        evaluation_periods=max(15, ceil((FAILURES + 1) * visibility_timeout / 60)),
        datapoints_to_alarm=FAILURES,
    )


def waiting_alarm(scope: Construct, service: str, names: Names) -> None:
    """Raise an alarm when events of the service have waited for five minutes: a system that it needs is down, something
    of it has no leave, or another event does not come.

    What waits is tried about once a minute, now and then a little later: hence one minute of six may be without.
    """
    _alarm(
        scope,
        "Waiting",
        names,
        alarm_name=names.alarm(service, "waiting"),
        alarm_description=f"Events wait at {service}, and none is lost: its log says why, at EventPostponed.",
        **_in_each_minute(names.beginning, "EventPostponed", {"service": service}),
        evaluation_periods=WAITING_MINUTES + 1,
        datapoints_to_alarm=WAITING_MINUTES,
    )


def canary_alarm(scope: Construct, service: str, names: Names, alias: str, namespace: str) -> CfnAlarm:
    """Raise an alarm when the consumer fails while a new version takes its first messages: at the first invocation
    that fails or event that is dead-lettered, and at the fifth event in a minute that is postponed.

    The alarm of the dead-letter queues does not stand for it: it would bar the deployment of what mends them.
    `namespace`: of the kit's metrics. One failing minute of the last few is enough: metrics come late, and until
    then FILL says 0 of the newest minute (Amazon CloudWatch User Guide, "Using math expressions with CloudWatch
    metrics", FILL).
    """
    consumer = names.consumer(service)
    invocations = {"FunctionName": consumer, "Resource": f"{consumer}:{alias}"}
    failures = "FILL(errors, 0) + FILL(dead, 0) + FLOOR(FILL(postponed, 0) / 5)"
    return _alarm(
        scope,
        "Failing",
        names,
        alarm_name=names.alarm(service, "canary"),
        alarm_description=f"{consumer} fails: CodeDeploy takes back the version that it is moving to.",
        metrics=[
            CfnAlarm.MetricDataQueryProperty(id="failures", expression=failures, return_data=True),
            _metric("errors", "AWS/Lambda", "Errors", invocations),
            _metric("dead", namespace, "EventDeadLettered", {"service": service}),
            _metric("postponed", namespace, "EventPostponed", {"service": service}),
        ],
        evaluation_periods=CANARY_MINUTES,
        datapoints_to_alarm=1,
    )


def _alarm(scope: Construct, id: str, names: Names, **properties: Any) -> CfnAlarm:
    """Notify the platform's topic when the metric is above zero; no data means that nothing happens."""
    return CfnAlarm(
        scope,
        id,
        comparison_operator="GreaterThanThreshold",
        threshold=0,
        treat_missing_data="notBreaching",
        alarm_actions=[arn("sns", names.alarms_topic)],
        **properties,
    )


def _in_each_minute(namespace: str, name: str, dimensions: Mapping[str, str]) -> dict[str, Any]:
    """What makes an alarm one on the sum of a single metric in each minute."""
    named = [CfnAlarm.DimensionProperty(name=key, value=value) for key, value in dimensions.items()]
    return {"namespace": namespace, "metric_name": name, "dimensions": named, "statistic": "Sum", "period": 60}


def _metric(
    id: str, namespace: str, name: str, dimensions: Mapping[str, str], statistic: str = "Sum"
) -> CfnAlarm.MetricDataQueryProperty:
    metric = CfnAlarm.MetricProperty(
        namespace=namespace,
        metric_name=name,
        dimensions=[CfnAlarm.DimensionProperty(name=key, value=value) for key, value in dimensions.items()],
    )
    statistics = CfnAlarm.MetricStatProperty(metric=metric, period=60, stat=statistic)
    return CfnAlarm.MetricDataQueryProperty(id=id, return_data=False, metric_stat=statistics)
