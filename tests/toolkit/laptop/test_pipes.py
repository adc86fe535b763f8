"""EventBridge Pipes: from a queue or a stream to a bus or a queue, with filter, template, retries and dead letters."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ensemble.aws.errors import DeploymentRefused
from ensemble.laptop import Laptop
from tests.toolkit.laptop.assemblies import Template, get, queue, resource, table
from tests.toolkit.laptop.clients import client
from tests.toolkit.laptop.small import laptop_with, left_out

TO_BUS = {"DetailType": "LoanRequested", "Source": "lending"}


def pipe(source: Template, target: Template, **properties: Any) -> Template:
    given = {"Name": "pipe", "RoleArn": get("Role"), "Source": source, "Target": target}
    return resource("AWS::Pipes::Pipe", **given | properties)


def from_queue(directory: Path, parameters: Template | None = None, **properties: Any) -> Laptop:
    """Deploy a pipe from the queue `work`, with the dead-letter queue `dead`, to the bus `lending`."""
    redrive = {"deadLetterTargetArn": get("Dead"), "maxReceiveCount": 2}
    of_target = {"EventBridgeEventBusParameters": TO_BUS} if parameters is None else parameters
    return laptop_with(
        directory,
        Work=queue(QueueName="work", RedrivePolicy=redrive),
        Dead=queue(QueueName="dead"),
        Pipe=pipe(get("Work"), get("Bus"), TargetParameters=of_target, **properties),
    )


def put_by(laptop: Laptop, *bodies: str) -> list[Any]:
    """Send these messages to the queue `work`; return the events that the pipe puts."""
    events: list[Any] = []
    laptop.on_event(lambda _bus, event: events.append(event))
    for body in bodies:
        laptop.queue("work").send(body)
    laptop.run_until_idle()
    return events


def test_what_is_sent_to_the_queue_is_put_on_the_bus(tmp_path: Path) -> None:
    with from_queue(tmp_path) as laptop:
        (event,) = put_by(laptop, '{"loan_id": "l-1"}')

        assert (event["source"], event["detail-type"]) == ("lending", "LoanRequested")
        assert event["detail"]["body"] == '{"loan_id": "l-1"}'
        assert event["detail"]["eventSource"] == "aws:sqs"
        assert (laptop.queue("work").messages, left_out(laptop)) == ([], {})


def test_a_template_makes_the_detail_of_the_body(tmp_path: Path) -> None:
    template = '{"loan": <$.body.loan.id>, "all": <$.body>, "by": "<aws.pipes.pipe-name>", "n": "<$.body.gone>"}'
    parameters = {"InputTemplate": template, "EventBridgeEventBusParameters": TO_BUS | {"DetailType": "$.body.type"}}
    with from_queue(tmp_path, parameters) as laptop:
        body = {"loan": {"id": "l-1"}, "type": "LoanPaid"}
        (event,) = put_by(laptop, json.dumps(body))

        assert event["detail"] == {"loan": "l-1", "all": body, "by": "pipe", "n": ""}
        assert event["detail-type"] == "LoanPaid"


def test_source_and_type_are_those_of_pipes_where_the_pipe_does_not_say_them(tmp_path: Path) -> None:
    with from_queue(tmp_path, {"InputTemplate": "<$.body>"}) as laptop:
        (event,) = put_by(laptop, "{}")

        assert (event["source"], event["detail-type"], event["detail"]) == ("Pipe pipe", "Event from aws:sqs", {})


def test_what_the_filter_does_not_let_pass_is_deleted(tmp_path: Path) -> None:
    criteria = {"Filters": [{"Pattern": json.dumps({"body": {"kind": ["loan"]}})}]}
    with from_queue(tmp_path, SourceParameters={"FilterCriteria": criteria}) as laptop:
        events = put_by(laptop, '{"kind": "loan"}', '{"kind": "fine"}', "no JSON")

        assert [json.loads(event["detail"]["body"])["kind"] for event in events] == ["loan"]
        assert laptop.queue("work").messages == laptop.queue("dead").messages == []


def test_only_what_the_bus_refuses_of_a_batch_is_tried_again_and_ends_among_the_dead_letters(tmp_path: Path) -> None:
    parameters = {"InputTemplate": "<$.body>", "EventBridgeEventBusParameters": TO_BUS}
    with from_queue(tmp_path, parameters) as laptop:
        events = put_by(laptop, '{"n": 1}', "[2]", '{"n": 3}')  # the detail of an event is an object

        assert [event["detail"] for event in events] == [{"n": 1}, {"n": 3}]
        assert [message.body for message in laptop.queue("dead").messages] == ["[2]"]


def test_a_pipe_whose_role_may_not_put_puts_nothing(tmp_path: Path) -> None:
    reading = {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}
    role = resource(
        "AWS::IAM::Role",
        AssumeRolePolicyDocument={},
        Policies=[{"PolicyName": "reading", "PolicyDocument": {"Statement": [reading]}}],
    )
    with laptop_with(
        tmp_path,
        Work=queue(QueueName="work", MessageRetentionPeriod=60),
        Narrow=role,
        Pipe=pipe(get("Work"), get("Bus"), RoleArn=get("Narrow")),
    ) as laptop:
        assert put_by(laptop, "{}") == []


def test_a_pipe_whose_role_may_not_read_is_refused_as_aws_does(tmp_path: Path) -> None:
    role = resource("AWS::IAM::Role", AssumeRolePolicyDocument={}, RoleName="none")
    reading = pipe(get("Work"), get("Bus"), RoleArn=get("None"))
    with pytest.raises(DeploymentRefused, match="its role does not let it sqs:ReceiveMessage"):
        laptop_with(tmp_path, Work=queue(), **{"None": role}, Pipe=reading)


def test_a_stopped_pipe_leaves_the_messages_where_they_are(tmp_path: Path) -> None:
    with from_queue(tmp_path, DesiredState="STOPPED") as laptop:
        assert put_by(laptop, "{}") == []
        assert len(laptop.queue("work").messages) == 1


def test_a_pipe_may_send_to_a_queue_and_to_a_group_of_it(tmp_path: Path) -> None:
    group = {"MessageGroupId": "$.body.loan_id", "MessageDeduplicationId": "$.messageId"}
    with laptop_with(
        tmp_path,
        Work=queue(QueueName="work"),
        Out=queue(QueueName="out.fifo", FifoQueue=True),
        Pipe=pipe(
            get("Work"), get("Out"), TargetParameters={"InputTemplate": "<$.body.n>", "SqsQueueParameters": group}
        ),
    ) as laptop:
        put_by(laptop, '{"loan_id": "l-1", "n": 7}')

        (message,) = laptop.queue("out.fifo").messages
        assert (message.body, message.group_id) == ("7", "l-1")


def from_stream(directory: Path, parameters: Template, **settings: Any) -> Laptop:
    """Deploy a pipe from the stream of the table `rows` to the bus `lending`."""
    of_source = {"DynamoDBStreamParameters": {"StartingPosition": "LATEST", **settings}}
    return laptop_with(
        directory,
        Rows=table(TableName="rows", StreamSpecification={"StreamViewType": "NEW_IMAGE"}),
        Lost=queue(QueueName="lost"),
        Pipe=pipe(get("Rows", "StreamArn"), get("Bus"), SourceParameters=of_source, TargetParameters=parameters),
    )


def write(laptop: Laptop, *items: str) -> None:
    rows = client(laptop.serve(), "dynamodb")
    for item in items:
        rows.put_item(TableName="rows", Item={"pk": {"S": item}})
    laptop.run_until_idle()


def test_what_is_written_in_a_table_is_put_on_the_bus_in_order(tmp_path: Path) -> None:
    template = '{"id": <$.dynamodb.NewImage.pk.S>, "is": <$.eventName>}'
    events: list[Any] = []
    with from_stream(tmp_path, {"InputTemplate": template, "EventBridgeEventBusParameters": TO_BUS}) as laptop:
        laptop.on_event(lambda _bus, event: events.append(event["detail"]))
        write(laptop, "a", "b")

        assert events == [{"id": "a", "is": "INSERT"}, {"id": "b", "is": "INSERT"}]


def test_what_a_pipe_cannot_put_of_a_stream_is_given_up_and_told(tmp_path: Path) -> None:
    given_up = {"MaximumRetryAttempts": 1, "DeadLetterConfig": {"Arn": get("Lost")}}
    with from_stream(tmp_path, {"InputTemplate": "<$.dynamodb.NewImage.pk.S>"}, **given_up) as laptop:
        write(laptop, "a")

        (message,) = laptop.queue("lost").messages
        record = json.loads(message.body)
        arn = "arn:aws:pipes:eu-west-1:000000000000:pipe/pipe"
        assert record["context"] == {"partnerResourceArn": arn, "condition": "RetryAttemptsExhausted"}
        assert record["DDBStreamBatchInfo"]["batchSize"] == 1


def test_what_a_pipe_has_read_goes_on_in_a_changed_account(tmp_path: Path) -> None:
    events: list[Any] = []
    parameters = {"InputTemplate": '{"id": <$.dynamodb.NewImage.pk.S>}'}
    with from_stream(tmp_path / "one", parameters) as before, from_stream(tmp_path / "two", parameters) as after:
        client(before.serve(), "dynamodb").put_item(TableName="rows", Item={"pk": {"S": "a"}})
        after.on_event(lambda _bus, event: events.append(event["detail"]))
        assert after.restore(json.loads(json.dumps(before.state()))) == []
        after.run_until_idle()

        assert events == [{"id": "a"}]


def test_what_was_under_way_in_a_pipe_that_is_gone_is_named(tmp_path: Path) -> None:
    with from_stream(tmp_path / "one", {}) as before, laptop_with(tmp_path / "two") as after:
        client(before.serve(), "dynamodb").put_item(TableName="rows", Item={"pk": {"S": "a"}})

        assert "1 record of the pipe pipe" in after.restore(before.state())


@pytest.mark.parametrize(
    ("properties", "why"),
    [
        ({"Enrichment": "arn:aws:lambda:::function:f"}, "it has an enrichment, which is not run"),
        ({"Target": "arn:aws:states:::stateMachine:m"}, "its target arn:aws:states:::stateMachine:m is not run"),
        ({"Source": "arn:aws:kinesis:::stream/s"}, "it reads arn:aws:kinesis:::stream/s, which is no queue or stream"),
        ({"TargetParameters": {"InputTemplate": "<name>"}}, "its InputTemplate has <name>, which no pipe knows"),
    ],
)
def test_a_pipe_that_is_not_run_is_listed_with_why(tmp_path: Path, properties: Template, why: str) -> None:
    made = pipe(get("Work"), get("Bus"), **properties)
    with laptop_with(tmp_path, Work=queue(QueueName="work"), Pipe=made) as laptop:
        assert left_out(laptop)["Pipe"].startswith(why)


def test_a_batch_that_the_target_does_not_take_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DeploymentRefused, match="a BatchSize of 11, and its target takes at most 10"):
        from_queue(tmp_path, SourceParameters={"SqsQueueParameters": {"BatchSize": 11}})
