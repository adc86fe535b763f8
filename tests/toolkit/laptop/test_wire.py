"""The wire: boto3 and the `aws` command against the served laptop."""

from __future__ import annotations

import json
import re
import socket
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from ensemble.aws.errors import PortUnavailable
from ensemble.laptop import Laptop, RealClock
from ensemble.laptop.server import Server
from ensemble.laptop.sources import PROJECT
from tests.toolkit.laptop.assemblies import Template, get, queue, queue_policy, resource, rule, table
from tests.toolkit.laptop.clients import aws, client
from tests.toolkit.laptop.small import entry, laptop_with
from tests.toolkit.laptop.test_main_path import loan_service, request_loan

HEAD = b"POST / HTTP/1.1\r\nHost: localhost\r\nAuthorization: any\r\n"

EVENT = {
    "id": "1",
    "account": "000000000000",
    "source": "lending",
    "time": "2026-01-01T00:00:00Z",
    "region": "eu-west-1",
    "resources": [],
    "detail-type": "LoanRequested",
    "detail": {"total": 7},
}


@pytest.fixture
def laptop(tmp_path: Path) -> Iterator[Laptop]:
    with laptop_with(
        tmp_path,
        Inbox=queue(QueueName="inbox"),
        Rule=rule({"detail-type": ["LoanRequested"]}, {"Arn": get("Inbox")}, Name="placed"),
        Policy=queue_policy(["Inbox"], "Rule"),
        Archive=resource("AWS::Events::Archive", ArchiveName="kept", SourceArn=get("Bus")),
        Table=table(TableName="rows", StreamSpecification={"StreamViewType": "NEW_IMAGE"}),
        Topic=resource("AWS::SNS::Topic", TopicName="customer"),
    ) as laptop:
        yield laptop


@pytest.fixture
def server(laptop: Laptop) -> Server:
    return laptop.serve()


def test_boto3_puts_events_and_reads_each_entrys_result(laptop: Laptop, server: Server) -> None:
    answer = client(server, "events").put_events(Entries=[entry(), entry(Detail="[]")])
    laptop.run_until_idle()

    assert answer["FailedEntryCount"] == 1
    assert answer["Entries"][1] == {"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."}
    assert len(laptop.queue("inbox").messages) == 1


def test_boto3_gets_a_refused_request_as_the_error_it_is_on_aws(server: Server) -> None:
    too_large = entry(detail={"x": "y" * 1_048_577})

    with pytest.raises(ClientError) as refused:
        client(server, "events").put_events(Entries=[too_large])
    assert refused.value.response["Error"] == {
        "Code": "ValidationException",
        "Message": "Total size of the entries in the request is over the limit.",
    }
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


@pytest.mark.parametrize(("pattern", "result"), [({"detail": {"total": [7]}}, True), ({"source": ["x"]}, False)])
def test_boto3_tests_an_event_pattern(server: Server, pattern: Template, result: bool) -> None:
    answer = client(server, "events").test_event_pattern(EventPattern=json.dumps(pattern), Event=json.dumps(EVENT))

    assert answer["Result"] is result


def test_a_pattern_that_is_not_valid_is_the_error_that_boto3_knows(server: Server) -> None:
    events = client(server, "events")

    with pytest.raises(events.exceptions.InvalidEventPatternException, match=r"Event pattern is not valid\. Reason:"):
        events.test_event_pattern(EventPattern='{"source": "lending"}', Event=json.dumps(EVENT))


@pytest.mark.parametrize("missing", ["id", "account", "source", "time", "region", "resources", "detail-type"])
def test_a_tested_event_must_have_the_mandatory_fields(server: Server, missing: str) -> None:
    event = {name: value for name, value in EVENT.items() if name != missing}

    with pytest.raises(ClientError, match=f"it lacks {missing}"):
        client(server, "events").test_event_pattern(EventPattern='{"source": ["lending"]}', Event=json.dumps(event))


def test_the_wire_error_has_the_shape_of_aws_json(server: Server) -> None:
    headers = {"X-Amz-Target": "AWSEvents.TestEventPattern", "Content-Type": "application/x-amz-json-1.1"}
    headers["Authorization"] = "AWS4-HMAC-SHA256 Credential=any"
    body = json.dumps({"EventPattern": "{", "Event": json.dumps(EVENT)}).encode()
    request = urllib.request.Request(server.url, body, headers)

    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request)
    with refused.value as answer:
        assert answer.status == 400
        assert answer.headers["x-amzn-errortype"] == "InvalidEventPatternException"
        assert json.loads(answer.read())["__type"] == "InvalidEventPatternException"


def test_boto3_replays_an_archive(laptop: Laptop, server: Server) -> None:
    events = client(server, "events")
    events.put_events(Entries=[entry()])
    bus = events.describe_event_bus(Name="lending")["Arn"]
    archive = bus.replace("event-bus/lending", "archive/kept")
    events.start_replay(
        ReplayName="fix",
        EventSourceArn=archive,
        EventStartTime="2025-12-31T00:00:00Z",
        EventEndTime="2026-01-02T00:00:00Z",
        Destination={"Arn": bus},
    )
    laptop.run_until_idle()

    described = events.describe_replay(ReplayName="fix")
    assert described["State"] == "COMPLETED"
    assert described["EventLastReplayedTime"].isoformat() == "2026-01-01T00:00:00+00:00"
    assert len(laptop.queue("inbox").messages) == 2


