"""What a laptop holds goes on in another one, by way of JSON, as if nothing had happened in between."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ensemble.laptop import Laptop, VirtualClock
from ensemble.laptop.engine import HOP_SECONDS
from tests.toolkit.laptop.assemblies import (
    Template,
    function,
    get,
    mapping,
    queue,
    resource,
    rule,
    subscription,
    table,
    template,
    write_assembly,
)
from tests.toolkit.laptop.small import FAILS, SUCCEEDS, entry, seen_by

STORES = """
from botocore.session import get_session
table = get_session().create_client("dynamodb")
def handler(event, context):
    for number, record in enumerate(event["Records"]):
        item = {"pk": {"S": record["messageId"]}, "n": {"N": "1.50"}, "list": {"L": [{"NULL": True}]}}
        table.put_item(TableName="rows", Item=item)
    return {"batchItemFailures": []}
"""
SWITCH = """
from botocore.session import get_session
queues = get_session().create_client("sqs")
URL = "https://sqs.eu-west-1.amazonaws.com/000000000000/switch"
def handler(event, context):
    if "Messages" not in queues.receive_message(QueueUrl=URL, VisibilityTimeout=0):
        raise ValueError("not yet")
"""


def assembly(folder: Path, handlers: dict[str, str], **resources: Template) -> Path:
    bundles = {name: {"functions/handler.py": source} for name, source in handlers.items()}
    functions = {name.title(): function(name) for name in handlers}
    return write_assembly(folder, {"lending": template(**{**functions, **resources})}, bundles)


def moved(laptop: Laptop, path: Path, seconds: float = 0) -> Laptop:
    """Return a new laptop that has what this one holds, `seconds` later, and close this one."""
    later = VirtualClock()
    later.wait_until(laptop.now() + seconds, laptop.engine.lock)
    state = json.loads(json.dumps(laptop.state()))
    laptop.close()
    other = Laptop(path, later)
    assert other.restore(state) == []
    return other


def stored(folder: Path) -> Path:
    """Return an assembly whose function stores a row for each event, in a table with a stream to another function."""
    stream = {"StreamSpecification": {"StreamViewType": "NEW_AND_OLD_IMAGES"}}
    resources = {
        **subscription({"detail-type": ["LoanRequested"]}, "Loan"),
        "Rows": table(TableName="rows", **stream),
        "Relayed": mapping(get("Rows", "StreamArn"), "Relay", StartingPosition="LATEST"),
    }
    return assembly(folder, {"loan": STORES, "relay": SUCCEEDS}, **resources)


def test_rows_are_the_same_and_are_no_change_again(tmp_path: Path) -> None:
    path = stored(tmp_path)
    before = Laptop(path, VirtualClock())
    before.put_events([entry(), entry()])
    before.run_until_idle()
    rows, relayed = before.table_items("rows"), before.function("relay").invocations

    with moved(before, path) as after:
        seen = seen_by(after, "relay")
        after.run_for(60)

        assert relayed == 1
        assert seen == []
        assert after.table_items("rows") == rows
        after.put_events([entry()])
        after.run_until_idle()
        assert len(after.table_items("rows")) == 3  # the ids of the new messages are none of the old ones
        assert seen[0]["Records"][0]["dynamodb"]["SequenceNumber"] == "100000000000000000003"


def test_an_event_on_its_way_arrives_once(tmp_path: Path) -> None:
    path = stored(tmp_path)
    for seconds in (0, HOP_SECONDS, 2 * HOP_SECONDS, 3 * HOP_SECONDS):
        before = Laptop(path, VirtualClock())
        before.put_events([entry()])
        before.run_for(seconds)
        with moved(before, path) as after:
            seen = seen_by(after, "relay")
            after.run_until_idle()

            assert len(after.table_items("rows")) == 1
            assert after.queue("loan-queue").messages == []
            assert len(seen) + before.function("relay").invocations == 1


def test_a_message_waits_as_long_and_is_dead_lettered_after_as_many_receives(tmp_path: Path) -> None:
    path = assembly(tmp_path, {"loan": FAILS}, **subscription({"detail-type": ["LoanRequested"]}, "Loan"))
    before = Laptop(path, VirtualClock())
    before.put_events([entry()])
    before.run_for(70)  # received twice, the last time at second 60

    with moved(before, path, seconds=20) as after:
        (message,) = after.queue("loan-queue").messages
        assert message.receive_count == 2
        after.run_for(20)
        assert after.function("loan").invocations == 0
        after.run_for(15)
        assert after.function("loan").invocations == 1
        after.run_until_idle()
        (dead,) = after.dead_letters()["loan-queue-dlq"]
        assert (dead.message_id, dead.sent_at) == (message.message_id, message.sent_at)


def test_a_record_that_the_relay_failed_on_is_tried_again(tmp_path: Path) -> None:
    stream = {"StreamSpecification": {"StreamViewType": "NEW_IMAGE"}}
    path = assembly(
        tmp_path,
        {"loan": STORES, "relay": SWITCH},
        **subscription({"detail-type": ["LoanRequested"]}, "Loan"),
        Switch=queue(QueueName="switch"),
        Rows=table(TableName="rows", **stream),
        Relayed=mapping(get("Rows", "StreamArn"), "Relay", StartingPosition="LATEST", MaximumRetryAttempts=2),
    )
    before = Laptop(path, VirtualClock())
    before.put_events([entry()])
    before.run_for(0.5)
    assert before.function("relay").invocations == 1

    with moved(before, path) as after:
        after.queue("switch").send("on")
        after.run_until_idle()

        assert after.function("relay").invocations == 1
        assert (after.failures, after.losses) == ([], [])


def ticking(folder: Path) -> Path:
    every = resource(
        "AWS::Events::Rule", Name="tick", ScheduleExpression="rate(1 minute)", Targets=[{"Id": "0", "Arn": get("One")}]
    )
    permission = resource(
        "AWS::Lambda::Permission",
        Action="lambda:InvokeFunction",
        FunctionName=get("One"),
        Principal="events.amazonaws.com",
        SourceArn=get("Tick"),
    )
    return assembly(folder, {"one": SWITCH}, Tick=every, Permission=permission, Switch=queue(QueueName="switch"))


def test_a_schedule_goes_on_and_a_failed_invocation_is_retried_when_it_was_due(tmp_path: Path) -> None:
    path = ticking(tmp_path)
    before = Laptop(path, VirtualClock())
    before.run_for(90)  # the tick of second 60 failed, and is tried again at second 120
    assert before.function("one").invocations == 1

    with moved(before, path) as after:
        after.queue("switch").send("on")
        after.run_for(29)
        assert after.function("one").invocations == 0
        after.run_for(2)
        assert after.function("one").invocations == 2  # the retry, and the next tick
        after.run_for(60)
        assert after.function("one").invocations == 3


def archived(folder: Path) -> Path:
    return assembly(
        folder,
        {},
        Archive=resource("AWS::Events::Archive", ArchiveName="kept", SourceArn=get("Bus")),
        Again=queue(QueueName="again"),
        Rule=rule({"replay-name": [{"exists": True}]}, {"Arn": get("Again")}, Name="again"),
        Policy=resource(
            "AWS::SQS::QueuePolicy",
            Queues=[{"Ref": "Again"}],
            PolicyDocument={
                "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}]
            },
        ),
        Topic=resource("AWS::SNS::Topic", TopicName="mails"),
        Bucket=resource("AWS::S3::Bucket", BucketName="kept"),
    )


def test_archives_replays_topics_and_buckets_are_the_same(tmp_path: Path) -> None:
    path = archived(tmp_path)
    before = Laptop(path, VirtualClock())
    before.put_events([entry()])
    before._cloud.topics["mails"].publish("hello")
    before._cloud.buckets["kept"].put("key", {"a": 1})
    request: dict[str, Any] = {
        "ReplayName": "again",
        "EventSourceArn": "arn:aws:events:eu-west-1:000000000000:archive/kept",
        "EventStartTime": before.now() - 1,
        "EventEndTime": before.now() + 1,
        "Destination": {"Arn": "arn:aws:events:eu-west-1:000000000000:event-bus/lending"},
    }
    answer = before.answer({"x-amz-target": "AWSEvents.StartReplay"}, json.dumps(request).encode())
    assert answer.status == 200

    with moved(before, path) as after:
        after.run_until_idle()

        assert len(after.queue("again").messages) == 1
        assert [one.message for one in after.topic_messages("mails")] == ["hello"]
        assert after.bucket_objects("kept") == {"key": {"a": 1}}
        replays = after._cloud.buses.replays
        assert replays["again"].state == "COMPLETED"
    with moved(after, path) as third:
        third.run_until_idle()
        assert len(third.queue("again").messages) == 1


def test_the_ids_go_on_also_when_the_other_laptop_began_at_the_same_time(tmp_path: Path) -> None:
    path = assembly(tmp_path, {}, Waiting=queue(QueueName="waiting"))
    before = Laptop(path, VirtualClock())
    before.queue("waiting").send("one")

    with moved(before, path) as after:
        after.queue("waiting").send("two")

        assert [message.body for message in after.queue("waiting").messages] == ["one", "two"]
