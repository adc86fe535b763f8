"""What is stored is followed by the stream of the event store's table: nothing is missed, and nothing stored before."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ensemble.command_line.errors import CommandFailed
from ensemble.command_line.trace.tailing import LeftBehind, Tail
from ensemble.laptop import Laptop
from tests.toolkit.laptop.assemblies import Template, table
from tests.toolkit.laptop.clients import client
from tests.toolkit.laptop.small import laptop_with

STORED: Template = {
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "position", "KeyType": "RANGE"}],
    "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "position")],
}
TABLE = table(TableName="events", StreamSpecification={"StreamViewType": "KEYS_ONLY"}, **STORED)


@pytest.fixture
def laptop(tmp_path: Path) -> Iterator[Laptop]:
    with laptop_with(tmp_path, Table=TABLE, Other=table(TableName="plain", **STORED)) as laptop:
        yield laptop


class Store:
    """A table of events on the laptop, and what follows it."""

    def __init__(self, laptop: Laptop, name: str = "events") -> None:
        server = laptop.serve()
        self.dynamodb, self.name = client(server, "dynamodb"), name
        self.tail = Tail(self.dynamodb, client(server, "dynamodbstreams"), name)

    def put(self, position: str, **more: Any) -> None:
        item = {"pk": {"S": "w-1"}, "position": {"S": position}, "type": {"S": "Opened"}} | more
        self.dynamodb.put_item(TableName=self.name, Item=item)

    def new(self) -> list[list[str]]:
        return [[item["position"]["S"] for item in items] for items in self.tail.new()]


@pytest.fixture
def store(laptop: Laptop) -> Store:
    return Store(laptop)


def test_what_was_stored_since_it_began_is_new_once_and_in_the_order_of_storing(store: Store) -> None:
    store.put("0")
    store.tail.begin()

    store.put("2")
    store.put("1")
    first = store.new()
    store.put("3")

    assert first == [["2"], ["1"]]
    assert store.new() == [["3"]]
    assert store.new() == []


def test_what_was_changed_or_removed_is_no_new_event(store: Store) -> None:
    store.put("1")
    store.tail.begin()

    store.put("1", event={"S": "without what was erased"})
    store.put("2")
    store.dynamodb.delete_item(TableName="events", Key={"pk": {"S": "w-1"}, "position": {"S": "2"}})

    assert store.new() == []


def test_an_event_of_several_items_comes_with_all_of_them(store: Store) -> None:
    store.tail.begin()

    for part in ("9#hash#1", "9#hash#2"):
        store.dynamodb.put_item(TableName="events", Item={"pk": {"S": "w-1"}, "position": {"S": part}})
    store.put("9", parts={"S": "9#hash"})

    assert store.new() == [["9", "9#hash#1", "9#hash#2"]]


def test_more_events_than_one_read_takes_come_together(store: Store) -> None:
    store.tail.begin()

    for number in range(105):
        store.put(f"{number:03}")

    assert store.new() == [[f"{number:03}"] for number in range(105)]


def test_an_iterator_that_was_not_used_for_long_goes_on_from_the_last_record(laptop: Laptop, store: Store) -> None:
    store.tail.begin()
    store.put("1")
    store.new()

    store.put("2")
    laptop.run_for(16 * 60)

    assert store.new() == [["2"]]


def test_what_cannot_be_known_any_more_is_to_be_begun_anew(laptop: Laptop, store: Store) -> None:
    store.tail.begin()

    store.put("1")
    laptop.run_for(16 * 60)

    with pytest.raises(LeftBehind):
        store.new()


def test_a_table_without_a_stream_is_named(laptop: Laptop) -> None:
    with pytest.raises(CommandFailed, match="plain has no stream to follow"):
        Store(laptop, "plain").tail.begin()


class Splitting:
    """A stream whose shard is closed and followed by two others, as AWS does it some times a day."""

    def __init__(self) -> None:
        self.shards: list[dict[str, Any]] = [_shard("a", None)]
        self.records = {"a": [_record("1")], "b": [_record("2")], "c": [_record("3")]}

    def describe_stream(self, **asked: Any) -> dict[str, Any]:
        first = 0 if "ExclusiveStartShardId" not in asked else 1
        more = {"LastEvaluatedShardId": self.shards[0]["ShardId"]} if first == 0 and len(self.shards) > 1 else {}
        page = self.shards[:1] if first == 0 else self.shards[1:]
        return {"StreamDescription": {"Shards": page, **more}}

    def split(self) -> None:
        self.shards = [_shard("a", "9"), _shard("b", None, "a"), _shard("c", None, "a")]

    def get_shard_iterator(self, **asked: Any) -> dict[str, Any]:
        return {"ShardIterator": asked["ShardId"]}

    def get_records(self, **asked: str) -> dict[str, Any]:
        iterator = asked["ShardIterator"]
        records, self.records[iterator] = self.records[iterator], []
        is_closed = iterator == "a" and len(self.shards) > 1 and not records
        return {"Records": records} | ({} if is_closed else {"NextShardIterator": iterator})


def _shard(id: str, end: str | None, parent: str | None = None) -> dict[str, Any]:
    numbers = {"StartingSequenceNumber": "1"} | ({} if end is None else {"EndingSequenceNumber": end})
    return {"ShardId": id, "SequenceNumberRange": numbers} | ({} if parent is None else {"ParentShardId": parent})


def _record(position: str) -> dict[str, Any]:
    change = {"Keys": {"pk": {"S": "w-1"}, "position": {"S": position}}, "SequenceNumber": position}
    return {"eventName": "INSERT", "dynamodb": change}


class Answering:
    """A table whose reads may leave keys for later."""

    def __init__(self) -> None:
        self.reads = 0

    def describe_table(self, **_: str) -> dict[str, Any]:
        return {"Table": {"LatestStreamArn": "arn:events"}}

    def batch_get_item(self, **asked: Any) -> dict[str, Any]:
        self.reads += 1
        first, *left = asked["RequestItems"]["events"]["Keys"]
        unprocessed = {"events": {"Keys": left}} if left else {}
        return {"Responses": {"events": [first | {"type": {"S": "Opened"}}]}, "UnprocessedKeys": unprocessed}


def test_a_shard_that_is_closed_is_followed_by_those_that_come_after_it() -> None:
    stream, dynamodb = Splitting(), Answering()
    tail = Tail(dynamodb, stream, "events")
    tail.begin()

    first = tail.new()
    stream.split()
    then = tail.new()

    assert [items[0]["position"]["S"] for items in first] == ["1"]
    assert [items[0]["position"]["S"] for items in then] == ["2", "3"]
    assert dynamodb.reads == 3


def test_what_else_aws_answers_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Splitting()
    tail = Tail(Answering(), stream, "events")
    tail.begin()

    def refuse(**_: str) -> None:
        raise ClientError({"Error": {"Code": "LimitExceededException", "Message": "too many readers"}}, "GetRecords")

    monkeypatch.setattr(stream, "get_records", refuse)
    with pytest.raises(ClientError, match="too many readers"):
        tail.new()