def test_boto3_lists_buses_and_rules(server: Server) -> None:
    events = client(server, "events")

    assert [bus["Name"] for bus in events.list_event_buses()["EventBuses"]] == ["default", "lending"]
    assert [rule["Name"] for rule in events.list_rules(EventBusName="lending")["Rules"]] == ["placed"]
    assert events.list_rules(EventBusName="lending", NamePrefix="x")["Rules"] == []


def test_the_guide_lists_what_is_answered(laptop: Laptop) -> None:
    lines = (PROJECT / "docs" / "guides" / "develop.md").read_text(encoding="utf-8").splitlines()
    rows = [re.findall("`([^`]+)`", line) for line in lines if re.match(r"\| `[a-z]+` \|", line)]

    listed = {service: sorted(operations) for service, *operations in rows if service != "dynamodb"}
    assert listed == {service: sorted(operations) for service, operations in laptop.operations.items()}


def test_an_operation_that_is_not_answered_is_named(server: Server) -> None:
    with pytest.raises(ClientError, match="AWSEvents PutRule is not answered by the laptop AWS"):
        client(server, "events").put_rule(Name="x", EventPattern="{}")


def test_boto3_works_a_queue(server: Server) -> None:
    sqs = client(server, "sqs")
    url = sqs.get_queue_url(QueueName="inbox")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="a")
    (message,) = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5)["Messages"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])

    assert message["Body"] == "a"
    assert "Messages" not in sqs.receive_message(QueueUrl=url)


def test_a_queue_that_is_not_there_is_the_error_that_boto3_knows(server: Server) -> None:
    sqs = client(server, "sqs")

    with pytest.raises(sqs.exceptions.QueueDoesNotExist) as refused:
        sqs.get_queue_url(QueueName="gone")
    assert refused.value.response["Error"]["Code"] == "AWS.SimpleQueueService.NonExistentQueue"


def test_boto3_reads_and_writes_a_table_and_the_stream_hears_of_it(laptop: Laptop, server: Server) -> None:
    dynamodb = client(server, "dynamodb")
    dynamodb.put_item(TableName="rows", Item={"pk": {"S": "a"}})

    with pytest.raises(dynamodb.exceptions.ConditionalCheckFailedException):
        dynamodb.put_item(TableName="rows", Item={"pk": {"S": "a"}}, ConditionExpression="attribute_not_exists(pk)")
    assert dynamodb.get_item(TableName="rows", Key={"pk": {"S": "a"}})["Item"] == {"pk": {"S": "a"}}
    assert laptop.table_items("rows") == [{"pk": "a"}]


def test_boto3_publishes_to_a_topic(laptop: Laptop, server: Server) -> None:
    arn = "arn:aws:sns:eu-west-1:000000000000:customer"
    attributes = {"kind": {"DataType": "String", "StringValue": "mail"}}
    answer = client(server, "sns").publish(TopicArn=arn, Message="<done>", Subject="s", MessageAttributes=attributes)

    (message,) = laptop.topic_messages("customer")
    assert (message.message, message.subject, message.attributes) == ("<done>", "s", attributes)
    assert message.message_id == answer["MessageId"]


def test_a_topic_that_is_not_there_is_the_error_that_boto3_knows(server: Server) -> None:
    sns = client(server, "sns")

    with pytest.raises(sns.exceptions.NotFoundException, match=r"Topic does not exist: .*:<gone>"):
        sns.publish(TopicArn="arn:aws:sns:eu-west-1:000000000000:<gone>", Message="x")
    with pytest.raises(ClientError, match="ListTopics is not answered"):
        sns.list_topics()


def test_the_aws_command_puts_an_event(laptop: Laptop, server: Server) -> None:
    run = aws(server, "events", "put-events", "--entries", json.dumps([entry()]))
    laptop.run_until_idle()

    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout)["FailedEntryCount"] == 0
    assert len(laptop.queue("inbox").messages) == 1


def test_the_aws_command_names_a_pattern_that_is_not_valid(server: Server) -> None:
    event = json.dumps(EVENT)
    run = aws(server, "events", "test-event-pattern", "--event-pattern", '{"source":"x"}', "--event", event)

    assert run.returncode != 0
    assert "(InvalidEventPatternException) when calling the TestEventPattern operation" in run.stderr


def test_the_aws_command_receives_a_message(laptop: Laptop, server: Server) -> None:
    laptop.queue("inbox").send("hello")
    run = aws(server, "sqs", "receive-message", "--queue-url", laptop.queue("inbox").url)

    assert run.returncode == 0, run.stderr
    assert [message["Body"] for message in json.loads(run.stdout)["Messages"]] == ["hello"]


