"""EventBridge Scheduler: schedules that send to a queue, a bus, a topic or a function."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ensemble.aws.errors import DeploymentRefused
from ensemble.laptop import Laptop
from tests.toolkit.laptop.assemblies import Template, function, get, queue, resource
from tests.toolkit.laptop.small import SUCCEEDS, laptop_with, left_out, seen_by

ARN = "arn:aws:scheduler:eu-west-1:000000000000:schedule/default/nightly"
OFF = {"Mode": "OFF"}


def scheduled(directory: Path, expression: str, target: Template | None = None, **properties: Any) -> Laptop:
    """Deploy the schedule `nightly`, beside a queue, a topic and a function that it may send to."""
    full = {"Arn": get("Inbox"), "RoleArn": get("Role"), **(target or {})}
    schedule = {"Name": "nightly", "ScheduleExpression": expression, "FlexibleTimeWindow": OFF, "Target": full}
    return laptop_with(
        directory,
        bundles={"one": SUCCEEDS},
        Inbox=queue(QueueName="inbox"),
        Ordered=queue(QueueName="ordered.fifo", FifoQueue=True, ContentBasedDeduplication=True),
        Lost=queue(QueueName="lost"),
        News=resource("AWS::SNS::Topic", TopicName="news"),
        One=function("one"),
        Narrow=resource("AWS::IAM::Role", AssumeRolePolicyDocument={}, RoleName="narrow"),
        Schedule=resource("AWS::Scheduler::Schedule", **schedule | properties),
    )


def bodies(laptop: Laptop, name: str = "inbox") -> list[str]:
    return [message.body for message in laptop.queue(name).messages]


def test_a_rate_sends_its_input_at_once_and_then_again_and_again(tmp_path: Path) -> None:
    with scheduled(tmp_path, "rate(1 hour)", {"Input": '{"sweep": true}'}) as laptop:
        laptop.run_for(1)
        first = bodies(laptop)
        laptop.run_for(3 * 3_600)

        assert first == ['{"sweep": true}']
        assert len(bodies(laptop)) == 4
        assert left_out(laptop) == {}


def test_a_cron_expression_is_due_in_its_time_zone(tmp_path: Path) -> None:
    target = {"Input": '{"at": "<aws.scheduler.scheduled-time>", "by": "<aws.scheduler.schedule-arn>"}'}
    with scheduled(tmp_path, "cron(0 9 * * ? *)", target, ScheduleExpressionTimezone="Europe/Berlin") as laptop:
        laptop.run_for(86_400)

        assert [json.loads(body) for body in bodies(laptop)] == [{"at": "2026-01-01T08:00:00Z", "by": ARN}]


def test_a_schedule_for_once_is_due_once(tmp_path: Path) -> None:
    with scheduled(tmp_path, "at(2026-01-02T00:00:00)") as laptop:
        laptop.run_for(86_400 * 3)

        (body,) = bodies(laptop)
        assert json.loads(body) | {"id": ""} == {
            "version": "0",
            "id": "",
            "detail-type": "Scheduled Event",
            "source": "aws.scheduler",
            "account": "000000000000",
            "time": "2026-01-02T00:00:00Z",
            "region": "eu-west-1",
            "resources": [ARN],
            "detail": "{}",
        }


def test_nothing_is_due_outside_start_and_end(tmp_path: Path) -> None:
    span: Template = {"StartDate": "2026-01-02T00:00:00Z", "EndDate": "2026-01-02T02:30:00Z"}
    with scheduled(tmp_path, "rate(1 hour)", **span) as laptop:
        laptop.run_for(86_400 * 3)

        assert len(bodies(laptop)) == 3


def test_a_schedule_puts_an_event_on_a_bus(tmp_path: Path) -> None:
    about = {"DetailType": "NightBegan", "Source": "clock"}
    target = {"Arn": get("Bus"), "Input": '{"n": 1}', "EventBridgeParameters": about}
    events: list[Any] = []
    with scheduled(tmp_path, "rate(1 day)", target) as laptop:
        laptop.on_event(lambda bus, event: events.append((bus, event["detail-type"], event["source"], event["detail"])))
        laptop.run_for(1)

        assert events == [("lending", "NightBegan", "clock", {"n": 1})]


def test_a_schedule_invokes_a_function(tmp_path: Path) -> None:
    with scheduled(tmp_path, "rate(1 day)", {"Arn": get("One"), "Input": '{"n": 1}'}) as laptop:
        seen = seen_by(laptop, "one")
        laptop.run_for(1)

        assert seen == [{"n": 1}]


def test_a_schedule_sends_to_a_topic_and_to_a_group_of_a_queue(tmp_path: Path) -> None:
    with scheduled(tmp_path / "topic", "rate(1 day)", {"Arn": {"Ref": "News"}, "Input": "hello"}) as laptop:
        laptop.run_for(1)
        assert [one.message for one in laptop.topic_messages("news")] == ["hello"]

    group = {"Arn": get("Ordered"), "Input": "hello", "SqsParameters": {"MessageGroupId": "all"}}
    with scheduled(tmp_path / "queue", "rate(1 day)", group) as laptop:
        laptop.run_for(1)
        assert [one.group_id for one in laptop.queue("ordered.fifo").messages] == ["all"]


def test_what_the_role_does_not_permit_goes_to_the_dead_letters(tmp_path: Path) -> None:
    target = {"RoleArn": get("Narrow"), "Input": "x", "DeadLetterConfig": {"Arn": get("Lost")}}
    with scheduled(tmp_path, "rate(1 day)", target) as laptop:
        laptop.run_for(1)

        (message,) = laptop.queue("lost").messages
        said = {name: value["StringValue"] for name, value in message.attributes.items()}
        assert (message.body, said["ERROR_CODE"], said["SCHEDULE_ARN"]) == ("x", "AccessDeniedException", ARN)
        assert bodies(laptop) == []


def test_a_target_that_is_out_of_service_is_tried_again(tmp_path: Path) -> None:
    with scheduled(tmp_path, "at(2026-01-01T00:01:00)", {"Input": "x"}) as laptop:
        laptop.queue("inbox").out_of_service = True
        laptop.run_for(70)
        laptop.queue("inbox").out_of_service = False
        laptop.run_for(60)

        assert bodies(laptop) == ["x"]


def test_a_target_that_stays_out_of_service_is_given_up_after_as_many_tries_as_the_policy_says(tmp_path: Path) -> None:
    target = {"Input": "attempt <aws.scheduler.attempt-number>", "RetryPolicy": {"MaximumRetryAttempts": 2}}
    with scheduled(tmp_path, "at(2026-01-01T00:01:00)", target) as laptop:
        laptop.queue("inbox").out_of_service = True
        laptop.run_for(3_600)

        assert [(loss.where, loss.what) for loss in laptop.losses] == [(ARN, "attempt 3")]


def test_a_schedule_that_is_disabled_is_never_due(tmp_path: Path) -> None:
    with scheduled(tmp_path, "rate(1 minute)", State="DISABLED") as laptop:
        laptop.run_for(3_600)

        assert bodies(laptop) == []


def test_a_schedule_goes_on_in_a_changed_account_and_does_not_begin_anew(tmp_path: Path) -> None:
    with scheduled(tmp_path / "one", "rate(1 hour)") as before, scheduled(tmp_path / "two", "rate(2 hours)") as after:
        before.run_for(1_800)
        assert after.restore(json.loads(json.dumps(before.state()))) == []
        after.run_for(3_599)
        early = len(bodies(after))
        after.run_for(2)

        assert (early, len(bodies(after))) == (1, 2)  # the first is the message that the one before had sent


def test_a_flexible_window_is_listed_and_the_schedule_runs_where_it_begins(tmp_path: Path) -> None:
    flexible = {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 15}
    with scheduled(tmp_path, "rate(1 day)", FlexibleTimeWindow=flexible) as laptop:
        laptop.run_for(1)

        assert left_out(laptop) == {"Schedule": "it runs where its flexible window begins"}
        assert len(bodies(laptop)) == 1


@pytest.mark.parametrize(
    ("target", "why"),
    [
        ({"Arn": "arn:aws:scheduler:::aws-sdk:sqs:sendMessage"}, "its target arn:aws:scheduler:::aws-sdk:sqs:send"),
        ({"Arn": "arn:aws:sqs:eu-west-1:000000000000:gone"}, "its target arn:aws:sqs:eu-west-1:000000000000:gone is"),
        ({"EcsParameters": {}}, "its target has EcsParameters, which is not run"),
    ],
)
def test_a_target_of_a_schedule_that_is_not_run_is_listed(tmp_path: Path, target: Template, why: str) -> None:
    with scheduled(tmp_path, "rate(1 day)", target) as laptop:
        assert left_out(laptop)["Schedule"].startswith(why)


def test_a_schedule_that_is_not_valid_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DeploymentRefused, match=r"has the schedule rate\(5\), which is not valid"):
        scheduled(tmp_path, "rate(5)")
