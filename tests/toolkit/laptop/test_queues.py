"""Queues: visibility, delays, receive counts, redrive, retention, and the operations on them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ensemble.aws.errors import AwsError, DeploymentRefused, InvocationFailed, ResourceNotFound
from ensemble.laptop import Laptop
from tests.toolkit.laptop.assemblies import Template, function, get, queue
from tests.toolkit.laptop.small import laptop_with, left_out

URL = "https://sqs.eu-west-1.amazonaws.com/000000000000/"
ARN = "arn:aws:sqs:eu-west-1:000000000000:"


@pytest.fixture
def laptop(tmp_path: Path) -> Iterator[Laptop]:
    redrive = {"deadLetterTargetArn": get("Dead"), "maxReceiveCount": 2}
    with laptop_with(
        tmp_path,
        Work=queue(QueueName="work", VisibilityTimeout=30, RedrivePolicy=redrive),
        Dead=queue(QueueName="dead", MessageRetentionPeriod=1_209_600),
        Slow=queue(QueueName="slow", DelaySeconds=10, MessageRetentionPeriod=3_600),
    ) as laptop:
        yield laptop


def call(laptop: Laptop, operation: str, queue_name: str = "work", **request: Any) -> dict[str, Any]:
    body = json.dumps({"QueueUrl": URL + queue_name} | request).encode()
    answer = laptop.answer({"x-amz-target": f"AmazonSQS.{operation}"}, body)
    content: dict[str, Any] = json.loads(answer.body)
    if answer.status != 200:
        raise AwsError(content["__type"], content["message"])
    return content


def receive(laptop: Laptop, queue_name: str = "work", **request: Any) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = call(
        laptop, "ReceiveMessage", queue_name, MaxNumberOfMessages=10, AttributeNames=["All"], **request
    ).get("Messages", [])
    return messages


def test_a_received_message_is_hidden_until_its_visibility_timeout(laptop: Laptop) -> None:
    call(laptop, "SendMessage", MessageBody="a")

    seen = [len(receive(laptop)), len(receive(laptop))]
    laptop.advance(29)
    seen.append(len(receive(laptop)))
    laptop.advance(2)
    (message,) = receive(laptop)

    assert seen == [1, 0, 0]
    assert message["Attributes"]["ApproximateReceiveCount"] == "2"


def test_a_message_has_the_times_when_it_was_sent_and_first_received(laptop: Laptop) -> None:
    call(laptop, "SendMessage", MessageBody="a")
    laptop.advance(5)
    receive(laptop)
    laptop.advance(31)
    (message,) = receive(laptop)

    assert message["Attributes"]["SentTimestamp"] == "1767225600000"
    assert message["Attributes"]["ApproximateFirstReceiveTimestamp"] == "1767225605000"


def test_a_deleted_message_does_not_come_back(laptop: Laptop) -> None:
    call(laptop, "SendMessage", MessageBody="a")
    (message,) = receive(laptop)
    call(laptop, "DeleteMessage", ReceiptHandle=message["ReceiptHandle"])
    laptop.advance(60)

    assert receive(laptop) == []


def test_an_old_receipt_handle_deletes_nothing(laptop: Laptop) -> None:
    call(laptop, "SendMessage", MessageBody="a")
    (first,) = receive(laptop)
    laptop.advance(31)
    receive(laptop)
    call(laptop, "DeleteMessage", ReceiptHandle=first["ReceiptHandle"])

    assert len(laptop.queue("work").messages) == 1


def test_the_visibility_of_a_message_in_flight_can_be_changed(laptop: Laptop) -> None:
    call(laptop, "SendMessage", MessageBody="a")
    (message,) = receive(laptop)
    call(laptop, "ChangeMessageVisibility", ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=300)
    laptop.advance(299)
    hidden = receive(laptop)
    laptop.advance(2)

    assert (hidden, len(receive(laptop))) == ([], 1)


def test_a_visibility_of_zero_shows_the_message_at_once_and_receives_it_once_a_call(laptop: Laptop) -> None:
    call(laptop, "SendMessage", MessageBody="a")

    assert [len(receive(laptop, VisibilityTimeout=0)), len(receive(laptop))] == [1, 1]


def test_a_message_whose_visibility_was_changed_to_the_same_moment_comes_once(laptop: Laptop) -> None:
    call(laptop, "SendMessage", "dead", MessageBody="a")
    (message,) = receive(laptop, "dead")
    call(laptop, "ChangeMessageVisibility", "dead", ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=30)
    laptop.advance(31)

    assert len(receive(laptop, "dead")) == 1


def test_attributes_come_only_when_asked_for(laptop: Laptop) -> None:
    call(laptop, "SendMessage", MessageBody="a")
    wanted = ["ApproximateReceiveCount"]
    (without,) = call(laptop, "ReceiveMessage", VisibilityTimeout=0)["Messages"]
    (message,) = call(laptop, "ReceiveMessage", MessageSystemAttributeNames=wanted)["Messages"]

    assert "Attributes" not in without
    assert message["Attributes"] == {"ApproximateReceiveCount": "2"}


def test_the_visibility_of_a_message_that_is_not_in_flight_cannot_be_changed(laptop: Laptop) -> None:
    call(laptop, "SendMessage", MessageBody="a")
    (message,) = receive(laptop)
    laptop.advance(31)

    for handle, code in ((message["ReceiptHandle"], "MessageNotInflight"), ("x", "ReceiptHandleIsInvalid")):
        with pytest.raises(AwsError) as refused:
            call(laptop, "ChangeMessageVisibility", ReceiptHandle=handle, VisibilityTimeout=1)
        assert refused.value.code == code


def test_a_message_received_too_often_moves_to_the_dead_letter_queue_and_keeps_its_id(laptop: Laptop) -> None:
    sent = call(laptop, "SendMessage", MessageBody="a")
    for _ in range(2):
        receive(laptop)
        laptop.advance(31)

    assert receive(laptop) == []
    (message,) = receive(laptop, "dead")
    assert message["MessageId"] == sent["MessageId"]
    assert message["Attributes"]["DeadLetterQueueSourceArn"] == ARN + "work"
    assert [letter.body for letter in laptop.dead_letters()["dead"]] == ["a"]


def test_a_delayed_message_is_visible_after_its_own_delay_or_the_queues(laptop: Laptop) -> None:
    call(laptop, "SendMessage", "slow", MessageBody="queue's")
    call(laptop, "SendMessage", "slow", MessageBody="own", DelaySeconds=1)
    laptop.advance(2)
    first = receive(laptop, "slow")
    laptop.advance(9)
    second = receive(laptop, "slow")

    assert [message["Body"] for message in first + second] == ["own", "queue's"]


def test_a_message_past_the_retention_period_is_gone_and_counted(laptop: Laptop) -> None:
    call(laptop, "SendMessage", "slow", MessageBody="a")
    laptop.advance(3_601)

    assert (receive(laptop, "slow"), laptop.queue("slow").messages) == ([], [])
    assert laptop.queue("slow").expired == 1


def test_a_queues_attributes_count_its_messages(laptop: Laptop) -> None:
    call(laptop, "SendMessageBatch", Entries=[{"Id": str(n), "MessageBody": str(n)} for n in range(5)])
    call(laptop, "SendMessage", MessageBody="late", DelaySeconds=60)
    call(laptop, "ReceiveMessage", MaxNumberOfMessages=2)

    attributes = call(laptop, "GetQueueAttributes", AttributeNames=["All"])["Attributes"]
    assert attributes == {
        "QueueArn": ARN + "work",
        "ApproximateNumberOfMessages": "3",
        "ApproximateNumberOfMessagesNotVisible": "2",
        "ApproximateNumberOfMessagesDelayed": "1",
        "VisibilityTimeout": "30",
        "DelaySeconds": "0",
        "MessageRetentionPeriod": "345600",
        "MaximumMessageSize": "1048576",
        "ReceiveMessageWaitTimeSeconds": "0",
        "RedrivePolicy": json.dumps({"deadLetterTargetArn": ARN + "dead", "maxReceiveCount": 2}),
    }
    assert call(laptop, "GetQueueAttributes", AttributeNames=["QueueArn"])["Attributes"] == {"QueueArn": ARN + "work"}


def test_message_attributes_come_back_when_asked_for(laptop: Laptop) -> None:
    attributes = {"reason": {"DataType": "String", "StringValue": "schema"}}
    trace = {"AWSTraceHeader": {"DataType": "String", "StringValue": "Root=1"}}
    call(laptop, "SendMessage", MessageBody="a", MessageAttributes=attributes, MessageSystemAttributes=trace)

    (without,) = receive(laptop, VisibilityTimeout=0)
    (message,) = receive(laptop, MessageAttributeNames=["reason"])
    assert "MessageAttributes" not in without
    assert message["MessageAttributes"] == attributes
    assert message["Attributes"]["AWSTraceHeader"] == "Root=1"


def test_purging_deletes_all_messages(laptop: Laptop) -> None:
    call(laptop, "SendMessage", MessageBody="a")
    call(laptop, "PurgeQueue")

    assert laptop.queue("work").messages == []


def test_a_queues_url_is_found_by_its_name(laptop: Laptop) -> None:
    assert call(laptop, "GetQueueUrl", QueueName="work") == {"QueueUrl": URL + "work"}
    assert call(laptop, "ListQueues", QueueNamePrefix="s") == {"QueueUrls": [URL + "slow"]}


@pytest.mark.parametrize(
    ("operation", "request_", "code"),
    [
        ("SendMessage", {"QueueUrl": URL + "gone", "MessageBody": "a"}, "QueueDoesNotExist"),
        ("SendMessage", {"MessageBody": ""}, "MissingParameter"),
        ("SendMessage", {"MessageBody": "x" * 1_048_577}, "InvalidParameterValue"),
        ("SendMessageBatch", {"Entries": []}, "EmptyBatchRequest"),
        ("SendMessageBatch", {"Entries": [{"Id": "1", "MessageBody": "a"}] * 2}, "BatchEntryIdsNotDistinct"),
        (
            "SendMessageBatch",
            {"Entries": [{"Id": str(n), "MessageBody": "a"} for n in range(11)]},
            "TooManyEntriesInBatchRequest",
        ),
        ("ReceiveMessage", {"MaxNumberOfMessages": 11}, "InvalidParameterValue"),
        ("ReceiveMessage", {"VisibilityTimeout": 43_201}, "InvalidParameterValue"),
        ("SendMessage", {"MessageBody": "a", "DelaySeconds": 901}, "InvalidParameterValue"),
        ("SendMessage", {"MessageBody": "a", "DelaySeconds": -1}, "InvalidParameterValue"),
        ("SendMessage", {"MessageBody": "\x00"}, "InvalidMessageContents"),
        ("StartMessageMoveTask", {"SourceArn": ARN + "work"}, "InvalidParameterValue"),
        ("AddPermission", {}, "UnknownOperationException"),
    ],
)
def test_a_request_that_sqs_refuses_is_refused(laptop: Laptop, operation: str, request_: Template, code: str) -> None:
    with pytest.raises(AwsError) as refused:
        call(laptop, operation, **request_)

    assert refused.value.code == code


def test_a_queue_out_of_service_refuses_messages(laptop: Laptop) -> None:
    laptop.queue("work").out_of_service = True

    with pytest.raises(AwsError) as refused:
        call(laptop, "SendMessage", MessageBody="a")
    assert refused.value.code == "ServiceUnavailable"


def dead_letter(laptop: Laptop) -> str:
    """Let a message be received too often; return its id."""
    message_id: str = call(laptop, "SendMessage", MessageBody="a")["MessageId"]
    for _ in range(3):
        receive(laptop)
        laptop.advance(31)
    return message_id


def test_dead_letters_are_moved_back_to_where_they_came_from_as_new_messages(laptop: Laptop) -> None:
    old = dead_letter(laptop)
    call(laptop, "StartMessageMoveTask", SourceArn=ARN + "dead")

    (message,) = receive(laptop)
    assert message["MessageId"] != old
    assert message["Attributes"]["ApproximateReceiveCount"] == "1"
    assert laptop.dead_letters() == {}


def test_dead_letters_that_were_sent_there_stay_unless_a_destination_is_given(laptop: Laptop) -> None:
    call(laptop, "SendMessage", "dead", MessageBody="refused")
    call(laptop, "StartMessageMoveTask", SourceArn=ARN + "dead")
    (task,) = call(laptop, "ListMessageMoveTasks", SourceArn=ARN + "dead")["Results"]
    stayed = len(laptop.queue("dead").messages)
    call(laptop, "StartMessageMoveTask", SourceArn=ARN + "dead", DestinationArn=ARN + "work")

    assert (task["Status"], task["FailureReason"]) == ("FAILED", "CouldNotDetermineMessageSource")
    assert stayed == 1
    assert [message["Body"] for message in receive(laptop)] == ["refused"]


def test_dead_letters_are_moved_at_a_rate_and_the_task_ends(laptop: Laptop) -> None:
    for number in range(5):
        call(laptop, "SendMessage", "dead", MessageBody=f"{number}")
    rate: Template = {"DestinationArn": ARN + "work", "MaxNumberOfMessagesPerSecond": 2}
    started = call(laptop, "StartMessageMoveTask", SourceArn=ARN + "dead", **rate)
    laptop.run_for(1)
    (under_way,) = call(laptop, "ListMessageMoveTasks", SourceArn=ARN + "dead")["Results"]
    laptop.run_for(1)
    (ended,) = call(laptop, "ListMessageMoveTasks", SourceArn=ARN + "dead")["Results"]

    assert (under_way["Status"], under_way["TaskHandle"]) == ("RUNNING", started["TaskHandle"])
    assert (under_way["ApproximateNumberOfMessagesMoved"], under_way["ApproximateNumberOfMessagesToMove"]) == (4, 5)
    assert (ended["Status"], ended.get("TaskHandle")) == ("COMPLETED", None)
    assert len(laptop.queue("work").messages) == 5


def test_a_task_that_is_cancelled_moves_no_more(laptop: Laptop) -> None:
    for number in range(5):
        call(laptop, "SendMessage", "dead", MessageBody=f"{number}")
    rate: Template = {"DestinationArn": ARN + "work", "MaxNumberOfMessagesPerSecond": 2}
    handle = call(laptop, "StartMessageMoveTask", SourceArn=ARN + "dead", **rate)["TaskHandle"]

    moved = call(laptop, "CancelMessageMoveTask", TaskHandle=handle)
    laptop.run_until_idle()

    (task,) = call(laptop, "ListMessageMoveTasks", SourceArn=ARN + "dead")["Results"]
    assert (moved["ApproximateNumberOfMessagesMoved"], task["Status"]) == (2, "CANCELLED")
    assert len(laptop.queue("dead").messages) == 3
    with pytest.raises(AwsError, match="ResourceNotFoundException"):
        call(laptop, "CancelMessageMoveTask", TaskHandle=handle)


def test_one_task_at_a_time_moves_the_messages_of_a_queue(laptop: Laptop) -> None:
    for number in range(2):
        call(laptop, "SendMessage", "dead", MessageBody=f"{number}")
    rate: Template = {"DestinationArn": ARN + "work", "MaxNumberOfMessagesPerSecond": 1}
    call(laptop, "StartMessageMoveTask", SourceArn=ARN + "dead", **rate)

    with pytest.raises(AwsError, match=r"is running for .*dead already"):
        call(laptop, "StartMessageMoveTask", SourceArn=ARN + "dead")


def test_messages_are_deleted_and_hidden_in_batches(laptop: Laptop) -> None:
    for body in "abc":
        call(laptop, "SendMessage", MessageBody=body)
    messages = call(laptop, "ReceiveMessage", MaxNumberOfMessages=3)["Messages"]
    first, second, third = (one["ReceiptHandle"] for one in messages)
    gone = {"Id": "gone", "ReceiptHandle": "x", "VisibilityTimeout": 0}
    hidden = [{"Id": "a", "ReceiptHandle": first, "VisibilityTimeout": 0}, gone]

    shown = call(laptop, "ChangeMessageVisibilityBatch", Entries=hidden)
    entries = [{"Id": "b", "ReceiptHandle": second}, {"Id": "c", "ReceiptHandle": third}]
    deleted = call(laptop, "DeleteMessageBatch", Entries=entries)

    assert [one["Id"] for one in shown["Successful"]] == ["a"]
    assert [(one["Id"], one["SenderFault"]) for one in shown["Failed"]] == [("gone", True)]
    assert [one["Id"] for one in deleted["Successful"]] == ["b", "c"]
    assert [message["Body"] for message in receive(laptop)] == ["a"]


def test_a_queue_that_is_not_there_is_named_with_those_that_are(laptop: Laptop) -> None:
    with pytest.raises(ResourceNotFound, match=r"no queue 'gone'; there are: dead, slow, work"):
        laptop.queue("gone")


@pytest.mark.parametrize("permission", [{"redrivePermission": "denyAll"}, {"redrivePermission": "byQueue"}])
def test_a_dead_letter_queue_that_allows_no_redrive_is_refused(tmp_path: Path, permission: Template) -> None:
    with pytest.raises(DeploymentRefused, match="dead does not allow"):
        laptop_with(
            tmp_path,
            Work=queue(RedrivePolicy={"deadLetterTargetArn": get("Dead"), "maxReceiveCount": 2}),
            Dead=queue(QueueName="dead", RedriveAllowPolicy=permission),
        )


def test_a_dead_letter_queue_that_allows_the_queue_is_joined(tmp_path: Path) -> None:
    allow = {"redrivePermission": "byQueue", "sourceQueueArns": [ARN + "work"]}
    with laptop_with(
        tmp_path,
        Work=queue(QueueName="work", RedrivePolicy={"deadLetterTargetArn": get("Dead"), "maxReceiveCount": 2}),
        Dead=queue(QueueName="dead", RedriveAllowPolicy=allow),
    ) as laptop:
        assert laptop.queue("work").dead_letter_queue is laptop.queue("dead")


def test_a_dead_letter_queue_that_is_not_there_is_listed(tmp_path: Path) -> None:
    redrive = {"deadLetterTargetArn": ARN + "gone", "maxReceiveCount": 2}
    with laptop_with(tmp_path, Work=queue(QueueName="work", RedrivePolicy=redrive)) as laptop:
        assert left_out(laptop) == {"Work": f"its dead-letter queue {ARN}gone is not run here"}
        assert list(laptop.queues) == ["work"]


def test_the_longest_visibility_timeout_and_delay_are_taken_and_no_longer_ones(laptop: Laptop) -> None:
    call(laptop, "SendMessage", MessageBody="a", DelaySeconds=900)
    laptop.advance(901)

    (message,) = receive(laptop, VisibilityTimeout=43_200)
    with pytest.raises(AwsError, match="Must be between 0 and 43200"):
        call(laptop, "ChangeMessageVisibility", ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=43_201)


def test_a_handlers_message_that_is_no_text_is_refused(tmp_path: Path) -> None:
    sends = """
from botocore.session import get_session
sqs = get_session().create_client("sqs")
def handler(event, context):
    sqs.send_message(QueueUrl=sqs.get_queue_url(QueueName="work")["QueueUrl"], MessageBody="\\ud800")
"""
    with (
        laptop_with(tmp_path, bundles={"one": sends}, One=function("one"), Work=queue(QueueName="work")) as laptop,
        pytest.raises(InvocationFailed, match="InvalidMessageContents"),
    ):
        laptop.invoke("one", {})
