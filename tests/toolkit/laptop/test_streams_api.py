"""DynamoDB Streams, asked by boto3: of the laptop, and as far as moto has it the same of moto."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from moto import mock_aws

from ensemble.laptop import Laptop
from ensemble.laptop.streams import MOST_KEPT, MOST_KEPT_BYTES, RETENTION_SECONDS
from tests.toolkit.laptop.assemblies import Template, table
from tests.toolkit.laptop.clients import client
from tests.toolkit.laptop.small import laptop_with

TABLE: Template = table(TableName="rows", StreamSpecification={"StreamViewType": "NEW_AND_OLD_IMAGES"})
VIEW = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}


class Reader:
    """Writes to the table `rows`, and reads its stream."""

    def __init__(self, dynamodb: Any, streams: Any) -> None:
        self.dynamodb, self.streams = dynamodb, streams

    @property
    def arn(self) -> str:
        return str(self.dynamodb.describe_table(TableName="rows")["Table"]["LatestStreamArn"])

    def put(self, *keys: str, **attributes: Any) -> None:
        for key in keys:
            self.dynamodb.put_item(TableName="rows", Item={"pk": {"S": key}, **attributes})

    def iterator(self, kind: str, **at: str) -> str:
        (shard,) = self.streams.describe_stream(StreamArn=self.arn)["StreamDescription"]["Shards"]
        answer = self.streams.get_shard_iterator(
            StreamArn=self.arn, ShardId=shard["ShardId"], ShardIteratorType=kind, **at
        )
        return str(answer["ShardIterator"])

    def read(self, iterator: str, **limit: int) -> tuple[list[str], list[str], str]:
        """Return the keys and the numbers of the records, and the next iterator."""
        answer = self.streams.get_records(ShardIterator=iterator, **limit)
        changes = [record["dynamodb"] for record in answer["Records"]]
        keys = [change["Keys"]["pk"]["S"] for change in changes]
        return keys, [change["SequenceNumber"] for change in changes], answer["NextShardIterator"]


@pytest.fixture
def laptop(tmp_path: Path) -> Iterator[Laptop]:
    with laptop_with(tmp_path, Table=TABLE, Other=table(TableName="plain")) as laptop:
        yield laptop


def reader_of(laptop: Laptop) -> Reader:
    server = laptop.serve()
    return Reader(client(server, "dynamodb"), client(server, "dynamodbstreams"))


@pytest.fixture
def ours(laptop: Laptop) -> Reader:
    return reader_of(laptop)


@pytest.fixture(params=["laptop", "moto"])
def reader(request: pytest.FixtureRequest) -> Iterator[Reader]:
    if request.param == "laptop":
        yield request.getfixturevalue("ours")
        return
    with mock_aws():
        named: dict[str, Any] = {"region_name": "eu-west-1", "aws_access_key_id": "any", "aws_secret_access_key": "any"}
        named["config"] = Config(account_id_endpoint_mode="disabled")  # moto does not know those endpoints
        dynamodb: Any = boto3.client("dynamodb", **named)
        properties = {name: value for name, value in TABLE["Properties"].items() if name != "StreamSpecification"}
        dynamodb.create_table(**properties, StreamSpecification=VIEW)
        yield Reader(dynamodb, boto3.client("dynamodbstreams", **named))


def test_the_stream_of_a_table_is_found(reader: Reader) -> None:
    (listed,) = reader.streams.list_streams(TableName="rows")["Streams"]
    described = reader.streams.describe_stream(StreamArn=listed["StreamArn"])["StreamDescription"]

    assert listed["StreamArn"] == reader.arn
    assert (described["TableName"], described["StreamStatus"]) == ("rows", "ENABLED")
    assert described["StreamViewType"] == "NEW_AND_OLD_IMAGES"
    assert described["KeySchema"] == [{"AttributeName": "pk", "KeyType": "HASH"}]


def test_a_record_says_what_a_write_did(reader: Reader) -> None:
    reader.put("a", n={"N": "1"})
    reader.put("a", n={"N": "2"})
    reader.dynamodb.delete_item(TableName="rows", Key={"pk": {"S": "a"}})

    records = reader.streams.get_records(ShardIterator=reader.iterator("TRIM_HORIZON"))["Records"]

    assert [record["eventName"] for record in records] == ["INSERT", "MODIFY", "REMOVE"]
    assert records[1]["dynamodb"]["OldImage"] == {"pk": {"S": "a"}, "n": {"N": "1"}}
    assert records[1]["dynamodb"]["NewImage"] == {"pk": {"S": "a"}, "n": {"N": "2"}}


def test_a_reader_goes_on_where_it_was(reader: Reader) -> None:
    reader.put("a", "b", "c")

    first, _, rest = reader.read(reader.iterator("TRIM_HORIZON"), Limit=2)
    reader.put("d")
    second, _, end = reader.read(rest)
    nothing, _, _ = reader.read(end)

    assert (first, second, nothing) == (["a", "b"], ["c", "d"], [])


def test_the_latest_is_what_comes_after_now(reader: Reader) -> None:
    reader.put("a")
    latest = reader.iterator("LATEST")
    reader.put("b")

    assert reader.read(latest)[0] == ["b"]


def test_a_reader_begins_at_a_record_or_after_it(reader: Reader) -> None:
    reader.put("a", "b", "c")
    _, numbers, _ = reader.read(reader.iterator("TRIM_HORIZON"))

    at = reader.read(reader.iterator("AT_SEQUENCE_NUMBER", SequenceNumber=numbers[1]))[0]
    after = reader.read(reader.iterator("AFTER_SEQUENCE_NUMBER", SequenceNumber=numbers[1]))[0]

    assert (at, after) == (["b", "c"], ["c"])


def test_an_iterator_can_be_used_for_a_quarter_of_an_hour(laptop: Laptop, ours: Reader) -> None:
    iterator = ours.iterator("LATEST")
    laptop.advance(15 * 60)
    assert ours.read(iterator)[0] == []

    laptop.advance(1)
    with pytest.raises(ours.streams.exceptions.ExpiredIteratorException):
        ours.read(iterator)


def test_records_are_kept_for_a_day(laptop: Laptop, ours: Reader) -> None:
    ours.put("a")
    _, (number,), _ = ours.read(ours.iterator("TRIM_HORIZON"))
    laptop.advance(RETENTION_SECONDS + 1)
    ours.put("b")

    assert ours.read(ours.iterator("TRIM_HORIZON"))[0] == ["b"]
    with pytest.raises(ours.streams.exceptions.TrimmedDataAccessException):
        ours.iterator("AT_SEQUENCE_NUMBER", SequenceNumber=number)


def test_what_is_kept_is_bounded_in_records_and_in_bytes(
    ours: Reader, monkeypatch: pytest.MonkeyPatch, laptop: Laptop
) -> None:
    assert (MOST_KEPT, MOST_KEPT_BYTES) == (20_000, 32_000_000)

    monkeypatch.setattr("ensemble.laptop.streams.MOST_KEPT", 2)
    ours.put("a", "b", "c")
    assert ours.read(ours.iterator("TRIM_HORIZON"))[0] == ["b", "c"]

    monkeypatch.setattr("ensemble.laptop.streams.MOST_KEPT_BYTES", 1_000)
    ours.put("d", text={"S": "x" * 900})
    assert ours.read(ours.iterator("TRIM_HORIZON"))[0] == ["d"]


def test_one_answer_has_a_megabyte_of_records_or_one_record(ours: Reader) -> None:
    ours.put("a", "b", "c", text={"S": "x" * 390_000})

    assert ours.read(ours.iterator("TRIM_HORIZON"))[0] == ["a", "b"]


def test_the_laptop_that_goes_on_has_the_records_still(laptop: Laptop, ours: Reader, tmp_path: Path) -> None:
    ours.put("a", "b")
    _, _, iterator = ours.read(ours.iterator("TRIM_HORIZON"), Limit=1)

    with laptop_with(tmp_path / "again", Table=TABLE) as after:
        after.restore(json.loads(json.dumps(laptop.state())))

        assert reader_of(after).read(iterator)[0] == ["b"]


@pytest.mark.parametrize(
    "request_",
    [
        {"ShardIteratorType": "LATEST", "ShardId": "shardId-00000000000000000000"},
        {"ShardIteratorType": "LATEST", "StreamArn": "arn:aws:dynamodb:eu-west-1:000000000000:table/plain/stream/1"},
    ],
)
def test_what_is_not_there_is_the_error_that_boto3_knows(ours: Reader, request_: dict[str, str]) -> None:
    (shard,) = ours.streams.describe_stream(StreamArn=ours.arn)["StreamDescription"]["Shards"]

    with pytest.raises(ours.streams.exceptions.ResourceNotFoundException):
        ours.streams.get_shard_iterator(**{"StreamArn": ours.arn, "ShardId": shard["ShardId"]} | request_)


def test_the_streams_are_listed_page_by_page(tmp_path: Path) -> None:
    names = ["a-table", "b-table", "c-table"]
    tables = {name[0].upper(): table(TableName=name, StreamSpecification=VIEW) for name in names}
    with laptop_with(tmp_path, **tables) as laptop:
        streams = client(laptop.serve(), "dynamodbstreams")

        first = streams.list_streams(Limit=2)
        second = streams.list_streams(ExclusiveStartStreamArn=first["LastEvaluatedStreamArn"])

        assert [one["TableName"] for one in (*first["Streams"], *second["Streams"])] == names
        assert "LastEvaluatedStreamArn" not in second
