"""From a table's stream to a function: order, retries, splitting, checkpoints, and giving up."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from ensemble.laptop import Laptop
from tests.toolkit.laptop.assemblies import Template, function, get, mapping, queue, resource, table
from tests.toolkit.laptop.small import FAILS, REPORTS, SUCCEEDS, laptop_with, left_out, seen_by

WRITER = """
import os
from botocore.session import get_session
table = get_session().create_client("dynamodb")

def handler(event, context):
    for item in event:
        table.put_item(TableName=os.environ["TABLE_NAME"], Item={name: {"S": value} for name, value in item.items()})
"""

FAILS_ON_BAD = """
def handler(event, context):
    if any("bad" in record["dynamodb"]["Keys"]["pk"]["S"] for record in event["Records"]):
        raise ValueError("bad")
"""

REPORTS_BAD = """
def handler(event, context):
    failed = [r["dynamodb"]["SequenceNumber"] for r in event["Records"] if "bad" in r["dynamodb"]["Keys"]["pk"]["S"]]
    return {"batchItemFailures": [{"itemIdentifier": number} for number in failed]}
"""

FAILS_TWICE = """
from itertools import count
tries = count()
def handler(event, context):
    if next(tries) < 2:
        raise ValueError
"""

MUTATES = """
def handler(event, context):
    event["Records"][0]["dynamodb"]["Keys"].clear()
    raise ValueError("after changing what it was given")
"""


def streaming(directory: Path, reader: str, view: str = "NEW_IMAGE", **properties: Any) -> Laptop:
    """Deploy a table whose stream the function `reader` reads, and a function `writer` that writes to it."""
    return laptop_with(
        directory,
        bundles={"reader": reader, "writer": WRITER},
        Reader=function("reader"),
        Writer=function("writer", Environment={"Variables": {"TABLE_NAME": {"Ref": "Table"}}}),
        Table=table(TableName="rows", StreamSpecification={"StreamViewType": view}),
        Failed=resource("AWS::S3::Bucket", BucketName="failed"),
        FailedQueue=queue(QueueName="failed"),
        Mapping=mapping(get("Table", "StreamArn"), "Reader", StartingPosition="TRIM_HORIZON", **properties),
    )


def write(laptop: Laptop, *items: str | dict[str, str]) -> None:
    laptop.invoke("writer", [{"pk": item} if isinstance(item, str) else item for item in items])


def keys(events: list[Any]) -> list[str]:
    """Return the keys in each invocation's batch, joined."""
    return ["".join(record["dynamodb"]["Keys"]["pk"]["S"] for record in event["Records"]) for event in events]


def to_bucket() -> Template:
    return {"DestinationConfig": {"OnFailure": {"Destination": get("Failed")}}}


def test_a_function_gets_a_record_as_lambda_hands_it_over(tmp_path: Path) -> None:
    with streaming(tmp_path, SUCCEEDS) as laptop:
        seen = seen_by(laptop, "reader")
        write(laptop, {"pk": "a", "outbox": "x"})
        laptop.run_until_idle()

        ((record,),) = [event["Records"] for event in seen]
        assert len(record.pop("eventID")) == 32
        assert record["dynamodb"].pop("SizeBytes") > 0
        assert record == {
            "eventName": "INSERT",
            "eventVersion": "1.1",
            "eventSource": "aws:dynamodb",
            "awsRegion": "eu-west-1",
            "dynamodb": {
                "ApproximateCreationDateTime": 1_767_225_600,
                "Keys": {"pk": {"S": "a"}},
                "NewImage": {"pk": {"S": "a"}, "outbox": {"S": "x"}},
                "SequenceNumber": "100000000000000000001",
                "StreamViewType": "NEW_IMAGE",
            },
            "eventSourceARN": "arn:aws:dynamodb:eu-west-1:000000000000:table/rows/stream/2026-01-01T00:00:00.000",
        }


@pytest.mark.parametrize(
    ("view", "images"),
    [
        ("KEYS_ONLY", set()),
        ("NEW_IMAGE", {"NewImage"}),
        ("OLD_IMAGE", {"OldImage"}),
        ("NEW_AND_OLD_IMAGES", {"NewImage", "OldImage"}),
    ],
)
def test_a_record_shows_the_images_of_its_view(tmp_path: Path, view: str, images: set[str]) -> None:
    with streaming(tmp_path, SUCCEEDS, view=view) as laptop:
        seen = seen_by(laptop, "reader")
        write(laptop, {"pk": "a", "v": "1"}, {"pk": "a", "v": "2"})
        laptop.run_until_idle()

        _, changed = [record for event in seen for record in event["Records"]]
        assert changed["eventName"] == "MODIFY"
        assert {"NewImage", "OldImage"} & set(changed["dynamodb"]) == images