def test_a_program_may_serve_pages_of_its_own_beside_the_wire(laptop: Laptop) -> None:
    async def page(_request: Request) -> PlainTextResponse:
        return PlainTextResponse("loans")

    with laptop.serve(routes=[Route("/", page)]) as server, urllib.request.urlopen(server.url) as answer:
        assert answer.read() == b"loans"


def test_on_a_real_clock_a_request_is_worked_on_as_it_comes(tmp_path: Path) -> None:
    with Laptop(loan_service(tmp_path), RealClock()) as laptop:
        heard: list[str] = []
        laptop.on_event(lambda _bus, event: heard.append(event["detail-type"]))
        server = laptop.serve()
        sender = threading.Thread(target=lambda: client(server, "events").put_events(Entries=[request_loan("l-1")]))
        sender.start()

        arrived = laptop.run_until(lambda: "LoanRequested" in heard, timeout_seconds=20)
        sender.join()

        assert arrived
        assert laptop.function("relay").invocations == 1


def test_while_a_function_runs_the_server_answers_what_needs_no_laptop(laptop: Laptop) -> None:
    names = list[str]()

    async def page(_: Request) -> PlainTextResponse:
        return PlainTextResponse("there")

    server = laptop.serve(routes=[Route("/page", page)])
    asked = threading.Thread(target=lambda: names.extend(client(server, "sqs").list_queues()["QueueUrls"]))
    with laptop.engine.lock:
        asked.start()
        with urllib.request.urlopen(f"{server.url}/page", timeout=10) as answered:
            assert answered.read() == b"there"
        asked.join(0.1)
        with urllib.request.urlopen(f"{server.url}/page", timeout=10) as answered:
            assert (answered.read(), names) == (b"there", [])
    asked.join()

    assert names == [f"{server.url}/000000000000/inbox"]


def test_a_closed_server_answers_no_more(laptop: Laptop) -> None:
    with laptop.serve() as server:
        url = server.url

    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(url, timeout=1)


@pytest.mark.parametrize(
    ("target", "body", "code"),
    [
        ("AWSEvents.PutEvents", b"{", "SerializationException"),
        ("AWSEvents.PutEvents", b"[]", "SerializationException"),
        ("AWSEvents.PutEvents", b"\xff", "SerializationException"),
        ("AWSEvents.PutEvents", b"[" * 100_000, "SerializationException"),
        ("AWSEvents.PutEvents", rb'{"Entries": [{"Source": "\ud800"}]}', "SerializationException"),
        ("AWSEvents.PutEvents", b'{"Entries": [{"Source": 5}]}', "SerializationException"),
        ("AWSEvents.PutEvents", b'{"Entries": [{"Time": 1763900000000}]}', "SerializationException"),
        ("AWSEvents.PutEvents", b'{"Entries": null}', "ValidationException"),
        ("AWSEvents.StartReplay", b"{}", "ValidationException"),
        ("AmazonSQS.DeleteMessage", b"{}", "MissingParameter"),
        ("AmazonSQS.ListQueues", rb'{"QueueNamePrefix": "\ud800"}', "SerializationException"),
        ("AmazonSQS.ListQueues", b'{"QueueNamePrefix": "\xed\xa0\x80"}', "SerializationException"),
        ("AmazonSQS.ListQueues", '{"QueueNamePrefix": "inbox"}'.encode("utf-16"), "SerializationException"),
        ("DynamoDB_20120810.PutItem", b"{}", "ValidationException"),
        ("DynamoDB_20120810.PutItem", b"{", "SerializationException"),
    ],
)
def test_a_request_that_is_not_of_its_shape_is_an_error_of_the_client(
    laptop: Laptop, target: str, body: bytes, code: str
) -> None:
    answer = laptop.answer({"x-amz-target": target}, body)

    assert (answer.status, json.loads(answer.body)["__type"]) == (400, code)


def test_a_member_that_is_not_known_is_passed_over_and_null_is_not_given(laptop: Laptop) -> None:
    answer = laptop.answer({"x-amz-target": "AWSEvents.ListRules"}, b'{"New": 1, "NamePrefix": null}')

    assert (answer.status, json.loads(answer.body)) == (200, {"Rules": []})


def test_closing_does_not_wait_for_a_request_that_never_ends(laptop: Laptop, server: Server) -> None:
    port = int(server.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(HEAD + b"Expect: 100-continue\r\nContent-Length: 10\r\n\r\n")
        assert client.recv(1_000).startswith(b"HTTP/1.1 100 ")
        client.sendall(b"abc")
        closing = threading.Thread(target=server.close, daemon=True)
        closing.start()
        closing.join(10)

        assert not closing.is_alive()


def test_a_port_that_another_program_has_is_an_error_that_names_it(laptop: Laptop, server: Server) -> None:
    port = int(server.url.rpartition(":")[2])

    with pytest.raises(PortUnavailable, match=rf"port {port} cannot be had \(Address already in use\)"):
        laptop.serve(port)
