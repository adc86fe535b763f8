"""Rules: which events they take, what their targets get, retries, dead-letter queues, schedules and other buses."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from ensemble.aws.errors import DeploymentRefused
from ensemble.aws.rules import MOST_REMEMBERED, Filter, Rule, head_of
from ensemble.laptop import Laptop
from ensemble.laptop.buses import Bus
from tests.toolkit.laptop.assemblies import Template, function, get, queue, queue_policy, resource, rule
from tests.toolkit.laptop.small import FAILS, SUCCEEDS, entry, laptop_with, left_out, seen_by

PLACED = {"detail-type": ["LoanRequested"]}


def event(**members: str) -> dict[str, Any]:
    return {
        "account": "1",
        "source": "lending",
        "detail-type": "LoanRequested",
        "detail": {"loan_id": "l-1"},
        **members,
    }


def takes(pattern: Filter, event: dict[str, Any]) -> bool:
    return pattern.takes(event, head_of(event))


def test_a_pattern_that_remembers_answers_each_event_by_all_that_it_asks() -> None:
    pattern = Filter({"account": ["1"], "source": [{"prefix": "l"}], "replay-name": [{"exists": False}]})
    events = [event(), event(account="2"), event(source="mail"), event(source="library"), event(**{"replay-name": "r"})]

    once = [takes(pattern, one) for one in events]

    assert once == [True, False, False, True, False]
    assert [takes(pattern, one) for one in events] == once


def test_a_pattern_remembers_so_many_answers_and_goes_on() -> None:
    pattern = Filter({"source": [{"suffix": "7"}]})
    events = [event(source=f"source-{number}") for number in range(2 * MOST_REMEMBERED + 10)]

    assert [takes(pattern, one) for one in events] == [one["source"].endswith("7") for one in events]
    assert len(pattern._answers) <= MOST_REMEMBERED


def test_a_bus_asks_the_rules_that_name_an_events_source_and_type() -> None:
    bus = Bus("lending", "arn")
    asked: list[dict[str, list[Any]]] = [{"source": ["lending"]}, {"detail-type": ["LoanReturned"]}, {"version": ["0"]}]
    bus.rules = [Rule(str(number), "arn", "lending", Filter(one)) for number, one in enumerate(asked)]

    before = [rule.name for rule in bus.rules_of(event())]
    bus.rules.append(Rule("late", "arn", "lending", Filter({"source": ["lending"]})))

    assert before == ["0", "2"]
    assert [rule.name for rule in bus.rules_of(event())] == ["0", "2", "late"]


def test_a_rule_that_was_disabled_meanwhile_takes_no_more(tmp_path: Path) -> None:
    with to_inbox(tmp_path) as laptop:
        laptop.put_events([entry()])
        laptop.answer({"x-amz-target": "AWSEvents.DisableRule"}, b'{"Name": "placed", "EventBusName": "lending"}')
        laptop.put_events([entry()])

        assert len(bodies(laptop, "inbox")) == 1


def to_inbox(directory: Path, target: Template | None = None, **properties: Any) -> Laptop:
    """Deploy a rule for LoanRequested that sends to the queue `inbox`, with the dead-letter queue `lost`."""
    full = {"Arn": get("Inbox"), "DeadLetterConfig": {"Arn": get("Lost")}} | (target or {})
    return laptop_with(
        directory,
        Inbox=queue(QueueName="inbox"),
        Lost=queue(QueueName="lost"),
        Rule=rule(PLACED, full, Name="placed", **properties),
        Policy=queue_policy(["Inbox", "Lost"], "Rule"),
    )


def bodies(laptop: Laptop, queue_name: str) -> list[str]:
    laptop.run_until_idle()
    return [message.body for message in laptop.queue(queue_name).messages]


def attributes_of_lost(laptop: Laptop) -> dict[str, Any]:
    laptop.run_until_idle()
    (message,) = laptop.queue("lost").messages
    return {name: value["StringValue"] for name, value in message.attributes.items()}


def test_a_rule_takes_only_what_its_pattern_matches(tmp_path: Path) -> None:
    with to_inbox(tmp_path) as laptop:
        laptop.put_events(
            [entry("LoanRequested"), entry("LoanRefused"), entry("LoanRequested", EventBusName="default")]
        )

        assert [json.loads(body)["detail-type"] for body in bodies(laptop, "inbox")] == ["LoanRequested"]


@pytest.mark.parametrize(
    "pattern",
    [
        {"detail": {"total": [{"numeric": [">", 5]}]}},
        {"source": [{"anything-but": "legacy"}], "detail": {"total": [7]}},
        {"$or": [{"detail": {"total": [7]}}, {"source": ["nobody"]}]},
        {"replay-name": [{"exists": False}], "detail-type": ["LoanRequested"], "detail": {"total": [7]}},
    ],
)
def test_a_pattern_may_ask_anything_of_the_event(tmp_path: Path, pattern: Template) -> None:
    with laptop_with(
        tmp_path,
        Inbox=queue(QueueName="inbox"),
        Rule=rule(pattern, {"Arn": get("Inbox")}),
        Policy=queue_policy(["Inbox"], "Rule"),
    ) as laptop:
        laptop.put_events([entry(detail={"total": 7}), entry(detail={"total": 3})])

        assert [json.loads(body)["detail"] for body in bodies(laptop, "inbox")] == [{"total": 7}]


def test_a_disabled_rule_takes_nothing(tmp_path: Path) -> None:
    with to_inbox(tmp_path, State="DISABLED") as laptop:
        laptop.put_events([entry()])

        assert bodies(laptop, "inbox") == []


def test_an_event_goes_to_each_target_of_each_matching_rule(tmp_path: Path) -> None:
    one, other = {"Id": "1", "Arn": get("One")}, {"Id": "2", "Arn": get("Other")}
    both = resource("AWS::Events::Rule", EventBusName="lending", EventPattern=PLACED, Targets=[one, other])
    with laptop_with(
        tmp_path,
        One=queue(QueueName="one"),
        Other=queue(QueueName="other"),
        Both=both,
        Again=rule({"source": ["lending"]}, {"Arn": get("One")}),
        Policy=queue_policy(["One", "Other"], "Both"),
        PolicyAgain=queue_policy(["One"], "Again"),
    ) as laptop:
        laptop.put_events([entry()])

        assert (len(bodies(laptop, "one")), len(bodies(laptop, "other"))) == (2, 1)


def test_a_target_may_want_a_constant_input(tmp_path: Path) -> None:
    with to_inbox(tmp_path, {"Input": '{"tick":true}'}) as laptop:
        laptop.put_events([entry()])

        assert bodies(laptop, "inbox") == ['{"tick":true}']


def test_a_target_may_want_a_part_of_the_event(tmp_path: Path) -> None:
    with to_inbox(tmp_path, {"InputPath": "$.detail.loan_id"}) as laptop:
        laptop.put_events([entry()])

        assert bodies(laptop, "inbox") == ['"l-1"']


def test_an_event_whose_queue_does_not_let_the_rule_in_goes_untried_again_to_the_dead_letter_queue(
    tmp_path: Path,
) -> None:
    with laptop_with(
        tmp_path,
        Inbox=queue(QueueName="inbox"),
        Lost=queue(QueueName="lost"),
        Other=rule({"source": ["other"]}, {"Arn": get("Inbox")}, Name="other"),
        Rule=rule(PLACED, {"Arn": get("Inbox"), "DeadLetterConfig": {"Arn": get("Lost")}}, Name="placed"),
        Policy=queue_policy(["Inbox"], "Other"),
        LostPolicy=queue_policy(["Lost"], "Rule"),
    ) as laptop:
        laptop.put_events([entry()])

        attributes = attributes_of_lost(laptop)
        assert attributes.pop("ERROR_MESSAGE").startswith("the policy of arn:aws:sqs:eu-west-1:000000000000:inbox")
        assert attributes == {
            "RULE_ARN": "arn:aws:events:eu-west-1:000000000000:rule/lending/placed",
            "TARGET_ARN": "arn:aws:sqs:eu-west-1:000000000000:inbox",
            "ERROR_CODE": "NO_PERMISSIONS",
            "RETRY_ATTEMPTS": "0",
        }
        assert bodies(laptop, "inbox") == []
        assert list(laptop.dead_letters()) == ["lost"]


def test_an_event_whose_target_is_gone_goes_to_the_dead_letter_queue_as_it_came(tmp_path: Path) -> None:
    with to_inbox(tmp_path, {"Arn": "arn:aws:sqs:eu-west-1:000000000000:gone"}) as laptop:
        laptop.put_events([entry()])

        assert attributes_of_lost(laptop)["ERROR_CODE"] == "NO_RESOURCE"
        assert [json.loads(body)["detail-type"] for body in bodies(laptop, "lost")] == ["LoanRequested"]


def test_an_event_that_no_dead_letter_queue_takes_is_noted_as_lost(tmp_path: Path) -> None:
    with laptop_with(
        tmp_path,
        Lost=queue(QueueName="lost"),
        Without=rule(PLACED, {"Arn": "arn:aws:sqs:eu-west-1:000000000000:gone"}, Name="without"),
        Closed=rule(
            PLACED,
            {"Arn": "arn:aws:sqs:eu-west-1:000000000000:gone", "DeadLetterConfig": {"Arn": get("Lost")}},
            Name="closed",
        ),
    ) as laptop:
        laptop.put_events([entry()])
        laptop.run_until_idle()

        assert sorted(loss.where.rsplit("/", 1)[-1] for loss in laptop.losses) == ["closed", "without"]
        assert laptop.dead_letters() == {}


def test_a_delivery_is_tried_again_until_the_target_is_back(tmp_path: Path) -> None:
    with to_inbox(tmp_path) as laptop:
        laptop.queue("inbox").out_of_service = True
        laptop.put_events([entry()])
        laptop.advance(5)
        laptop.queue("inbox").out_of_service = False

        assert len(bodies(laptop, "inbox")) == 1
        assert laptop.dead_letters() == {}


@pytest.mark.parametrize(
    ("policy", "exhausted", "retries"),
    [
        ({"MaximumRetryAttempts": 2}, "MaximumRetryAttempts", "2"),
        ({"MaximumRetryAttempts": 0}, "MaximumRetryAttempts", "0"),
        ({"MaximumEventAgeInSeconds": 60}, "MaximumEventAgeInSeconds", "5"),
    ],
)
def test_retries_end_at_whichever_limit_comes_first(
    tmp_path: Path, policy: Template, exhausted: str, retries: str
) -> None:
    with to_inbox(tmp_path, {"RetryPolicy": policy}) as laptop:
        laptop.queue("inbox").out_of_service = True
        laptop.put_events([entry()])

        attributes = attributes_of_lost(laptop)
        assert (attributes["EXHAUSTED_RETRY_CONDITION"], attributes["RETRY_ATTEMPTS"]) == (exhausted, retries)
        assert attributes["ERROR_CODE"] == "ERROR_FROM_TARGET"


def test_without_a_policy_a_delivery_is_retried_185_times_in_about_a_day(tmp_path: Path) -> None:
    with to_inbox(tmp_path) as laptop:
        laptop.queue("inbox").out_of_service = True
        laptop.put_events([entry()])
        start = laptop.now()

        retries = int(attributes_of_lost(laptop)["RETRY_ATTEMPTS"])

        assert 180 <= retries <= 185
        assert 22 * 3_600 < laptop.now() - start <= 24 * 3_600


def test_a_delivery_can_be_doubled(tmp_path: Path) -> None:
    with to_inbox(tmp_path) as laptop:
        laptop.duplicate_deliveries = 2
        laptop.put_events([entry()])

        one, other = bodies(laptop, "inbox")
        assert one == other


def scheduled(directory: Path, schedule: str, handler: str = SUCCEEDS, *, permitted: bool = True) -> Laptop:
    """Deploy a schedule that invokes the function `sweep`."""
    target = {"Id": "0", "Arn": get("Sweep"), "DeadLetterConfig": {"Arn": get("Lost")}}
    permission = resource(
        "AWS::Lambda::Permission",
        Action="lambda:InvokeFunction",
        FunctionName=get("Sweep"),
        Principal="events.amazonaws.com",
        SourceArn=get("Rule"),
    )
    return laptop_with(
        directory,
        bundles={"sweep": handler},
        Sweep=function("sweep"),
        Lost=queue(QueueName="lost"),
        Rule=resource("AWS::Events::Rule", Name="every", ScheduleExpression=schedule, Targets=[target]),
        Policy=queue_policy(["Lost"], "Rule"),
        **({"Permission": permission} if permitted else {}),
    )


@pytest.mark.parametrize(("schedule", "times"), [("rate(1 minute)", 120), ("rate(2 hours)", 1), ("rate(1 day)", 0)])
def test_a_schedule_invokes_its_function_at_its_rate(tmp_path: Path, schedule: str, times: int) -> None:
    with scheduled(tmp_path, schedule) as laptop:
        laptop.advance(2 * 3_600 + 1)

        assert laptop.function("sweep").invocations == times


def test_a_schedules_function_gets_the_scheduled_event(tmp_path: Path) -> None:
    with scheduled(tmp_path, "rate(1 minute)") as laptop:
        seen = seen_by(laptop, "sweep")
        laptop.advance(61)

        (event,) = seen
        assert event.pop("id")
        assert event == {
            "version": "0",
            "detail-type": "Scheduled Event",
            "source": "aws.events",
            "account": "000000000000",
            "time": "2026-01-01T00:01:00Z",
            "region": "eu-west-1",
            "resources": ["arn:aws:events:eu-west-1:000000000000:rule/every"],
            "detail": {},
        }


def test_a_schedule_alone_does_not_keep_the_laptop_busy(tmp_path: Path) -> None:
    with scheduled(tmp_path, "rate(1 minute)") as laptop:
        start = laptop.now()
        laptop.run_until_idle()

        assert (laptop.now(), laptop.function("sweep").invocations) == (start, 0)


def test_a_cron_schedule_invokes_its_function_when_it_is_due(tmp_path: Path) -> None:
    with scheduled(tmp_path, "cron(0 12 * * ? *)") as laptop:
        seen = seen_by(laptop, "sweep")
        laptop.run_for(2 * 86_400)

        assert [event["time"] for event in seen] == ["2026-01-01T12:00:00Z", "2026-01-02T12:00:00Z"]


def test_a_function_that_does_not_let_the_rule_invoke_it_is_not_invoked(tmp_path: Path) -> None:
    with scheduled(tmp_path, "rate(1 hour)", permitted=False) as laptop:
        laptop.advance(3_601)

        assert attributes_of_lost(laptop)["ERROR_CODE"] == "NO_PERMISSIONS"
        assert laptop.function("sweep").invocations == 0


def test_a_function_that_a_rule_invokes_is_invoked_twice_more_when_it_fails_and_then_the_event_is_lost(
    tmp_path: Path,
) -> None:
    with scheduled(tmp_path, "rate(1 hour)", FAILS) as laptop:
        laptop.advance(3_600 + 59)
        tries = [laptop.function("sweep").invocations]
        for seconds in (2, 119, 2):
            laptop.advance(seconds)
            tries.append(laptop.function("sweep").invocations)

        assert tries == [1, 2, 2, 3]
        assert [loss.where.rsplit(":", 1)[-1] for loss in laptop.losses] == ["sweep"]


def forwarding(directory: Path, target: Template, **more: Template) -> Laptop:
    """Deploy a rule that forwards LoanRequested to the bus `second`, whose events go to the queue `inbox`."""
    return laptop_with(
        directory,
        Second=resource("AWS::Events::EventBus", Name="second"),
        Lost=queue(QueueName="lost"),
        Forward=rule(PLACED, {"Arn": get("Second"), "DeadLetterConfig": {"Arn": get("Lost")}} | target),
        LostPolicy=queue_policy(["Lost"], "Forward"),
        Inbox=queue(QueueName="inbox"),
        Rule=rule(PLACED, {"Arn": get("Inbox")}, bus="second"),
        Policy=queue_policy(["Inbox"], "Rule"),
        **more,
    )


def test_a_rule_with_a_role_forwards_events_to_another_bus_unchanged(tmp_path: Path) -> None:
    with forwarding(tmp_path, {"RoleArn": get("Role")}) as laptop:
        event_id = laptop.put_events([entry()])["Entries"][0]["EventId"]

        assert [json.loads(body)["id"] for body in bodies(laptop, "inbox")] == [event_id]


def test_a_bus_without_a_policy_takes_nothing_from_a_rule_without_a_role(tmp_path: Path) -> None:
    with forwarding(tmp_path, {}) as laptop:
        laptop.put_events([entry()])

        assert attributes_of_lost(laptop)["ERROR_CODE"] == "NO_PERMISSIONS"
        assert bodies(laptop, "inbox") == []


def test_a_buss_policy_lets_a_rule_in(tmp_path: Path) -> None:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "events:PutEvents",
        "Resource": get("Second"),
    }
    policy = resource("AWS::Events::EventBusPolicy", EventBusName="second", StatementId="all", Statement=statement)
    with forwarding(tmp_path, {}, BusPolicy=policy) as laptop:
        laptop.put_events([entry()])

        assert len(bodies(laptop, "inbox")) == 1


@pytest.mark.parametrize(
    ("target", "named"),
    [
        ({"InputTransformer": {"InputTemplate": "<x>"}}, "<x>, for which there is no path"),
        ({"Arn": "arn:aws:kinesis:eu-west-1:000000000000:stream/s"}, "only queues, functions, topics, buses and API"),
        ({"InputPath": "$.detail.items[?(@.a)]"}, r".*items\[\?"),
    ],
)
def test_a_target_that_would_not_be_run_as_on_aws_is_listed_and_left_out(
    tmp_path: Path, target: Template, named: str
) -> None:
    with to_inbox(tmp_path, target) as laptop:
        laptop.put_events([entry()])
        laptop.run_until_idle()

        assert re.match(f"its target arn.* is not run: .*{named}", left_out(laptop)["Rule"])
        assert bodies(laptop, "inbox") == []
        assert laptop.losses == []


def test_of_two_targets_the_one_that_is_run_gets_its_events(tmp_path: Path) -> None:
    stream = {"Id": "1", "Arn": "arn:aws:kinesis:eu-west-1:000000000000:stream/s"}
    both = rule(PLACED, {"Arn": get("Inbox")})
    both["Properties"]["Targets"].append(stream)
    policy = queue_policy(["Inbox"], "Rule")
    with laptop_with(tmp_path, Inbox=queue(QueueName="inbox"), Rule=both, Policy=policy) as laptop:
        laptop.put_events([entry()])
        laptop.run_until_idle()

        assert len(bodies(laptop, "inbox")) == 1
        assert left_out(laptop)["Rule"].endswith("topics, buses and API destinations are run as targets")


def test_a_rule_on_a_bus_that_is_not_there_is_listed(tmp_path: Path) -> None:
    with laptop_with(tmp_path, Rule=rule(PLACED, {"Arn": "arn:aws:sqs:::x"}, bus="elsewhere")) as laptop:
        assert left_out(laptop) == {"Rule": "it is for the event bus elsewhere, which is not run here"}


def test_a_rule_whose_pattern_is_not_valid_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(DeploymentRefused, match="lending/Rule has an event pattern that is not valid"):
        laptop_with(tmp_path, Rule=rule({"source": "not-a-list"}, {"Arn": "arn:aws:sqs:::x"}))


@pytest.mark.parametrize(
    "schedule", ["rate(1 minutes)", "rate(2 minute)", "rate(0 minutes)", "rate(5)", "every day", "cron(0 12 * * * *)"]
)
def test_a_schedule_that_is_not_valid_is_refused(tmp_path: Path, schedule: str) -> None:
    with pytest.raises(DeploymentRefused, match="which is not valid"):
        scheduled(tmp_path, schedule)
