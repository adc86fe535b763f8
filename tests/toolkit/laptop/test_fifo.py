"""FIFO queues and groups of messages: by rules, by SQS's API, and to a function."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ensemble.aws.errors import DeploymentRefused
from ensemble.laptop import Laptop
from tests.toolkit.laptop.assemblies import Template, function, get, mapping, queue, queue_policy, rule
from tests.toolkit.laptop.clients import client
from tests.toolkit.laptop.small import SUCCEEDS, entry, laptop_with, left_out, seen_by

FIFO: Template = {"FifoQueue": True, "ContentBasedDeduplication": True}


def to_fifo(directory: Path, group: str, **properties: Any) -> Laptop:
    """Deploy a rule that sends to the queue `inbox.fifo`, with the dead-letter queue `lost`."""
    target = {
        "Arn": get("Inbox"),
        "SqsParameters": {"MessageGroupId": group},
        "DeadLetterConfig": {"Arn": get("Lost")},
    }
    return laptop_with(
        directory,
        Inbox=queue(QueueName="inbox.fifo", FifoQueue=True, **properties),
        Lost=queue(QueueName="lost"),
        Rule=rule({"source": ["lending"]}, target, Name="all"),
        Policy=queue_policy(["Inbox", "Lost"], "Rule"),
    )


@pytest.fixture
def sqs(tmp_path: Path) -> Iterator[Any]:
    """SQS's client, to `work.fifo`, which has the dead-letter queue `dead.fifo`, and to `work`."""
    redrive = {"deadLetterTargetArn": get("Dead"), "maxReceiveCount": 1}
    work = queue(QueueName="work.fifo", FifoQueue=True, RedrivePolicy=redrive, VisibilityTimeout=60)
    dead = queue(QueueName="dead.fifo", **FIFO)
    with laptop_with(tmp_path, Work=work, Dead=dead, Plain=queue(QueueName="work")) as laptop:
        made = client(laptop.serve(), "sqs")
        made.laptop = laptop
        yield made


def url(sqs: Any, name: str = "work.fifo") -> str:
    return str(sqs.get_queue_url(QueueName=name)["QueueUrl"])


def send(sqs: Any, body: str, group: str, id: str, name: str = "work.fifo") -> Any:
    return sqs.send_message(QueueUrl=url(sqs, name), MessageBody=body, MessageGroupId=group, MessageDeduplicationId=id)


def receive(sqs: Any, maximum: int = 10, name: str = "work.fifo") -> list[Any]:
    answer = sqs.receive_message(QueueUrl=url(sqs, name), MaxNumberOfMessages=maximum, AttributeNames=["All"])
    return list(answer.get("Messages", []))


def bodies(messages: list[Any]) -> list[str]:
    return [one["Body"] for one in messages]


def test_messages_of_a_group_come_in_order_and_none_while_an_earlier_one_is_in_flight(sqs: Any) -> None:
    for body, group in (("a1", "a"), ("b1", "b"), ("a2", "a"), ("a3", "a"), ("b2", "b")):
        send(sqs, body, group, body)

    (first,) = receive(sqs, 1)
    others = receive(sqs)
    blocked = receive(sqs)
    sqs.delete_message(QueueUrl=url(sqs), ReceiptHandle=first["ReceiptHandle"])
    rest = receive(sqs)

    assert bodies([first]) == ["a1"]
    assert bodies(others) == ["b1", "b2"]
    assert blocked == []
    assert bodies(rest) == ["a2", "a3"]


def test_a_message_that_is_visible_again_comes_before_those_after_it(sqs: Any) -> None:
    for body in ("a1", "a2"):
        send(sqs, body, "a", body, "dead.fifo")

    (first,) = receive(sqs, 1, "dead.fifo")
    handle = first["ReceiptHandle"]
    sqs.change_message_visibility(QueueUrl=url(sqs, "dead.fifo"), ReceiptHandle=handle, VisibilityTimeout=0)

    assert bodies(receive(sqs, name="dead.fifo")) == ["a1", "a2"]


