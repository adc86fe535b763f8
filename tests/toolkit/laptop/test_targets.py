"""What rules send to, from template to what is observed: templates of input, topics, functions with dead letters."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ensemble.laptop import Laptop
from ensemble.laptop.queue_attributes import set_attributes
from tests.toolkit.laptop.assemblies import Template, function, get, queue, queue_policy, resource, rule
from tests.toolkit.laptop.small import FAILS, entry, laptop_with, left_out, seen_by

EVERYTHING = {"source": ["lending"]}
TOPIC = resource("AWS::SNS::Topic", TopicName="news")


def topic_policy(**statement: Any) -> Template:
    """Return a policy of the topic `News`, as the CDK writes it for a rule's target."""
    principal = {"Service": "events.amazonaws.com"}
    allow = {"Effect": "Allow", "Principal": principal, "Action": "sns:Publish", "Resource": {"Ref": "News"}}
    document = {"Version": "2012-10-17", "Statement": [allow | statement]}
    return resource("AWS::SNS::TopicPolicy", PolicyDocument=document, Topics=[{"Ref": "News"}])


def test_a_queue_gets_what_a_template_makes_of_the_event(tmp_path: Path) -> None:
    transformer = {
        "InputPathsMap": {"loan": "$.detail.loan_id", "first": "$.resources[0]"},
        "InputTemplate": '{"loan": <loan>, "first": <first>, "by": "<aws.events.rule-name>"}',
    }
    with laptop_with(
        tmp_path,
        Inbox=queue(QueueName="inbox"),
        Rule=rule(EVERYTHING, {"Arn": get("Inbox"), "InputTransformer": transformer}, Name="placed"),
        Policy=queue_policy(["Inbox"], "Rule"),
    ) as laptop:
        laptop.put_events([entry(Resources=["arn:one"])])
        laptop.run_until_idle()

        (message,) = laptop.queue("inbox").messages
        assert json.loads(message.body) == {"loan": "l-1", "first": "arn:one", "by": "placed"}


def test_a_queue_whose_policy_was_changed_takes_no_more_of_what_it_let_in_before(tmp_path: Path) -> None:
    with laptop_with(
        tmp_path,
        Inbox=queue(QueueName="inbox"),
        Rule=rule(EVERYTHING, {"Arn": get("Inbox")}),
        Policy=queue_policy(["Inbox"], "Rule"),
    ) as laptop:
        laptop.put_events([entry()])
        laptop.run_until_idle()
        set_attributes(laptop.queue("inbox"), {"Policy": ""}, lambda _: None)
        laptop.put_events([entry()])
        laptop.run_until_idle()

        assert len(laptop.queue("inbox").messages) == 1
        assert [loss.what["detail"] for loss in laptop.losses] == [{"loan_id": "l-1"}]


def test_a_topic_gets_the_event_of_a_rule_that_its_policy_lets_in(tmp_path: Path) -> None:
    to_topic = rule(EVERYTHING, {"Arn": {"Ref": "News"}, "InputPath": "$.detail"})
    with laptop_with(tmp_path, News=TOPIC, Rule=to_topic, Policy=topic_policy()) as laptop:
        laptop.put_events([entry()])
        laptop.run_until_idle()

        assert [one.message for one in laptop.topic_messages("news")] == ['{"loan_id":"l-1"}']
        assert left_out(laptop) == {}


def test_an_event_that_no_policy_lets_into_a_topic_goes_to_the_dead_letters(tmp_path: Path) -> None:
    to_topic = rule(EVERYTHING, {"Arn": {"Ref": "News"}, "DeadLetterConfig": {"Arn": get("Lost")}}, Name="news")
    closed = topic_policy(Condition={"ArnEquals": {"aws:SourceArn": "arn:aws:events:::rule/other"}})
    lost = {"Lost": queue(QueueName="lost"), "LostPolicy": queue_policy(["Lost"], "Rule")}
    with laptop_with(tmp_path, News=TOPIC, Rule=to_topic, Policy=closed, **lost) as laptop:
        laptop.put_events([entry()])
        laptop.run_until_idle()

        (message,) = laptop.queue("lost").messages
        assert message.attributes["ERROR_CODE"]["StringValue"] == "NO_PERMISSIONS"
        assert not laptop.topic_messages("news")


