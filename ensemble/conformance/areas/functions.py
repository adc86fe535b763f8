"""What is asked of Lambda about functions that read queues and streams."""

from __future__ import annotations

import json
from typing import Any

from ensemble.conformance.areas.items import STREAMED, item
from ensemble.conformance.areas.messages import receive
from ensemble.conformance.needed import MAPPING, function, mapping, queue, role
from ensemble.conformance.questions import Answer, Area, Need, World

FUNCTIONS = Area("Lambda: queues and streams")
asks = FUNCTIONS.asks

GUIDE = "AWS Lambda Developer Guide"
REPORTS = {"FunctionResponseTypes": ["ReportBatchItemFailures"]}
SUCCEEDS = "def handler(event, context):\n    return {}\n"
RAISES = "def handler(event, context):\n    raise ValueError('no')\n"
NAMES_BAD_ONES = """
def handler(event, context):
    bad = [one["messageId"] for one in event["Records"] if "bad" in one["body"]]
    return {"batchItemFailures": [{"itemIdentifier": one} for one in bad]}
"""
NAMES_NOBODY = "def handler(event, context):\n    return {'batchItemFailures': [{'itemIdentifier': ''}]}\n"
RAISES_AT_BAD_ONES = """
def handler(event, context):
    if any(one["dynamodb"]["Keys"]["pk"]["S"] == "bad" for one in event["Records"]):
        raise ValueError("bad")
"""


def reading(source: str, **properties: Any) -> dict[str, Need]:
    """Return a queue, whose messages are dead letters when they fail once, and a function that reads it."""
    redrive = {"deadLetterTargetArn": "@arn:sqs:dead", "maxReceiveCount": 1}
    return {
        "role": role(),
        "dead": queue(),
        "queue": queue(VisibilityTimeout=2, RedrivePolicy=redrive),
        "function": function(source),
        "mapping": mapping("@arn:sqs:queue", **properties),
    }


def send(aws: World, *bodies: str) -> None:
    """Send messages at once."""
    entries = [{"Id": str(number), "MessageBody": body} for number, body in enumerate(bodies)]
    aws.sqs.send_message_batch(QueueUrl=aws.url(), Entries=entries)


def dead(aws: World, number: int = 1) -> list[str]:
    """Return the bodies of so many dead letters, or of those that there are in the end."""
    found: list[str] = []

    def look() -> bool:
        found.extend(one["Body"] for one in receive(aws, "dead"))
        return len(found) >= number

    aws.until(look)
    return sorted(found)


@asks(f"{GUIDE}, SQS event sources: a batch that succeeds is deleted", [[], []], **reading(SUCCEEDS))
def messages_that_a_function_has_handled_are_deleted(aws: World) -> Answer:
    send(aws, "a", "b")
    return [dead(aws), receive(aws)]


@asks(f"{GUIDE}, SQS event sources: a batch that fails comes again as a whole", ["a", "b"], **reading(RAISES))
def all_messages_of_a_batch_fail_when_a_function_raises(aws: World) -> Answer:
    send(aws, "a", "b")
    return dead(aws, 2)


@asks(f"{GUIDE}, SQS event sources: partial batch responses", ["bad"], **reading(NAMES_BAD_ONES, **REPORTS))
def only_the_messages_that_a_function_names_fail(aws: World) -> Answer:
    send(aws, "good", "bad", "better")
    return dead(aws)


@asks(f"{GUIDE}, SQS event sources: ReportBatchItemFailures must be set", [], **reading(NAMES_BAD_ONES))
def what_a_function_names_does_not_fail_where_the_mapping_does_not_ask_for_it(aws: World) -> Answer:
    send(aws, "good", "bad")
    return dead(aws)


@asks(
    f"{GUIDE}, SQS event sources: an empty itemIdentifier",
    ["a", "b"],
    **reading(NAMES_NOBODY, **REPORTS),
)
def all_messages_fail_when_a_function_names_none_that_there_is(aws: World) -> Answer:
    send(aws, "a", "b")
    return dead(aws, 2)


WANTED = {"Filters": [{"Pattern": json.dumps({"body": {"kind": ["wanted"]}})}]}


