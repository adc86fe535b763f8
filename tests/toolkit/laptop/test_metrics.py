"""What is measured on the laptop: by AWS's services of themselves, and by functions in what they print."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ensemble.aws.errors import InvocationFailed, PropertyUnsupported
from ensemble.laptop import Laptop
from ensemble.laptop.cloudwatch.embedded import embedded
from ensemble.laptop.cloudwatch.expressions import Expression
from ensemble.laptop.cloudwatch.metrics import Metric
from tests.toolkit.laptop.assemblies import Template, function, get, mapping, queue, resource, rule
from tests.toolkit.laptop.small import FAILS, SUCCEEDS, laptop_with

PRINTS = """
import json
import time
def handler(event, context):
    directive = {"Namespace": "lending", "Dimensions": [["service"]], "Metrics": [{"Name": "Lost", "Unit": "Count"}]}
    about = {"Timestamp": event.get("at", 1000 * time.time()), "CloudWatchMetrics": [directive]}
    print("a line")
    print(json.dumps({"_aws": about, "service": "loan", "Lost": [1.0, 2.0]}))
"""
DAY = {"StartTime": "2026-01-01T00:00:00Z", "EndTime": "2026-01-02T00:00:00Z"}


def alarm(namespace: str, name: str, statistic: str = "Sum", threshold: float = 0, **dimensions: str) -> Template:
    """Return an alarm on a metric: queues are looked at while there are alarms."""
    return resource(
        "AWS::CloudWatch::Alarm",
        Namespace=namespace,
        MetricName=name,
        Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
        Statistic=statistic,
        Period=60,
        EvaluationPeriods=1,
        Threshold=threshold,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
    )


def measured(laptop: Laptop, namespace: str, name: str, statistic: str = "Sum", **dimensions: str) -> list[float]:
    """Return the values of a metric, minute by minute, as the API answers them."""
    metric = {"Namespace": namespace, "MetricName": name}
    named = {"Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()]}
    stat = {"Metric": metric | named, "Stat": statistic, "Period": 60}
    return data(laptop, [{"Id": "m", "MetricStat": stat}])["m"]


def data(laptop: Laptop, queries: list[dict[str, Any]], **span: Any) -> dict[str, list[float]]:
    request = {**DAY, "ScanBy": "TimestampAscending", "MetricDataQueries": queries, **span}
    target = {"x-amz-target": "GraniteServiceVersion20100801.GetMetricData"}
    answer = laptop.answer(target, json.dumps(request).encode())
    assert answer.status == 200, answer.body
    return {one["Id"]: one["Values"] for one in json.loads(answer.body)["MetricDataResults"]}


def test_invocations_are_counted_with_their_errors_in_the_minute_in_which_they_began(tmp_path: Path) -> None:
    bundles = {"good": SUCCEEDS, "bad": FAILS}
    with laptop_with(tmp_path, bundles=bundles, Good=function("good"), Bad=function("bad")) as laptop:
        laptop.invoke("good", {})
        laptop.run_for(90)
        for _ in range(2):
            with pytest.raises(InvocationFailed):
                laptop.invoke("bad", {})

        assert measured(laptop, "AWS/Lambda", "Invocations", FunctionName="good") == [1]
        assert measured(laptop, "AWS/Lambda", "Errors", FunctionName="good") == [0]
        assert measured(laptop, "AWS/Lambda", "Errors", FunctionName="bad") == [2]
        assert measured(laptop, "AWS/Lambda", "Duration", "SampleCount", FunctionName="bad") == [2]
        assert measured(laptop, "AWS/Lambda", "Throttles", FunctionName="bad") == []


def test_a_function_that_is_throttled_is_neither_invoked_nor_failed_and_its_messages_stay(tmp_path: Path) -> None:
    resources = {"Work": queue(QueueName="work"), "Feeds": mapping(get("Work"), "One")}
    with laptop_with(tmp_path, bundles={"one": SUCCEEDS}, One=function("one"), **resources) as laptop:
        laptop.function("one").is_throttled = True
        laptop.queue("work").send("text")
        laptop.run_for(50)

        assert measured(laptop, "AWS/Lambda", "Throttles", FunctionName="one") == [2]  # it is visible again after 30 s
        assert measured(laptop, "AWS/Lambda", "Invocations", FunctionName="one") == []
        assert laptop.failures == []
        laptop.function("one").is_throttled = False
        laptop.run_until_idle()
        assert laptop.queue("work").messages == []


def test_what_a_rule_has_handed_over_waits_for_room_and_is_then_invoked(tmp_path: Path) -> None:
    tick = rule({}, {"Arn": get("One")}, bus=None, Name="tick", ScheduleExpression="rate(5 minutes)")
    del tick["Properties"]["EventPattern"]
    permission = resource(
        "AWS::Lambda::Permission", Action="lambda:InvokeFunction", FunctionName="one", Principal="events.amazonaws.com"
    )
    with laptop_with(tmp_path, bundles={"one": SUCCEEDS}, One=function("one"), Tick=tick, May=permission) as laptop:
        laptop.function("one").is_throttled = True
        laptop.run_for(310)
        assert measured(laptop, "AWS/Events", "Invocations", RuleName="tick") == [1]
        assert measured(laptop, "AWS/Lambda", "Throttles", FunctionName="one") == [5]  # after 0, 1, 2, 4 and 8 s
        laptop.function("one").is_throttled = False
        laptop.run_for(60)

        assert measured(laptop, "AWS/Lambda", "Invocations", FunctionName="one") == [1]
        assert laptop.losses == []


def test_a_throttled_event_is_lost_after_six_hours(tmp_path: Path) -> None:
    placed = rule({"detail-type": ["LoanRequested"]}, {"Arn": get("One")}, Name="placed")
    permission = resource(
        "AWS::Lambda::Permission", Action="lambda:InvokeFunction", FunctionName="one", Principal="events.amazonaws.com"
    )
    with laptop_with(tmp_path, bundles={"one": SUCCEEDS}, One=function("one"), Placed=placed, May=permission) as laptop:
        laptop.function("one").is_throttled = True
        event = {"Source": "lending", "DetailType": "LoanRequested", "Detail": "{}", "EventBusName": "lending"}
        laptop.put_events([event])
        began = laptop.now()
        laptop.run_until_idle()

        assert 5.9 * 3600 < laptop.now() - began <= 6 * 3600
        assert [loss.why for loss in laptop.losses] == ["one: as many of it run as may, for six hours"]


def test_queues_are_looked_at_each_minute_while_there_are_alarms(tmp_path: Path) -> None:
    looks = alarm("AWS/SQS", "ApproximateNumberOfMessagesVisible", QueueName="work")
    with laptop_with(tmp_path, Work=queue(QueueName="work"), Looks=looks) as laptop:
        laptop.run_for(70)
        laptop.queue("work").send("text")
        laptop.run_for(110)

        assert measured(laptop, "AWS/SQS", "ApproximateNumberOfMessagesVisible", QueueName="work") == [0, 1, 1]
        assert measured(laptop, "AWS/SQS", "ApproximateAgeOfOldestMessage", "Maximum", QueueName="work") == [50, 110]


def test_a_message_that_was_received_three_times_has_no_part_in_its_queues_age(tmp_path: Path) -> None:
    looks = alarm("AWS/SQS", "ApproximateAgeOfOldestMessage", QueueName="work")
    with laptop_with(tmp_path, Work=queue(QueueName="work"), Looks=looks) as laptop:
        work = laptop.queue("work")
        work.send("again and again")
        for _ in range(2):
            work.receive(1, visibility_timeout=0)
        laptop.run_for(70)
        work.receive(1, visibility_timeout=0)
        work.send("younger")
        laptop.run_for(50)

        assert len(work.messages) == 2
        assert measured(laptop, "AWS/SQS", "ApproximateAgeOfOldestMessage", "Maximum", QueueName="work") == [60, 50]


def test_metrics_in_what_a_function_prints_are_measured_at_the_laptops_time(tmp_path: Path) -> None:
    with laptop_with(tmp_path, bundles={"one": PRINTS}, One=function("one")) as laptop:
        laptop.invoke("one", {})
        laptop.run_for(60)
        laptop.invoke("one", {})

        assert measured(laptop, "lending", "Lost", service="loan") == [3, 3]
        assert measured(laptop, "lending", "Lost", "Maximum", service="loan") == [2, 2]
        assert measured(laptop, "lending", "Lost", service="shelf") == []


def test_metrics_of_another_instant_are_measured_there_ahead_too(tmp_path: Path) -> None:
    with laptop_with(tmp_path, bundles={"one": PRINTS}, One=function("one")) as laptop:
        laptop.invoke("one", {"at": 1_000 * (laptop.now() + 150)})
        laptop.invoke("one", {"at": 1_000 * (laptop.now() + 86_400)})
        laptop.invoke("one", {})

        assert measured(laptop, "lending", "Lost", service="loan") == [3, 3]


@pytest.mark.parametrize(
    "line",
    ["", '"_aws"', '{"_aws": 1}', '{"_aws": {"CloudWatchMetrics": [{"Dimensions": [["no"]], "Metrics": []}]}}', "[1]"],
)
def test_a_line_that_is_not_of_the_format_has_no_metrics(line: str) -> None:
    assert list(embedded(line)) == []


def test_values_of_longer_periods_are_made_of_their_minutes(tmp_path: Path) -> None:
    with laptop_with(tmp_path, bundles={"one": PRINTS}, One=function("one")) as laptop:
        for _ in range(6):
            laptop.invoke("one", {})
            laptop.run_for(60)
        metric = {"Namespace": "lending", "MetricName": "Lost", "Dimensions": [{"Name": "service", "Value": "loan"}]}
        stat = {"Metric": metric, "Stat": "Sum", "Period": 300}

        assert data(laptop, [{"Id": "m", "MetricStat": stat}]) == {"m": [15, 3]}


M, N = {0: 1.0, 60: 2.0}, {60: 5.0, 120: 7.5}
PERIODS = (0, 60, 120, 180)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("SUM(METRICS())", {0: 1, 60: 7, 120: 7.5}),
        ("MAX(METRICS())", {0: 1, 60: 5, 120: 7.5}),
        ("m + n", {60: 7}),
        ("n - m * 2", {60: 1}),
        ("FILL(m, 0) + FILL(n, 0)", {0: 1, 60: 7, 120: 7.5, 180: 0}),
        ("FLOOR(n / 2)", {60: 2, 120: 3}),
        ("n / (m - 2)", {}),
        ("2 * 3", {0: 6, 60: 6, 120: 6, 180: 6}),
        ("1 / 0", {}),
    ],
)
def test_metric_math_is_done_for_each_period_that_has_values(text: str, value: dict[int, float]) -> None:
    assert Expression(text, ("m", "n")).value({"m": M, "n": N}, PERIODS) == value


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("ANOMALY_DETECTION_BAND(m)", "ANOMALY_DETECTION_BAND(m)"),
        ("m + x", "x"),
        ("FILL(x, 0)", "FILL(x, 0)"),
        ("FILL(METRICS(), 0)", "FILL(METRICS(), 0)"),
        ('SEARCH("{AWS/SQS}", "Sum")', "SEARCH"),
        ("m ** 2", "m ** 2"),
        ("m +", "m +"),
        ("(" * 500 + "m" + ")" * 500, "((("),
        ("SELECT SUM(Errors) FROM x", "SELECT"),
        ("\0", ""),
    ],
)
def test_metric_math_that_is_not_run_is_named_with_what_is(text: str, part: str) -> None:
    with pytest.raises(PropertyUnsupported, match="of metric math numbers, ids, ") as refused:
        Expression(text, ("m", "n"))

    assert part in str(refused.value)


def test_a_metric_is_the_same_in_whatever_order_its_dimensions_come() -> None:
    assert Metric.of("n", "m", {"a": "1", "b": "2"}) == Metric.of("n", "m", {"b": "2", "a": "1"})
    assert str(Metric.of("n", "m", {"a": "1"})) == "n m (a 1)"