def to_function(directory: Path, config: Template | None = None, **properties: Any) -> Laptop:
    """Deploy a rule that sends to a function that fails."""
    permission = resource(
        "AWS::Lambda::Permission",
        FunctionName={"Ref": "One"},
        Principal="events.amazonaws.com",
        Action="lambda:InvokeFunction",
        SourceArn=get("Rule"),
    )
    of_calls = resource("AWS::Lambda::EventInvokeConfig", FunctionName={"Ref": "One"}, Qualifier="$LATEST")
    of_calls["Properties"] |= config or {}
    return laptop_with(
        directory,
        bundles={"one": FAILS},
        One=function("one", **properties),
        Rule=rule(EVERYTHING, {"Arn": get("One")}, Name="all"),
        Permission=permission,
        Failed=queue(QueueName="failed"),
        Config=of_calls,
    )


def test_what_a_function_fails_at_for_good_goes_to_its_dead_letter_queue(tmp_path: Path) -> None:
    with to_function(tmp_path, DeadLetterConfig={"TargetArn": get("Failed")}) as laptop:
        seen = seen_by(laptop, "one")
        laptop.put_events([entry()])
        laptop.run_until_idle()

        (message,) = laptop.queue("failed").messages
        assert len(seen) == 3
        assert json.loads(message.body) == seen[0]
        assert message.attributes["ErrorMessage"]["StringValue"] == "no"
        assert not laptop.losses


def test_a_function_is_tried_again_as_often_as_its_settings_say_and_then_its_destination_is_told(
    tmp_path: Path,
) -> None:
    config = {"MaximumRetryAttempts": 1, "DestinationConfig": {"OnFailure": {"Destination": get("Failed")}}}
    with to_function(tmp_path, config) as laptop:
        seen = seen_by(laptop, "one")
        laptop.put_events([entry()])
        laptop.run_until_idle()

        (message,) = laptop.queue("failed").messages
        record = json.loads(message.body)
        assert len(seen) == 2
        assert record["requestPayload"] == seen[0]
        assert record["requestContext"]["condition"] == "RetriesExhausted"
        assert record["requestContext"]["approximateInvokeCount"] == 2
        assert record["responsePayload"]["errorMessage"] == "no"


def test_an_event_that_is_too_old_for_another_try_is_given_up(tmp_path: Path) -> None:
    config = {"MaximumEventAgeInSeconds": 60, "DestinationConfig": {"OnFailure": {"Destination": get("Failed")}}}
    with to_function(tmp_path, config) as laptop:
        seen = seen_by(laptop, "one")
        laptop.put_events([entry()])
        laptop.run_until_idle()

        (message,) = laptop.queue("failed").messages
        assert len(seen) == 2
        assert json.loads(message.body)["requestContext"]["condition"] == "EventAgeExceeded"


def test_a_template_that_makes_no_json_is_no_event_for_a_function(tmp_path: Path) -> None:
    transformer = {"InputPathsMap": {"loan": "$.detail.loan_id"}, "InputTemplate": "the loan <loan>"}
    target = {"Arn": get("One"), "InputTransformer": transformer, "DeadLetterConfig": {"Arn": get("Lost")}}
    with laptop_with(
        tmp_path,
        bundles={"one": FAILS},
        One=function("one"),
        Lost=queue(QueueName="lost"),
        Rule=rule(EVERYTHING, target),
        Policy=queue_policy(["Lost"], "Rule"),
        Permission=resource(
            "AWS::Lambda::Permission",
            FunctionName={"Ref": "One"},
            Principal="events.amazonaws.com",
            Action="lambda:InvokeFunction",
        ),
    ) as laptop:
        laptop.put_events([entry()])
        laptop.run_until_idle()

        (message,) = laptop.queue("lost").messages
        assert message.attributes["ERROR_CODE"]["StringValue"] == "INVALID_JSON"


def test_a_bus_of_another_account_is_listed_and_the_other_target_gets_its_events(tmp_path: Path) -> None:
    both = rule(EVERYTHING, {"Arn": get("Inbox")})
    both["Properties"]["Targets"].append({"Id": "1", "Arn": "arn:aws:events:eu-west-1:999999999999:event-bus/partner"})
    policy = queue_policy(["Inbox"], "Rule")
    with laptop_with(tmp_path, Inbox=queue(QueueName="inbox"), Rule=both, Policy=policy) as laptop:
        laptop.put_events([entry()])
        laptop.run_until_idle()

        assert left_out(laptop)["Rule"].endswith("is not run: it is in another account or region")
        assert (len(laptop.queue("inbox").messages), laptop.losses) == (1, [])