def test_a_write_that_changes_nothing_is_not_in_the_stream(tmp_path: Path) -> None:
    with streaming(tmp_path, SUCCEEDS) as laptop:
        seen = seen_by(laptop, "reader")
        write(laptop, "a", "a")
        laptop.run_until_idle()

        assert keys(seen) == ["a"]


def test_records_come_in_order_in_batches_of_the_size_asked_for(tmp_path: Path) -> None:
    with streaming(tmp_path, SUCCEEDS, BatchSize=2) as laptop:
        seen = seen_by(laptop, "reader")
        write(laptop, "a", "b", "c", "d", "e")
        laptop.run_until_idle()

        assert keys(seen) == ["ab", "cd", "e"]


def test_a_failing_batch_holds_the_later_ones_until_it_is_given_up(tmp_path: Path) -> None:
    with streaming(tmp_path, FAILS_ON_BAD, BatchSize=1, MaximumRetryAttempts=2) as laptop:
        seen = seen_by(laptop, "reader")
        write(laptop, "a", "bad", "c")
        laptop.run_until_idle()

        assert keys(seen) == ["a", "bad", "bad", "bad", "c"]


def test_retries_wait_longer_each_time(tmp_path: Path) -> None:
    with streaming(tmp_path, FAILS, MaximumRetryAttempts=4) as laptop:
        times: list[float] = []
        laptop.before_invoke(lambda name, _event: times.append(laptop.now()) if name == "reader" else None)
        write(laptop, "a")
        laptop.run_until_idle()

        waits = [round(later - earlier) for earlier, later in pairwise(times)]
        assert waits == [1, 2, 4, 8]


def test_a_retry_gets_the_records_as_they_were(tmp_path: Path) -> None:
    with streaming(tmp_path, MUTATES, MaximumRetryAttempts=1) as laptop:
        seen: list[str] = []
        laptop.before_invoke(lambda name, event: seen.append(json.dumps(event)) if name == "reader" else None)
        write(laptop, "a")
        laptop.run_until_idle()

        assert seen[0] == seen[1]


def test_a_batch_is_retried_until_its_records_are_a_day_old_when_nothing_limits_it(tmp_path: Path) -> None:
    with streaming(tmp_path, FAILS) as laptop:
        write(laptop, "a")
        start = laptop.now()
        laptop.run_until_idle()

        assert laptop.now() - start == pytest.approx(86_400, abs=61)
        assert [loss.why for loss in laptop.losses] == ["no failure destination"]


def test_splitting_isolates_the_bad_record(tmp_path: Path) -> None:
    with streaming(tmp_path, FAILS_ON_BAD, BisectBatchOnFunctionError=True, MaximumRetryAttempts=1) as laptop:
        seen = seen_by(laptop, "reader")
        write(laptop, "a", "b", "bad", "d")
        laptop.run_until_idle()

        assert keys(seen) == ["abbadd", "ab", "badd", "bad", "bad", "d"]


def test_a_reported_failure_is_a_checkpoint_and_what_follows_comes_again(tmp_path: Path) -> None:
    with streaming(tmp_path, REPORTS_BAD, MaximumRetryAttempts=1, **REPORTS, **to_bucket()) as laptop:
        seen = seen_by(laptop, "reader")
        write(laptop, "a", "bad", "c")
        laptop.run_until_idle()

        assert keys(seen) == ["abadc", "badc"]
        (record,) = laptop.bucket_objects("failed").values()
        assert record["DDBStreamBatchInfo"]["batchSize"] == 2


def test_without_reporting_a_reported_failure_counts_as_success(tmp_path: Path) -> None:
    with streaming(tmp_path, REPORTS_BAD) as laptop:
        seen = seen_by(laptop, "reader")
        write(laptop, "bad")
        laptop.run_until_idle()

        assert keys(seen) == ["bad"]


