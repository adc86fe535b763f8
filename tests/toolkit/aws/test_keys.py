"""Whom a key does not let in is dropped as AWS drops it, and the laptop says so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ensemble.laptop.laptop import Laptop
from tests.toolkit.laptop.assemblies import get, queue, resource, rule
from tests.toolkit.laptop.small import laptop_with

EVENT = {"Source": "loan", "DetailType": "BookReserved", "Detail": "{}", "EventBusName": "lending"}


def key(*statements: dict[str, Any]) -> dict[str, Any]:
    return resource("AWS::KMS::Key", KeyPolicy={"Statement": list(statements)})


def let(service: str, *actions: str, **condition: Any) -> dict[str, Any]:
    allowed = {"Effect": "Allow", "Principal": {"Service": service}, "Action": list(actions), "Resource": "*"}
    return allowed | ({"Condition": condition} if condition else {})


WRITES = ("kms:GenerateDataKey*", "kms:Decrypt")
OPEN = {
    "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}],
}


def hearing(directory: Path, *statements: dict[str, Any], dead_letters: dict[str, Any] | None = None) -> Laptop:
    """A laptop whose rule sends all events to the queue `inbox`, which the key with these statements encrypts."""
    target = {"Arn": get("Inbox"), "DeadLetterConfig": {"Arn": get("Dead")}}
    urls = [{"Ref": "Inbox"}, {"Ref": "Dead"}]
    return laptop_with(
        directory,
        Key=key(*statements),
        Inbox=queue(QueueName="inbox", KmsMasterKeyId=get("Key")),
        Dead=queue(QueueName="dead", **(dead_letters or {})),
        Policy=resource("AWS::SQS::QueuePolicy", PolicyDocument=OPEN, Queues=urls),
        Rule=rule({"source": ["loan"]}, target),
    )


def test_an_event_reaches_a_queue_whose_key_lets_eventbridge_in(tmp_path: Path) -> None:
    with hearing(tmp_path, let("events.amazonaws.com", *WRITES)) as laptop:
        laptop.put_events([EVENT])
        laptop.run_until_idle()

        assert len(laptop.queues["inbox"].messages) == 1
        assert not laptop.losses


@pytest.mark.parametrize(
    "statement",
    [
        let("sns.amazonaws.com", *WRITES),
        let("events.amazonaws.com", "kms:Decrypt"),
        let("events.amazonaws.com", "kms:GenerateDataKey"),
        let("events.amazonaws.com", *WRITES, ArnLike={"aws:SourceArn": "arn:aws:events:*:*:rule/*"}),
    ],
)
def test_an_event_that_the_key_keeps_out_goes_to_the_dead_letter_queue_of_the_rule(
    tmp_path: Path, statement: dict[str, Any]
) -> None:
    with hearing(tmp_path, statement) as laptop:
        laptop.put_events([EVENT])
        laptop.run_until_idle()

        assert not laptop.queues["inbox"].messages
        (dead,) = laptop.queues["dead"].messages
        assert "does not let events.amazonaws.com kms:" in dead.attributes["ERROR_MESSAGE"]["StringValue"]


def test_one_that_the_key_keeps_out_of_both_is_lost_and_told(tmp_path: Path) -> None:
    with hearing(tmp_path, dead_letters={"KmsMasterKeyId": get("Key")}) as laptop:
        laptop.put_events([EVENT])
        laptop.run_until_idle()

        (loss,) = laptop.losses
        assert loss.why.count("does not let events.amazonaws.com") == 2


OWN_BUS = {"kms:EncryptionContext:aws:events:event-bus:arn": "arn:aws:events:eu-west-1:000000000000:event-bus/lending"}


@pytest.mark.parametrize(
    ("condition", "is_kept"),
    [(OWN_BUS, True), ({name: f"{value}-other" for name, value in OWN_BUS.items()}, False)],
)
def test_an_event_that_its_bus_cannot_encrypt_goes_to_the_dead_letter_queue_of_the_bus(
    tmp_path: Path, condition: dict[str, str], is_kept: bool
) -> None:
    bus = resource(
        "AWS::Events::EventBus", Name="lending", KmsKeyIdentifier=get("Key"), DeadLetterConfig={"Arn": get("Dead")}
    )
    with laptop_with(
        tmp_path,
        Key=key(let("events.amazonaws.com", *WRITES, StringEquals=condition)),
        Bus=bus,
        Dead=queue(QueueName="dead"),
        Policy=resource("AWS::SQS::QueuePolicy", PolicyDocument=OPEN, Queues=[{"Ref": "Dead"}]),
    ) as laptop:
        heard: list[str] = []
        laptop.on_event(lambda _, event: heard.append(event["detail-type"]))
        laptop.put_events([EVENT])
        laptop.run_until_idle()

        assert heard == (["BookReserved"] if is_kept else [])
        assert len(laptop.queues["dead"].messages) == (0 if is_kept else 1)


@pytest.mark.parametrize(("statements", "told"), [([let("cloudwatch.amazonaws.com", *WRITES)], 1), ([], 0)])
def test_an_alarm_that_the_key_of_its_topic_keeps_out_is_lost_and_told(
    tmp_path: Path, statements: list[dict[str, Any]], told: int
) -> None:
    alarm = resource(
        "AWS::CloudWatch::Alarm",
        AlarmName="waiting",
        Namespace="AWS/SQS",
        MetricName="ApproximateNumberOfMessagesVisible",
        Dimensions=[{"Name": "QueueName", "Value": "inbox"}],
        Statistic="Maximum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=0,
        ComparisonOperator="GreaterThanThreshold",
        AlarmActions=[{"Ref": "Topic"}],
    )
    with laptop_with(
        tmp_path,
        Key=key(*statements),
        Inbox=queue(QueueName="inbox"),
        Topic=resource("AWS::SNS::Topic", TopicName="told", KmsMasterKeyId=get("Key")),
        Alarm=alarm,
    ) as laptop:
        laptop.queues["inbox"].send("waits")
        laptop.run_for(180)

        assert len(laptop.topics["told"].messages) == told
        assert len(laptop.losses) == 1 - told
