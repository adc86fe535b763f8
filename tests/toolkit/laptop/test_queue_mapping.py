"""From a queue to a function: batches, failures, partial failures, filters."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ensemble.aws.errors import DeploymentRefused, InvocationFailed
from ensemble.laptop import Killed, Laptop
from tests.toolkit.laptop.assemblies import function, get, mapping, queue
from tests.toolkit.laptop.small import (
    FAILS,
    FAILS_AND_REPORTS,
    REPORTS,
    SUCCEEDS,
    entry,
    laptop_with,
    left_out,
    seen_by,
    subscriber,
)

HIDES = """
from botocore.session import get_session
sqs = get_session().create_client("sqs")

def handler(event, context):
    record, = event["Records"]
    url = sqs.get_queue_url(QueueName="loan-queue")["QueueUrl"]
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=record["receiptHandle"], VisibilityTimeout=900)
    return {"batchItemFailures": [{"itemIdentifier": record["messageId"]}]}
"""

SENDS_AGAIN = """
from botocore.session import get_session
sqs = get_session().create_client("sqs")

def handler(event, context):
    for record in event["Records"]:
        if not record["messageAttributes"]:
            history = {"history": {"DataType": "String", "StringValue": '{"waits": 3}'}}
            copy = {"MessageBody": record["body"], "DelaySeconds": 40, "MessageAttributes": history}
            url = sqs.get_queue_url(QueueName="loan-queue")["QueueUrl"]
            sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": id, **copy} for id in ("0", "1")])
            sqs.delete_message(QueueUrl=url, ReceiptHandle=record["receiptHandle"])
"""


def put(laptop: Laptop, *names: str) -> None:
    laptop.put_events([entry(detail={"name": name}) for name in names])


def names(events: list[Any]) -> list[list[str]]:
    """Return the names in each invocation's batch."""
    return [[json.loads(record["body"])["detail"]["name"] for record in event["Records"]] for event in events]


def test_a_function_gets_a_record_as_lambda_hands_it_over(tmp_path: Path) -> None:
    with subscriber(tmp_path, SUCCEEDS) as laptop:
        seen = seen_by(laptop, "loan")
        laptop.put_events([entry(TraceHeader="Root=1-0-1")])
        laptop.run_until_idle()

        ((record,),) = [event["Records"] for event in seen]
        assert json.loads(record.pop("body"))["detail-type"] == "LoanRequested"
        assert record.pop("messageId")
        assert record.pop("receiptHandle")
        assert len(record.pop("md5OfBody")) == 32
        assert record == {
            "attributes": {
                "ApproximateReceiveCount": "1",
                "SentTimestamp": "1767225600002",
                "SenderId": "AIDALOCAL",
                "ApproximateFirstReceiveTimestamp": "1767225600004",
                "AWSTraceHeader": "Root=1-0-1",
            },
            "messageAttributes": {},
            "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:eu-west-1:000000000000:loan-queue",
            "awsRegion": "eu-west-1",
        }


def test_what_is_visible_together_comes_in_one_batch_up_to_its_size(tmp_path: Path) -> None:
    with subscriber(tmp_path, SUCCEEDS, BatchSize=2) as laptop:
        seen = seen_by(laptop, "loan")
        put(laptop, "a", "b", "c")
        laptop.run_until_idle()

        assert names(seen) == [["a", "b"], ["c"]]
        assert laptop.queue("loan-queue").messages == []


def test_what_a_function_sends_again_comes_after_its_delay_with_its_attributes(tmp_path: Path) -> None:
    with subscriber(tmp_path, SENDS_AGAIN) as laptop:
        seen = seen_by(laptop, "loan")
        put(laptop, "a")
        laptop.advance(39)
        before = len(seen)
        laptop.advance(2)

        first, *copies = (record for event in seen for record in event["Records"])
        assert (before, len(copies)) == (1, 2)
        assert first["messageAttributes"] == {}
        for copy in copies:
            assert (copy["body"], copy["attributes"]["ApproximateReceiveCount"]) == (first["body"], "1")
            assert copy["messageAttributes"]["history"]["stringValue"] == '{"waits": 3}'
            assert copy["messageAttributes"]["history"]["dataType"] == "String"
        assert laptop.queue("loan-queue").messages == []


