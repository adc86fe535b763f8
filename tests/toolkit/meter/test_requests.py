"""What requests are billed, on tables that are there and on those that are not written."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ensemble.laptop.answers import Answer
from ensemble.meter.items import Image, Index, Table
from ensemble.meter.requests import Request
from ensemble.meter.units import Unit, Units

TABLES = {"rows": Table(("pk",), (Index(("due",), frozenset()),))}
OLD = {"pk": {"S": "1"}, "state": {"S": "x" * 2000}}
NEW = {"pk": {"S": "1"}, "due": {"S": "now"}}


def billed(target: str, parameters: Mapping[str, Any], *images: Image | None, answer: Any = None) -> Units:
    """Return the units of a request, where its items are these images: all of before, then all of after."""
    found: Iterator[Image | None] = iter(images)
    request = Request({"x-amz-target": target}, json.dumps(parameters).encode())
    return request.answered(
        lambda: Answer(200, {}, json.dumps(answer or {}).encode()), TABLES, lambda _table, _key: next(found)
    )[1]


def test_a_put_counts_the_larger_item_and_the_index() -> None:
    units = billed("DynamoDB_20120810.PutItem", {"TableName": "rows", "Item": NEW}, OLD, NEW)

    assert units[Unit.WRITE] == 2 + 1


def test_a_transaction_counts_each_item_twice_also_one_that_it_only_looks_at() -> None:
    writes = [
        {"Put": {"TableName": "rows", "Item": {"pk": {"S": "1"}}}},
        {"ConditionCheck": {"TableName": "rows", "Key": {"pk": {"S": "2"}}}},
    ]

    units = billed(
        "DynamoDB_20120810.TransactWriteItems", {"TransactItems": writes}, None, None, {"pk": {"S": "1"}}, None
    )

    assert units[Unit.WRITE] == 4


def test_a_consistent_read_counts_twice_an_eventual_one() -> None:
    request = {"TableName": "rows", "Key": {"pk": {"S": "1"}}}

    assert billed("DynamoDB_20120810.GetItem", {**request, "ConsistentRead": True})[Unit.READ] == 1
    assert billed("DynamoDB_20120810.GetItem", request, answer={"Item": OLD})[Unit.READ] == 0.5


def test_a_query_counts_what_it_finds_in_all() -> None:
    found = {"Items": [OLD, OLD, OLD]}

    assert billed("DynamoDB_20120810.Query", {"TableName": "rows"}, answer=found)[Unit.READ] == 1


def test_an_item_of_a_batch_that_is_not_there_counts_like_a_small_one() -> None:
    asked = {"RequestItems": {"rows": {"Keys": [{"pk": {"S": "1"}}, {"pk": {"S": "2"}}], "ConsistentRead": True}}}

    found = {"Responses": {"rows": [OLD]}}
    assert billed("DynamoDB_20120810.BatchGetItem", asked, answer=found)[Unit.READ] == 2


def test_events_are_counted_by_entry_and_by_64_kilobytes() -> None:
    small = {"Source": "a", "DetailType": "B", "Detail": "{}"}
    large = {**small, "Detail": json.dumps("x" * 70_000)}

    assert billed("AWSEvents.PutEvents", {"Entries": [small, large]})[Unit.EVENT] == 3


def test_a_request_of_a_queue_is_one_however_many_messages_it_sends() -> None:
    entries = [{"Id": "1", "MessageBody": "a"}, {"Id": "2", "MessageBody": "b"}]

    assert billed("AmazonSQS.SendMessageBatch", {"QueueUrl": "q", "Entries": entries})[Unit.QUEUE] == 1


def test_a_secret_is_read_for_nothing() -> None:
    assert billed("AmazonSSM.GetParameter", {"Name": "key"}) == {}