@asks(
    f"{GUIDE}, event filtering: SQS deletes messages that do not match",
    [['{"kind": "wanted"}'], 0],
    **reading(RAISES, FilterCriteria=WANTED),
)
def a_message_that_no_filter_takes_is_deleted_and_handled_by_nobody(aws: World) -> Answer:
    send(aws, '{"kind": "wanted"}', '{"kind": "other"}')
    return [dead(aws), len(aws.until(lambda: receive(aws), 3))]


@asks(
    f"{GUIDE}, event filtering: a body that is no JSON does not match a pattern for JSON",
    [[], 0],
    **reading(RAISES, FilterCriteria=WANTED),
)
def a_message_that_is_no_json_is_deleted_by_a_filter_for_json(aws: World) -> Answer:
    send(aws, "wanted")
    return [dead(aws), len(receive(aws))]


@asks(f"{GUIDE}, event source mappings: Enabled", [[], 1], **reading(RAISES, Enabled=False))
def a_mapping_that_is_off_reads_nothing(aws: World) -> Answer:
    send(aws, "a")
    return [dead(aws), len(receive(aws))]


UNREAD = {name: need for name, need in reading(SUCCEEDS).items() if name != "mapping"}


@asks(
    f"{GUIDE}, SQS event sources: the visibility timeout",
    True,
    **UNREAD,
    slow=queue(VisibilityTimeout=0),
)
def a_queue_whose_messages_are_hidden_too_briefly_is_not_read(aws: World) -> Answer:
    return aws.refuses(MAPPING, mapping("@arn:sqs:slow")[1])


@asks("AWS Lambda API Reference, CreateEventSourceMapping: over 10 needs a window", True, **UNREAD)
def a_batch_of_more_than_ten_messages_without_a_window_is_refused(aws: World) -> Answer:
    return aws.refuses(MAPPING, mapping("@arn:sqs:queue", BatchSize=11)[1])


def reading_a_stream(source: str, **properties: Any) -> dict[str, Need]:
    """Return a table with a stream, and a function that reads it and gives up what fails."""
    given_up = {"OnFailure": {"Destination": "@arn:sqs:dead"}}
    usual = {"StartingPosition": "TRIM_HORIZON", "MaximumRetryAttempts": 0, "DestinationConfig": given_up}
    return {
        "role": role(),
        "dead": queue(),
        "table": STREAMED,
        "function": function(source),
        "mapping": mapping("@stream:table", **{**usual, **properties}),
    }


def write(aws: World, *pks: str) -> None:
    """Write items at once."""
    requests = [{"PutRequest": {"Item": item(pk)}} for pk in pks]
    aws.dynamodb.batch_write_item(RequestItems={aws.named("table"): requests})


def sizes(aws: World) -> list[int]:
    """Return how many records each batch had that was given up."""
    return [json.loads(body)["DDBStreamBatchInfo"]["batchSize"] for body in dead(aws)]


@asks(f"{GUIDE}, DynamoDB event sources: a failed batch goes to the destination", True, **reading_a_stream(RAISES))
def records_that_are_given_up_are_told_to_the_destination(aws: World) -> Answer:
    write(aws, "a")
    return sizes(aws) == [1]


SEARCHED = reading_a_stream(RAISES_AT_BAD_ONES, BisectBatchOnFunctionError=True, MaximumRetryAttempts=2)


@asks(f"{GUIDE}, DynamoDB event sources: BisectBatchOnFunctionError", [1], **SEARCHED)
def a_batch_that_fails_is_halved_until_the_bad_record_is_alone(aws: World) -> Answer:
    write(aws, "a", "b", "bad", "c")
    return sizes(aws)


REMOVALS = {"Filters": [{"Pattern": json.dumps({"eventName": ["REMOVE"]})}]}


@asks(
    f"{GUIDE}, event filtering: what does not match is passed over",
    [],
    **reading_a_stream(RAISES, FilterCriteria=REMOVALS),
)
def a_record_that_no_filter_takes_is_handled_by_nobody(aws: World) -> Answer:
    write(aws, "a")
    return dead(aws)