def test_a_batching_window_is_not_waited_for(tmp_path: Path) -> None:
    with subscriber(tmp_path, SUCCEEDS, BatchSize=3, MaximumBatchingWindowInSeconds=20) as laptop:
        seen = seen_by(laptop, "loan")
        put(laptop, "a", "b")
        laptop.advance(1)

        assert names(seen) == [["a", "b"]]


def test_a_failed_batch_comes_back_after_the_visibility_timeout_and_ends_in_the_dead_letter_queue(
    tmp_path: Path,
) -> None:
    with subscriber(tmp_path, FAILS) as laptop:
        seen = seen_by(laptop, "loan")
        put(laptop, "a")
        start = laptop.now()
        laptop.run_until_idle()

        assert names(seen) == [["a"]] * 3
        assert laptop.now() - start == pytest.approx(180, abs=1)
        assert list(laptop.dead_letters()) == ["loan-queue-dlq"]
        assert [failure.function for failure in laptop.failures] == ["loan"] * 3


def test_only_the_records_reported_failed_come_back(tmp_path: Path) -> None:
    with subscriber(tmp_path, FAILS_AND_REPORTS, **REPORTS) as laptop:
        seen = seen_by(laptop, "loan")
        put(laptop, "good", "bad", "fine")
        laptop.run_until_idle()

        assert names(seen) == [["good", "bad", "fine"], ["bad"], ["bad"]]
        assert len(laptop.dead_letters()["loan-queue-dlq"]) == 1


def test_without_reporting_a_partial_answer_counts_as_success(tmp_path: Path) -> None:
    with subscriber(tmp_path, FAILS_AND_REPORTS) as laptop:
        put(laptop, "bad")
        laptop.run_until_idle()

        assert laptop.function("loan").invocations == 1
        assert laptop.queue("loan-queue").messages == []


@pytest.mark.parametrize(
    ("answer", "all_failed"),
    [
        ("None", False),
        ("{}", False),
        ("{'batchItemFailures': []}", False),
        ("{'batchItemFailures': None}", False),
        ("{'batchItemFailures': [{'itemIdentifier': ''}]}", True),
        ("{'batchItemFailures': [{'itemIdentifier': None}]}", True),
        ("{'batchItemFailures': [{'itemIdentifier': 'unknown'}]}", True),
        ("{'batchItemFailures': [{'id': 'x'}]}", True),
        ("'text'", True),
    ],
)
def test_an_answer_that_is_no_partial_batch_response_fails_the_whole_batch(
    tmp_path: Path, answer: str, all_failed: bool
) -> None:
    with subscriber(tmp_path, f"def handler(event, context):\n    return {answer}\n", **REPORTS) as laptop:
        put(laptop, "a", "b")
        laptop.advance(1)

        assert len(laptop.queue("loan-queue").in_flight) == (2 if all_failed else 0)


def test_a_function_may_hide_a_record_for_longer(tmp_path: Path) -> None:
    with subscriber(tmp_path, HIDES, **REPORTS) as laptop:
        put(laptop, "a")
        laptop.advance(899)
        before = laptop.function("loan").invocations
        laptop.advance(2)

        assert (before, laptop.function("loan").invocations) == (1, 2)


def test_a_record_that_the_filter_does_not_match_is_deleted_unseen(tmp_path: Path) -> None:
    wanted = {"Filters": [{"Pattern": json.dumps({"body": {"detail": {"name": ["a", "c"]}}})}]}
    with subscriber(tmp_path, SUCCEEDS, FilterCriteria=wanted) as laptop:
        seen = seen_by(laptop, "loan")
        put(laptop, "a", "b", "c")
        laptop.run_until_idle()

        assert names(seen) == [["a", "c"]]
        assert (laptop.queue("loan-queue").messages, laptop.dead_letters()) == ([], {})


