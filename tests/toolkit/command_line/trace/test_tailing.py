"""Events are followed as they are stored, by the stream of the event store's table."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import boto3
import pytest
from moto import mock_aws

from ensemble.command_line.trace.declared import Declared
from ensemble.command_line.trace.reading import Reading
from ensemble.command_line.trace.tailing import Tail
from ensemble.contracts.loading import load_schemas
from functions.kit.model import Service, on_every_event
from functions.kit.store import filed, items

TABLE, ITERATOR = "events", "get_shard_iterator"
STREAMS = "https://streams.dynamodb.eu-west-1.amazonaws.com"
DECLARED_STORE = Service(name="archive", reactions=(on_every_event(),))


class Stage:
    """An event store's table with a stream, in moto, and somebody who follows it."""

    def __init__(self, schemas: Path) -> None:
        self.dynamodb: Any = boto3.client("dynamodb", "eu-west-1")
        self.streams: Any = boto3.client("dynamodbstreams", "eu-west-1", endpoint_url=STREAMS)
        self.dynamodb.create_table(
            TableName=TABLE,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "position")],
            KeySchema=[
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "position", "KeyType": "RANGE"},
            ],
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"},
        )
        self._declared = Declared((DECLARED_STORE,), load_schemas(schemas), {}, {"archive": TABLE}, (), {}, {}, ())
        self.put("before")
        self.tail = self.follow()

    def follow(self) -> Tail:
        reading = Reading(self._declared, self.dynamodb, boto3.client("sqs", "eu-west-1"), 0.0)
        return Tail(reading, self._declared, self.dynamodb, self.streams)

    def put(self, *ids: str, note: str = "") -> None:
        """Store events of a workflow, as an event store does."""
        for id in ids:
            detail = {"event_id": id, "correlation_id": "w-1", "timestamp": "2026-01-01T12:00:00.000Z", "note": note}
            event = {"id": id, "time": "2026-01-01T12:00:00Z", "detail-type": "LoanGranted", "source": "loan"}
            first, *others = items(filed(json.dumps(event | {"detail": detail}), {}), "2026-01-01T12:00:01.000Z")
            for item in (*reversed(others), first):
                self.dynamodb.put_item(TableName=TABLE, Item=item)

    def told(self) -> list[str]:
        """Return the ids of the events that the one who follows has not seen yet."""
        return [event.event_id for event in self.tail.events()]


@pytest.fixture
def stage(lending: Path) -> Iterator[Stage]:
    with mock_aws():
        yield Stage(lending / "schemas")


def test_it_begins_with_what_is_stored_from_then_on_and_tells_each_event_once(stage: Stage) -> None:
    assert stage.tail.follows
    assert stage.told() == []

    stage.put("e-1", "e-2")

    assert stage.told() == ["e-1", "e-2"]
    assert stage.told() == []


def test_more_than_one_call_takes_are_read_in_their_order(stage: Stage) -> None:
    ids = [f"e-{number}" for number in range(230)]

    stage.put(*ids)

    assert stage.told() == ids


def test_an_event_in_several_items_is_told_once(stage: Stage) -> None:
    stage.put("long", note=Random(1).randbytes(600_000).hex())

    assert stage.told() == ["long"]


def test_what_is_only_changed_is_not_told(stage: Stage) -> None:
    stage.put("e-1")
    stage.told()

    stage.put("e-1", note="forgotten")

    assert stage.told() == []


@pytest.mark.parametrize("code", ["ExpiredIteratorException", "TrimmedDataAccessException"])
def test_who_has_not_asked_for_long_goes_on_where_that_was(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    stage.put("e-1")
    assert stage.told() == ["e-1"]
    stage.put("e-2")

    def refuse(**_: Any) -> Any:
        raise stage.dynamodb.exceptions.ClientError({"Error": {"Code": code}}, "GetRecords")

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(stage.streams, "get_records", refuse)
        assert stage.told() == []

    assert stage.told()[-1] == "e-2"


def test_a_closed_shard_is_followed_by_those_that_come_after_it(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    get, describe, iterate = (getattr(stage.streams, name) for name in ("get_records", "describe_stream", ITERATOR))
    begun: list[tuple[str, str]] = []

    def closing(**request: Any) -> Any:
        return {name: one for name, one in get(**request).items() if name != "NextShardIterator"}

    def with_another(**request: Any) -> Any:
        described = describe(**request)
        (shard,) = described["StreamDescription"]["Shards"]
        described["StreamDescription"]["Shards"] = [shard, {**shard, "ShardId": "after"}]
        begun.append((shard["ShardId"], "was there"))
        return described

    def beginning(**request: Any) -> Any:
        begun.append((request["ShardId"], request["ShardIteratorType"]))
        return iterate(**{**request, "ShardId": begun[0][0]})

    for name, one in (("get_records", closing), ("describe_stream", with_another), (ITERATOR, beginning)):
        monkeypatch.setattr(stage.streams, name, one)

    stage.told()

    assert begun[1:] == [("after", "TRIM_HORIZON")]


def test_where_no_table_has_a_stream_nothing_is_followed(stage: Stage) -> None:
    stage.dynamodb.update_table(TableName=TABLE, StreamSpecification={"StreamEnabled": False})

    tail = stage.follow()

    assert (tail.follows, tail.events()) == (False, [])