def test_a_message_of_a_group_that_failed_too_often_goes_to_the_dead_letters_with_its_group(sqs: Any) -> None:
    for body in ("a1", "a2"):
        send(sqs, body, "a", body)

    receive(sqs, 1)
    sqs.laptop.run_for(61)

    assert bodies(receive(sqs)) == ["a2"]
    (dead,) = receive(sqs, name="dead.fifo")
    assert (dead["Body"], dead["Attributes"]["MessageGroupId"]) == ("a1", "a")


def test_what_is_sent_twice_within_five_minutes_is_one_message(sqs: Any) -> None:
    first, again = send(sqs, "a1", "a", "1"), send(sqs, "other", "a", "1")
    sqs.laptop.run_for(301)
    later = send(sqs, "later", "a", "1")

    assert first["MessageId"] == again["MessageId"] != later["MessageId"]
    assert int(later["SequenceNumber"]) > int(first["SequenceNumber"])
    assert bodies(receive(sqs)) == ["a1", "later"]


def test_the_content_stands_for_the_id_where_the_queue_says_so(sqs: Any) -> None:
    for body in ("one", "one", "two"):
        sqs.send_message(QueueUrl=url(sqs, "dead.fifo"), MessageBody=body, MessageGroupId="a")

    assert bodies(receive(sqs, name="dead.fifo")) == ["one", "two"]


@pytest.mark.parametrize(
    ("name", "given", "code"),
    [
        ("work.fifo", {"MessageDeduplicationId": "1"}, "MissingParameter"),
        ("work.fifo", {"MessageGroupId": "a"}, "InvalidParameterValue"),
        ("dead.fifo", {"MessageGroupId": "a", "DelaySeconds": 5}, "InvalidParameterValue"),
        ("work", {"MessageDeduplicationId": "1"}, "InvalidParameterValue"),
    ],
)
def test_what_a_kind_of_queue_does_not_take_is_refused(sqs: Any, name: str, given: dict[str, Any], code: str) -> None:
    with pytest.raises(ClientError) as refusal:
        sqs.send_message(QueueUrl=url(sqs, name), MessageBody="x", **given)

    assert refusal.value.response["Error"]["Code"] == code


def test_a_fair_queue_takes_a_group_and_hands_it_over(sqs: Any) -> None:
    sqs.send_message(QueueUrl=url(sqs, "work"), MessageBody="x", MessageGroupId="tenant")

    (message,) = receive(sqs, name="work")

    assert message["Attributes"]["MessageGroupId"] == "tenant"
    assert "SequenceNumber" not in message["Attributes"]


def test_the_attributes_of_a_fifo_queue_say_that_it_is_one(sqs: Any) -> None:
    attributes = sqs.get_queue_attributes(QueueUrl=url(sqs, "dead.fifo"), AttributeNames=["All"])["Attributes"]

    assert (attributes["FifoQueue"], attributes["ContentBasedDeduplication"]) == ("true", "true")


def test_a_rule_sends_each_event_to_the_group_that_it_names(tmp_path: Path) -> None:
    with to_fifo(tmp_path, "$.detail.loan_id", ContentBasedDeduplication=True) as laptop:
        laptop.put_events([entry(detail={"loan_id": id}) for id in ("l-1", "l-2", "l-1")])
        laptop.run_until_idle()

        received = laptop.queue("inbox.fifo").receive(10)
        assert [message.group_id for message in received] == ["l-1", "l-2", "l-1"]


@pytest.mark.parametrize(
    ("group", "properties", "message"),
    [
        ("all", {}, "The queue should either have ContentBasedDeduplication"),
        ("$.detail.gone", {"ContentBasedDeduplication": True}, "the event has no text at $.detail.gone"),
    ],
)
def test_an_event_that_a_fifo_queue_cannot_take_goes_to_the_dead_letters(
    tmp_path: Path, group: str, properties: Template, message: str
) -> None:
    with to_fifo(tmp_path, group, **properties) as laptop:
        laptop.put_events([entry()])
        laptop.run_until_idle()

        (lost,) = laptop.queue("lost").messages
        assert lost.attributes["ERROR_CODE"]["StringValue"] == "INVALID_PARAMETER"
        assert lost.attributes["ERROR_MESSAGE"]["StringValue"].startswith(message)