def test_what_is_given_up_goes_whole_to_the_failure_bucket(tmp_path: Path) -> None:
    with streaming(tmp_path, FAILS, MaximumRetryAttempts=1, **to_bucket()) as laptop:
        write(laptop, "a", "b")
        laptop.run_until_idle()

        ((key, record),) = laptop.bucket_objects("failed").items()
        assert key.startswith(
            "aws/lambda/lending-Mapping/shardId-00000001767225600000-00000000/2026/01/01/2026-01-01T00.00.0"
        )
        assert record["requestContext"]["condition"] == "RetryAttemptsExhausted"
        assert record["requestContext"]["approximateInvokeCount"] == 2
        assert record["requestContext"]["functionArn"].endswith(":function:reader")
        assert record["responseContext"]["functionError"] == "Unhandled"
        assert record["DDBStreamBatchInfo"]["startSequenceNumber"] == "100000000000000000001"
        assert record["DDBStreamBatchInfo"]["endSequenceNumber"] == "100000000000000000002"
        assert keys([json.loads(record["payload"])]) == ["ab"]


def test_a_failure_queue_gets_the_record_without_the_payload(tmp_path: Path) -> None:
    destination = {"OnFailure": {"Destination": get("FailedQueue")}}
    with streaming(tmp_path, FAILS, MaximumRetryAttempts=0, DestinationConfig=destination) as laptop:
        write(laptop, "a")
        laptop.run_until_idle()

        (message,) = laptop.queue("failed").messages
        assert "payload" not in json.loads(message.body)
        assert json.loads(message.body)["DDBStreamBatchInfo"]["batchSize"] == 1


def test_a_record_past_the_maximum_age_is_given_up(tmp_path: Path) -> None:
    with streaming(tmp_path, FAILS, MaximumRecordAgeInSeconds=60, **to_bucket()) as laptop:
        write(laptop, "a")
        start = laptop.now()
        laptop.run_until_idle()

        (record,) = laptop.bucket_objects("failed").values()
        assert record["requestContext"]["condition"] == "RecordAgeExceeded"
        assert 60 < laptop.now() - start < 130


def test_only_records_that_a_filter_matches_reach_the_function(tmp_path: Path) -> None:
    pattern = {"eventName": ["INSERT", "MODIFY"], "dynamodb": {"NewImage": {"outbox": {"S": [{"exists": True}]}}}}
    with streaming(tmp_path, SUCCEEDS, FilterCriteria={"Filters": [{"Pattern": json.dumps(pattern)}]}) as laptop:
        seen = seen_by(laptop, "reader")
        write(laptop, {"pk": "a", "outbox": "x"}, {"pk": "b"}, {"pk": "c", "outbox": "y"})
        laptop.run_until_idle()

        assert keys(seen) == ["ac"]


def test_a_mapping_with_a_failure_destination_that_is_not_run_is_listed(tmp_path: Path) -> None:
    topic = {"OnFailure": {"Destination": "arn:aws:sns:eu-west-1:000000000000:t"}}
    with streaming(tmp_path, SUCCEEDS, DestinationConfig=topic) as laptop:
        (why,) = left_out(laptop).values()

        assert why.endswith("and only buckets and queues are run")


@pytest.mark.parametrize("enabled", [True, False])
def test_a_mapping_may_be_disabled(tmp_path: Path, enabled: bool) -> None:
    with streaming(tmp_path, SUCCEEDS, Enabled=enabled) as laptop:
        write(laptop, "a")
        laptop.run_until_idle()

        assert laptop.function("reader").invocations == int(enabled)


def test_what_is_written_while_a_batch_waits_for_its_retry_comes_after_it_and_does_not_hasten_it(
    tmp_path: Path,
) -> None:
    with streaming(tmp_path, FAILS_TWICE) as laptop:
        start = laptop.now()
        times: list[int] = []
        laptop.before_invoke(lambda name, _event: times.append(int(laptop.now() - start)) if name == "reader" else None)
        seen = seen_by(laptop, "reader")
        write(laptop, "a")
        laptop.advance(1.5)
        write(laptop, "b")
        laptop.run_until_idle()

        assert keys(seen) == ["a", "a", "a", "b"]
        assert times == [0, 1, 3, 3]


def test_a_failing_function_that_writes_to_its_own_table_does_not_hasten_its_retries(tmp_path: Path) -> None:
    writes_and_fails = (
        WRITER
        + """
write, calls = handler, []
def handler(event, context):
    calls.append(1)
    write([{"pk": f"own-{len(calls)}"}], context)
    raise ValueError("no")
"""
    )
    with streaming(tmp_path, writes_and_fails.replace('os.environ["TABLE_NAME"]', '"rows"')) as laptop:
        write(laptop, "a")
        laptop.advance(8)

        assert laptop.function("reader").invocations == 4  # at once, and after 1, 2 and 4 seconds