def test_a_body_that_is_not_json_does_not_match_a_filter_on_its_fields(tmp_path: Path) -> None:
    wanted = {"Filters": [{"Pattern": json.dumps({"body": {"detail": {"name": ["a"]}}})}]}
    with subscriber(tmp_path, SUCCEEDS, FilterCriteria=wanted) as laptop:
        laptop.queue("loan-queue").send("plain")
        laptop.run_until_idle()

        assert (laptop.function("loan").invocations, laptop.queue("loan-queue").messages) == (0, [])


def test_a_disabled_mapping_leaves_the_queue_alone(tmp_path: Path) -> None:
    with subscriber(tmp_path, SUCCEEDS, Enabled=False) as laptop:
        put(laptop, "a")
        laptop.run_until_idle()

        assert len(laptop.queue("loan-queue").visible) == 1


def test_a_function_killed_after_its_work_gets_the_records_again(tmp_path: Path) -> None:
    with subscriber(tmp_path, SUCCEEDS) as laptop:
        kills = [1]

        def kill_once(_name: str, _event: Any) -> None:
            if kills:
                kills.pop()
                raise Killed("between the work and its acknowledgement")

        laptop.after_invoke(kill_once)
        put(laptop, "a")
        laptop.run_until_idle()

        assert laptop.function("loan").invocations == 2
        assert [type(failure.error) for failure in laptop.failures] == [Killed]
        assert laptop.queue("loan-queue").messages == []


def test_a_queue_that_hides_messages_shorter_than_its_function_may_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DeploymentRefused, match="hidden for 5 s, shorter than the timeout of loan, 10 s"):
        laptop_with(
            tmp_path,
            bundles={"loan": SUCCEEDS},
            Loan=function("loan"),
            Queue=queue(QueueName="q", VisibilityTimeout=5),
            Mapping=mapping(get("Queue"), "Loan"),
        )


def test_a_mapping_of_a_source_that_is_not_there_is_listed(tmp_path: Path) -> None:
    with laptop_with(
        tmp_path,
        bundles={"loan": SUCCEEDS},
        Loan=function("loan"),
        Mapping=mapping({"Fn::Join": [":", ["arn:aws:sqs", "gone"]]}, "Loan"),
    ) as laptop:
        assert left_out(laptop) == {"Mapping": "it reads arn:aws:sqs:gone, which is no queue or stream here"}


@pytest.mark.parametrize("window", [{}, {"MaximumBatchingWindowInSeconds": 0}])
def test_a_large_batch_without_a_window_is_refused(tmp_path: Path, window: dict[str, int]) -> None:
    with pytest.raises(DeploymentRefused, match="over 10 needs a MaximumBatchingWindowInSeconds of at least 1"):
        subscriber(tmp_path, SUCCEEDS, BatchSize=11, **window)


def test_a_batch_is_cut_where_it_would_be_larger_than_an_invocation_takes(tmp_path: Path) -> None:
    with subscriber(tmp_path, SUCCEEDS) as laptop:
        seen = seen_by(laptop, "loan")
        for _ in range(10):
            laptop.queue("loan-queue").send("x" * 1_000_000)
        laptop.run_until_idle()

        assert [len(event["Records"]) for event in seen] == [6, 4]
        assert laptop.queue("loan-queue").messages == []


@pytest.mark.parametrize("handler", [SUCCEEDS, HIDES])
def test_one_message_can_be_delivered_once_without_lying_in_the_queue(tmp_path: Path, handler: str) -> None:
    with subscriber(tmp_path, handler) as laptop:
        seen = seen_by(laptop, "loan")
        waiting = laptop.queue("loan-queue").send(json.dumps({"detail": {"name": "waiting"}}))

        laptop.deliver("loan-queue", "loan", json.dumps({"detail": {"name": "delivered"}}))

        assert names(seen) == [["delivered"]]
        assert seen[0]["Records"][0]["attributes"]["ApproximateReceiveCount"] == "1"
        assert laptop.queue("loan-queue").messages == [waiting]


def test_a_delivery_that_fails_raises_and_leaves_nothing_in_the_queue(tmp_path: Path) -> None:
    with subscriber(tmp_path, FAILS) as laptop:
        with pytest.raises(InvocationFailed):
            laptop.deliver("loan-queue", "loan", "{}")

        assert laptop.queue("loan-queue").messages == []
