"""Alarms on the laptop: they go off and are quiet again as CloudWatch's pages say, and tell who is to be told."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ensemble.aws.errors import DeploymentRefused
from ensemble.laptop import Laptop, VirtualClock
from ensemble.laptop.cloudwatch.verdict import State, verdict
from ensemble.laptop.rpc import answer_rpc
from tests.toolkit.laptop.assemblies import Template, function, queue, resource, template, write_assembly
from tests.toolkit.laptop.clients import aws, client
from tests.toolkit.laptop.small import laptop_with, left_out

MINUTE = 60

OF_QUEUE: Template = {
    "AlarmName": "waiting",
    "AlarmDescription": "Messages wait.",
    "Namespace": "AWS/SQS",
    "MetricName": "ApproximateNumberOfMessagesVisible",
    "Dimensions": [{"Name": "QueueName", "Value": "work"}],
    "Statistic": "Maximum",
    "Period": 60,
    "EvaluationPeriods": 3,
    "DatapointsToAlarm": 2,
    "Threshold": 0,
    "ComparisonOperator": "GreaterThanThreshold",
    "TreatMissingData": "notBreaching",
    "AlarmActions": [{"Ref": "Told"}],
}
PRINTS = """
import json
import time
def handler(event, context):
    directive = {"Namespace": "lending", "Dimensions": [[]], "Metrics": [{"Name": "Late", "Unit": "Count"}]}
    head = {"Timestamp": round(1000 * time.time()), "CloudWatchMetrics": [directive]}
    print(json.dumps({"_aws": head, "Late": event["late"]}))
