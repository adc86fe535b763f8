"""Alarms on what nobody would otherwise notice, each with the section of the runbook that says what to do about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import ceil
from typing import Any

from aws_cdk.aws_cloudwatch import CfnAlarm
from constructs import Construct

from infrastructure.intrinsics import arn
from infrastructure.naming import DEAD_LETTER_SUFFIX, OLDEST_MESSAGE, RUNBOOK, Names

WAITING_MESSAGES = "ApproximateNumberOfMessagesVisible"

FAILURES = 3
"""Minutes with a failed invocation, or a throttled one, that are no chance any more."""

WAITING_MINUTES = 5

LATE_SECONDS = 190
"""How old a message may be that no invocation has handled, beside the time that one may take. With the usual 30 s of a
function an event that waits for a probe of what is down is never so old before SQS passes it over, at its third
receive; and one whose function died once has come back."""

SILENT_MINUTES, WARM_UP_MINUTES = 3, 10
"""For how many minutes no tick may come, and for how many after the alarm was made that says nothing: a stack makes the
rule last, and its first metrics take a while."""

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
        (owner, "failures"),
        f"Messages wait in one of {', '.join(queues)}: find the cause, then redrive them.",
        metrics=_over_queues("SUM", WAITING_MESSAGES, queues),
        evaluation_periods=1,
    )


def late_alarm(scope: Construct, service: str, names: Names, lanes: Sequence[str], handling_seconds: int) -> None:
    """Raise an alarm when a message of these queues was not handled for minutes, whatever the cause: the mapping to the
    consumer is off or may not receive, the consumer dies at every start, or more comes than it can handle.

    `handling_seconds`: how long an invocation may take, with the window in which its batch is gathered. The queue of
    replayed events is none of them: a replay of many takes its time.
    """
    seconds = LATE_SECONDS + handling_seconds
    _alarm(
        scope,
        "Late",
        names,
        (service, "late"),
        f"For {seconds} s a message of {', '.join(lanes)} was not handled: nobody takes it, or all are busy.",
        metrics=_over_queues("MAX", OLDEST_MESSAGE, lanes),
        evaluation_periods=1,
        threshold=seconds,
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
        (service, "failing"),
        f"{consumer} fails or does not start: its log says why. Its messages wait in their queues.",
        **_in_each_minute("AWS/Lambda", "Errors", {"FunctionName": consumer}),
        **_now_and_then(visibility_timeout),
    )


def throttled_alarm(scope: Construct, service: str, names: Names, visibility_timeout: int) -> None:
    """Raise an alarm when the consumer was throttled in several minutes of the last few: the account has no room for
    it, or its own concurrency is used up. Nothing else tells of a sweep that is throttled: EventBridge handed it over.

    `visibility_timeout`: as for `failing_alarm`.
    """
    consumer = names.consumer(service)
    _alarm(
        scope,
        "Throttled",
        names,
        (service, "throttled"),
        f"There is no room for {consumer} to run, again and again: its messages and timers come late.",
        **_in_each_minute("AWS/Lambda", "Throttles", {"FunctionName": consumer}),
        **_now_and_then(visibility_timeout),
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
        (service, "waiting"),
        f"Events wait at {service}, and none is lost: its log says why, at EventPostponed.",
        **_in_each_minute(names.beginning, "EventPostponed", {"service": service}),
        evaluation_periods=WAITING_MINUTES + 1,
        datapoints_to_alarm=WAITING_MINUTES,
    )


def timers_alarm(scope: Construct, service: str, names: Names) -> None:
    """Raise an alarm when the ticks of the sweep stay away, so that no timer of the service comes due: its rule is off
    or gone. Here no data is the alarm. A sweep that fails, or is throttled, has alarms of its own; and what it sends
    comes by the queue of events."""
    rule = names.sweep(service)
    _alarm(
        scope,
        "Timers",
        names,
        (service, "timers"),
        f"{rule} does not tick any more: no timer of {service} comes due.",
        **_in_each_minute("AWS/Events", "Invocations", {"RuleName": rule}),
        comparison_operator="LessThanThreshold",
        threshold=1,
        evaluation_periods=SILENT_MINUTES,
        treat_missing_data="breaching",
        warm_up_configuration=CfnAlarm.WarmUpConfigurationProperty(warm_up_period_duration_in_minutes=WARM_UP_MINUTES),
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
        (service, "canary"),
        f"{consumer} fails: CodeDeploy takes back the version that it is moving to.",
        metrics=[
            CfnAlarm.MetricDataQueryProperty(id="failures", expression=failures, return_data=True),
            _metric("errors", "AWS/Lambda", "Errors", invocations),
            _metric("dead", namespace, "EventDeadLettered", {"service": service}),
            _metric("postponed", namespace, "EventPostponed", {"service": service}),
        ],
        evaluation_periods=CANARY_MINUTES,
        datapoints_to_alarm=1,
    )


def _alarm(
    scope: Construct, id: str, names: Names, called: tuple[str, str], meaning: str, **properties: Any
) -> CfnAlarm:
    """Notify the platform's topic when the metric is above zero; no data means that nothing happens. Both unless said
    otherwise. `called`: whose it is, and of which kind, which is its section of the runbook."""
    return CfnAlarm(
        scope,
        id,
        alarm_name=names.alarm(*called),
        alarm_description=f"{meaning} {RUNBOOK}#{called[1]}",
        alarm_actions=[arn("sns", names.alarms_topic)],
        **{
            "comparison_operator": "GreaterThanThreshold",
            "threshold": 0,
            "treat_missing_data": "notBreaching",
            **properties,
        },
    )


def _now_and_then(visibility_timeout: int) -> dict[str, Any]:
    """What makes an alarm one of several minutes of the last few, so many that a single message has come as often."""
    periods = max(15, ceil((FAILURES + 1) * visibility_timeout / 60))
    return {"evaluation_periods": periods, "datapoints_to_alarm": FAILURES}


def _in_each_minute(namespace: str, name: str, dimensions: Mapping[str, str]) -> dict[str, Any]:
    """What makes an alarm one on the sum of a single metric in each minute."""
    named = [CfnAlarm.DimensionProperty(name=key, value=value) for key, value in dimensions.items()]
    return {"namespace": namespace, "metric_name": name, "dimensions": named, "statistic": "Sum", "period": 60}


def _over_queues(function: str, metric: str, queues: Iterable[str]) -> list[CfnAlarm.MetricDataQueryProperty]:
    """What makes an alarm one on what a function makes of a metric of all these queues."""
    return [
        CfnAlarm.MetricDataQueryProperty(id="queues", expression=f"{function}(METRICS())", return_data=True),
        *(
            _metric(f"queue{index}", "AWS/SQS", metric, {"QueueName": queue}, "Maximum")
            for index, queue in enumerate(queues)
        ),
    ]


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