def test_a_function_gets_the_messages_of_a_group_in_order(tmp_path: Path) -> None:
    work = queue(QueueName="work.fifo", VisibilityTimeout=60, **FIFO)
    one = mapping(get("Work"), "One", BatchSize=1)
    with laptop_with(tmp_path, bundles={"one": SUCCEEDS}, Work=work, One=function("one"), Mapping=one) as laptop:
        seen = seen_by(laptop, "one")
        for body in ("1", "2", "3"):
            laptop.queue("work.fifo").send(body, group_id="a")
        laptop.run_until_idle()

        assert [event["Records"][0]["body"] for event in seen] == ["1", "2", "3"]
        assert seen[0]["Records"][0]["attributes"]["MessageGroupId"] == "a"


def test_a_function_gets_what_waited_for_a_message_of_its_group_as_soon_as_that_is_deleted(tmp_path: Path) -> None:
    work = queue(QueueName="work.fifo", VisibilityTimeout=43_200, **FIFO)
    one = mapping(get("Work"), "One")
    with laptop_with(tmp_path, bundles={"one": SUCCEEDS}, Work=work, One=function("one"), Mapping=one) as laptop:
        seen, waiting = seen_by(laptop, "one"), laptop.queue("work.fifo")
        first = waiting.send("1", group_id="a")
        waiting.receive(1)
        waiting.send("2", group_id="a")
        laptop.run_for(60)
        before = len(seen)
        waiting.delete(first.receipt_handle or "")
        laptop.run_for(1)

        assert before == 0
        assert [event["Records"][0]["body"] for event in seen] == ["2"]


def test_a_fifo_queue_goes_on_in_a_changed_account(tmp_path: Path) -> None:
    inbox = queue(QueueName="inbox.fifo", **FIFO)
    with (
        laptop_with(tmp_path / "before", Inbox=inbox) as before,
        laptop_with(tmp_path / "after", Inbox=inbox) as after,
    ):
        first = before.queue("inbox.fifo").send("one", group_id="a")
        assert after.restore(json.loads(json.dumps(before.state()))) == []
        queued = after.queue("inbox.fifo")
        again, second = queued.send("one", group_id="a"), queued.send("two", group_id="a")

        assert again.message_id == first.message_id
        assert [message.body for message in queued.receive(10)] == ["one", "two"]
        assert int(second.sequence_number or 0) > int(first.sequence_number or 0)


@pytest.mark.parametrize(
    "resources",
    [
        {"Work": queue(QueueName="work", FifoQueue=True)},
        {"Work": queue(QueueName="work.fifo")},
        {
            "Work": queue(QueueName="w.fifo", FifoQueue=True, RedrivePolicy={"deadLetterTargetArn": get("Dead")}),
            "Dead": queue(QueueName="dead"),
        },
    ],
)
def test_names_and_dead_letters_of_fifo_queues_are_as_aws_wants_them(
    tmp_path: Path, resources: dict[str, Template]
) -> None:
    for one in resources.values():
        one["Properties"].get("RedrivePolicy", {})["maxReceiveCount"] = 3
    with pytest.raises(DeploymentRefused, match="FIFO queues"):
        laptop_with(tmp_path, **resources)


def test_a_fifo_queue_without_a_name_gets_one_that_ends_as_it_must(tmp_path: Path) -> None:
    with laptop_with(tmp_path, Work=queue(**FIFO)) as laptop:
        assert (list(laptop.queues), left_out(laptop)) == (["lending-Work.fifo"], {})


def test_a_message_may_be_tried_once_with_a_function(tmp_path: Path) -> None:
    with laptop_with(tmp_path, bundles={"one": SUCCEEDS}, Work=queue(**FIFO), One=function("one")) as laptop:
        assert laptop.deliver("lending-Work.fifo", "one", "{}") == {"batchItemFailures": []}
        assert laptop.queue("lending-Work.fifo").messages == []