"""
OF_FUNCTION = OF_QUEUE | {"Namespace": "lending", "MetricName": "Late", "Dimensions": []}


def laptop_of(directory: Path, alarm: Template, **resources: Template) -> Laptop:
    """Return a laptop with a queue, a topic, a function that prints a metric, and the alarm."""
    return laptop_with(
        directory,
        bundles={"prints": PRINTS},
        Prints=function("prints"),
        Work=queue(QueueName="work"),
        Told=resource("AWS::SNS::Topic", TopicName="told"),
        Alarm=resource("AWS::CloudWatch::Alarm", **alarm),
        **resources,
    )


@pytest.fixture
def laptop(tmp_path: Path) -> Iterator[Laptop]:
    with laptop_of(tmp_path, OF_QUEUE) as laptop:
        yield laptop


def changes(laptop: Laptop) -> list[tuple[str, float]]:
    """Return what the alarms became, and at which minute."""
    start = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
    return [(one.after, (one.at - start) / MINUTE) for one in laptop.alarm_changes]


TABLES = {
    3: {
        "0-X-X": ("OK", "OK", "OK", "OK"),
        "0----": ("OK", "OK", "OK", "OK"),
        "-----": ("INSUFFICIENT_DATA", None, "ALARM", "OK"),
        "0XX-X": ("ALARM", "ALARM", "ALARM", "ALARM"),
        "--X--": ("ALARM", None, "ALARM", "OK"),
    },
    2: {
        "0-X-X": ("ALARM", "ALARM", "ALARM", "ALARM"),
        "00X0X": ("ALARM", "ALARM", "ALARM", "ALARM"),
        "0-X--": ("OK", "OK", "ALARM", "OK"),
        "----0": ("OK", "OK", "ALARM", "OK"),
        "---X-": ("ALARM", None, "ALARM", "OK"),
    },
}
"""The tables of the Amazon CloudWatch User Guide, "How alarm state is evaluated when data is missing": by datapoints to
alarm of three periods and by the last five (X breaches, - is missing), the state where missing data is treated as
missing, ignore, breaching and notBreaching; None: it stays as it is."""


@pytest.mark.parametrize(("needed", "data"), [(needed, data) for needed in TABLES for data in TABLES[needed]])
def test_missing_data_is_treated_as_the_tables_of_cloudwatch_say(needed: int, data: str) -> None:
    points = [{"0": False, "X": True, "-": None}[one] for one in data]
    treatments = ("missing", "ignore", "breaching", "notBreaching")

    assert tuple(verdict(points, needed, 3, one) for one in treatments) == TABLES[needed][data]


@pytest.mark.parametrize("data", ["----X", "---X-"])
def test_data_that_comes_now_and_then_sets_no_alarm_off_at_once(data: str) -> None:
    points = [True if one == "X" else None for one in data]

    assert verdict(points, 3, 3, "missing") is None


def test_an_alarm_goes_off_after_enough_minutes_and_is_quiet_again(laptop: Laptop) -> None:
    laptop.run_for(5 * MINUTE)
    laptop.queue("work").send("text")
    laptop.run_for(4 * MINUTE)
    laptop.queue("work").purge()
    laptop.run_for(5 * MINUTE)

    assert changes(laptop) == [(State.OK, 1), (State.ALARM, 7), (State.OK, 11)]


def test_an_alarm_that_lasts_too_short_stays_quiet(laptop: Laptop) -> None:
    laptop.run_for(5 * MINUTE)
    laptop.queue("work").send("text")
    laptop.run_for(MINUTE)
    laptop.queue("work").purge()
    laptop.run_for(5 * MINUTE)

    assert changes(laptop) == [(State.OK, 1)]


def test_the_topic_is_told_of_an_alarm_that_goes_off_and_of_nothing_else(laptop: Laptop) -> None:
    laptop.queue("work").send("text")
    laptop.run_for(3 * MINUTE)
    laptop.queue("work").purge()
    laptop.run_for(3 * MINUTE)

    (message,) = laptop.topics["told"].messages
    told = json.loads(message.message)
    assert message.subject == 'ALARM: "waiting" in eu-west-1'
    assert (told["AlarmName"], told["AlarmDescription"]) == ("waiting", "Messages wait.")
    assert (told["OldStateValue"], told["NewStateValue"]) == ("OK", "ALARM")
    assert told["StateChangeTime"] == "2026-01-01T00:02:00.000+00:00"
    assert told["NewStateReason"] == (
        "the last values were 1, 1; the alarm goes off where 2 of 3 periods are greater than 0; "
        "missing ones are notBreaching"
    )


def test_nobody_is_told_where_actions_are_not_enabled(tmp_path: Path) -> None:
    with laptop_of(tmp_path, OF_QUEUE | {"ActionsEnabled": False}) as laptop:
        laptop.queue("work").send("text")
        laptop.run_for(3 * MINUTE)

        assert laptop.alarms["waiting"].state is State.ALARM
        assert not laptop.topics["told"].messages


def test_an_alarm_on_what_a_function_prints_goes_off_where_its_data_stays_away(tmp_path: Path) -> None:
    silent = OF_FUNCTION | {"TreatMissingData": "breaching", "ComparisonOperator": "LessThanThreshold", "Threshold": 1}
    with laptop_of(tmp_path, silent) as laptop:
        for _ in range(4):
            laptop.invoke("prints", {"late": 1})
            laptop.run_for(MINUTE)
        laptop.run_for(10 * MINUTE)

        assert changes(laptop) == [(State.ALARM, 1), (State.OK, 2), (State.ALARM, 8)]


def test_an_alarm_that_warms_up_says_nothing_of_data_that_has_not_come_yet(tmp_path: Path) -> None:
    warm_up = {"WarmUpConfiguration": {"WarmUpPeriodDurationInMinutes": 9}}
    with laptop_of(tmp_path, OF_FUNCTION | {"TreatMissingData": "breaching"} | warm_up) as laptop:
        laptop.run_for(20 * MINUTE)

        assert changes(laptop) == [(State.ALARM, 9)]


WARM_UP: Template = {"WarmUpConfiguration": {"WarmUpPeriodDurationInMinutes": 9}, "TreatMissingData": "breaching"}


def test_minutes_in_which_the_laptop_was_asleep_are_no_missing_data_of_an_alarm_that_warms_up(tmp_path: Path) -> None:
    with laptop_of(tmp_path, OF_FUNCTION | WARM_UP | {"Threshold": 1}) as laptop:
        for _ in range(4):
            laptop.invoke("prints", {"late": 1})
            laptop.run_for(MINUTE)
        laptop.engine.clock.move_to(laptop.now() + 60 * MINUTE)
        laptop.run_for(MINUTE)
        assert changes(laptop) == [(State.OK, 3)]

        laptop.run_for(20 * MINUTE)
        assert changes(laptop)[1:] == [(State.ALARM, 73)]


def test_a_night_between_two_starts_is_no_missing_data_of_an_alarm_that_warms_up(tmp_path: Path) -> None:
    alarm = OF_FUNCTION | WARM_UP | {"Threshold": 1}
    with laptop_of(tmp_path / "before", alarm) as before:
        before.run_for(8 * MINUTE)
        state, now = json.loads(json.dumps(before.state())), before.now()

    for minutes, quiet in ((600, 8), (0, 0)):
        later = VirtualClock()
        later.move_to(now + minutes * MINUTE)
        with Laptop(tmp_path / "before" / "assembly", later) as after:
            after.restore(state)
            after.run_for(quiet * MINUTE)
            assert changes(after) == []
            after.run_for(MINUTE)
            assert [one.after for one in after.alarm_changes] == [State.ALARM]


def test_a_longer_period_slides_with_each_minute(tmp_path: Path) -> None:
    sums = {"Statistic": "Sum", "Period": 300, "EvaluationPeriods": 1, "DatapointsToAlarm": 1, "Threshold": 2}
    with laptop_of(tmp_path, OF_FUNCTION | sums) as laptop:
        laptop.run_for(4 * MINUTE)
        for _ in range(3):  # in the minutes 4, 5 and 6, so that no five minutes of the clock have them all
            laptop.invoke("prints", {"late": 1})
            laptop.run_for(MINUTE)
        laptop.run_for(20 * MINUTE)

        assert changes(laptop)[:2] == [(State.OK, 1), (State.ALARM, 7)]


def test_a_warm_up_ends_with_enough_data(tmp_path: Path) -> None:
    with laptop_of(tmp_path, OF_FUNCTION | {"WarmUpConfiguration": {"WarmUpPeriodDurationInMinutes": 9}}) as laptop:
        for _ in range(5):
            laptop.invoke("prints", {"late": 1})
            laptop.run_for(MINUTE)

        assert changes(laptop) == [(State.ALARM, 3)]


def test_alarms_are_evaluated_minute_by_minute_when_time_leaps(laptop: Laptop) -> None:
    laptop.run_for(20)
    laptop.queue("work").send("text")
    laptop.run_for(24 * 60 * MINUTE)

    assert changes(laptop) == [(State.OK, 1), (State.ALARM, 2)]


def test_how_an_alarm_stands_and_what_it_looks_at_is_part_of_the_state(tmp_path: Path) -> None:
    with laptop_of(tmp_path / "before", OF_FUNCTION) as before:
        for _ in range(3):
            before.invoke("prints", {"late": 1})
            before.run_for(MINUTE)
        before.invoke("prints", {"late": 1})
        state = json.loads(json.dumps(before.state()))
        since, now = before.alarms["waiting"].since, before.now()

    with laptop_of(tmp_path / "after", OF_FUNCTION) as after:
        after.engine.clock.move_to(now)
        assert after.restore(state) == []
        assert (after.alarms["waiting"].state, after.alarms["waiting"].since) == (State.ALARM, since)
        after.run_for(3 * MINUTE)
        assert after.alarms["waiting"].state is State.ALARM  # as one that nothing was taken from
        after.run_for(5 * MINUTE)
        assert [one.after for one in after.alarm_changes] == [State.OK]


def test_a_state_of_before_there_were_alarms_is_taken(laptop: Laptop) -> None:
    state = json.loads(json.dumps(laptop.state()))
    del state["alarms"]

    assert laptop.restore(state) == []


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"Dimensions": [{"Name": "QueueName", "Value": "other"}]}, "there is no other here"),
        ({"Namespace": "AWS/RDS"}, "it looks at AWS/RDS Approximate.* which is not measured here"),
        ({"MetricName": "NumberOfMessagesSent"}, "NumberOfMessagesSent .* which is not measured here"),
        ({"Dimensions": []}, "which is not measured here"),
        ({"Statistic": "p99"}, "it looks at the statistic p99"),
        ({"ExtendedStatistic": "p99"}, "it has ExtendedStatistic, which is not run"),
        ({"Period": 10}, "its period is 10 s, and only whole minutes are run"),
        ({"ComparisonOperator": "GreaterThanUpperThreshold"}, "ComparisonOperator is GreaterThanUpperThreshold"),
        ({"EvaluationInterval": 10}, "it has EvaluationInterval, which is not run"),
        (
            {"WarmUpConfiguration": {"OnlyStartEvaluatingAfterWarmUpPeriodEnds": True}},
            "it has OnlyStartEvaluatingAfterWarmUpPeriodEnds, which is not run",
        ),
        ({"Metrics": [{"Id": "e", "Expression": "RATE(m)"}]}, r"the part 'RATE\(m\)' is not run here"),
        ({"AlarmActions": ["arn:aws:lambda:eu-west-1:000000000000:function:x"]}, "its action arn:.* it is no topic"),
    ],
)
def test_what_of_an_alarm_is_not_run_is_listed_by_its_name(tmp_path: Path, changed: Template, why: str) -> None:
    with laptop_of(tmp_path, OF_QUEUE | changed) as laptop:
        assert re.search(why, left_out(laptop)["Alarm"])
        assert ("waiting" in laptop.alarms) == ("AlarmActions" in changed)


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"DatapointsToAlarm": 4}, "wants 4 datapoints of 3"),
        ({"TreatMissingData": "green"}, "treats missing data as 'green'"),
        ({"Metrics": []}, "returns 0 values"),
        ({"Threshold": {"Ref": "AWS::NoValue"}}, "the alarm waiting has no Threshold"),
    ],
)
def test_what_cloudwatch_would_refuse_is_refused(tmp_path: Path, changed: Template, why: str) -> None:
    with pytest.raises(DeploymentRefused, match=why):
        laptop_of(tmp_path, OF_QUEUE | changed)


def test_two_alarms_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DeploymentRefused, match="two resources want to be the alarm 'waiting'"):
        laptop_of(tmp_path, OF_QUEUE, Other=resource("AWS::CloudWatch::Alarm", **OF_QUEUE))


def test_what_has_no_alarms_comes_to_rest_though_time_could_go_on(tmp_path: Path) -> None:
    path = write_assembly(tmp_path, {"lending": template(Work=queue(QueueName="work"))})
    with Laptop(path, VirtualClock()) as laptop:
        laptop.run()

        assert laptop.alarms == {}


def test_the_real_aws_cli_and_boto3_see_the_alarms(laptop: Laptop) -> None:
    server = laptop.serve()
    laptop.queue("work").send("text")
    laptop.run_for(3 * MINUTE)

    by_cli = aws(server, "cloudwatch", "describe-alarms", "--state-value", "ALARM")
    (alarm,) = client(server, "cloudwatch").describe_alarms(AlarmNamePrefix="wait")["MetricAlarms"]

    assert by_cli.returncode == 0, by_cli.stderr
    assert [one["AlarmName"] for one in json.loads(by_cli.stdout)["MetricAlarms"]] == ["waiting"]
    assert alarm["StateValue"] == "ALARM"
    assert alarm["StateUpdatedTimestamp"] == datetime(2026, 1, 1, 0, 2, tzinfo=UTC)
    assert alarm["Dimensions"] == [{"Name": "QueueName", "Value": "work"}]
    assert (alarm["EvaluationPeriods"], alarm["Threshold"]) == (3, 0.0)
    assert client(server, "cloudwatch").describe_alarms(StateValue="OK")["MetricAlarms"] == []


def test_alarms_are_answered_page_by_page(tmp_path: Path) -> None:
    alarms = [resource("AWS::CloudWatch::Alarm", **OF_QUEUE | {"AlarmName": f"a-{number}"}) for number in range(4)]
    more = {f"Alarm{number}": alarm for number, alarm in enumerate(alarms)}
    with laptop_of(tmp_path, OF_QUEUE, **more) as laptop:
        pages = (
            client(laptop.serve(), "cloudwatch")
            .get_paginator("describe_alarms")
            .paginate(PaginationConfig={"PageSize": 2})
        )

        found = [[alarm["AlarmName"] for alarm in page["MetricAlarms"]] for page in pages]
        assert found == [["a-0", "a-1"], ["a-2", "a-3"], ["waiting"]]


def test_boto3_reads_metrics_with_their_times(laptop: Laptop) -> None:
    laptop.queue("work").send("text")
    laptop.run_for(2 * MINUTE)
    metric = {key: OF_QUEUE[key] for key in ("Namespace", "MetricName", "Dimensions")}
    queries: Any = [
        {"Id": "m", "MetricStat": {"Metric": metric, "Stat": "Maximum", "Period": 60}, "ReturnData": False},
        {"Id": "e", "Expression": "m * 2", "Label": "twice"},
    ]
    span = {"StartTime": datetime(2026, 1, 1, tzinfo=UTC), "EndTime": datetime(2026, 1, 2, tzinfo=UTC)}

    answer = client(laptop.serve(), "cloudwatch").get_metric_data(MetricDataQueries=queries, **span)

    (result,) = answer["MetricDataResults"]
    assert (result["Id"], result["Label"], result["Values"]) == ("e", "twice", [2.0, 2.0])
    assert [one.minute for one in result["Timestamps"]] == [1, 0]


def test_what_is_not_answered_is_an_error_that_names_it(laptop: Laptop) -> None:
    cloudwatch = client(laptop.serve(), "cloudwatch")
    span = {"StartTime": datetime(2026, 1, 1, tzinfo=UTC), "EndTime": datetime(2026, 1, 2, tzinfo=UTC)}

    with pytest.raises(ClientError, match="ListDashboards is not answered by the laptop AWS"):
        cloudwatch.list_dashboards()
    with pytest.raises(ClientError, match="ActionPrefix is not answered by the laptop AWS"):
        cloudwatch.describe_alarms(ActionPrefix="arn:")
    with pytest.raises(ClientError, match="SEARCH"):
        cloudwatch.get_metric_data(MetricDataQueries=[{"Id": "e", "Expression": "SEARCH('x', 'Sum')"}], **span)
    with pytest.raises(ClientError, match="'5x' is no token"):
        cloudwatch.describe_alarms(NextToken="5x")


@pytest.mark.parametrize("body", [b"\xff\xff", b"\x1c", b"\x41\x00", b"\x01", b"\x9f" * 5_000])
def test_a_request_that_is_no_cbor_map_is_refused(laptop: Laptop, body: bytes) -> None:
    path = "/service/GraniteServiceVersion20100801/operation/DescribeAlarms"

    assert answer_rpc(laptop.answer, path, body).status == 400
    assert answer_rpc(laptop.answer, "/elsewhere", body).status == 400
