"""Follows what is stored by the streams of the event stores' tables: their keys come by the stream, the events by their
keys.

Reading a stream is a call for each open shard, and costs only while somebody looks (Amazon DynamoDB pricing, "DynamoDB
Streams": 0.02 USD for 100,000 calls). What is read twice is for the reader to know: a shard that was left alone too
long is read anew from where it was left.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from ensemble.command_line.errors import CommandFailed

Item = Mapping[str, Any]

MOST_KEYS = 100
"""Of one BatchGetItem (Amazon DynamoDB API Reference, BatchGetItem)."""

LOST = frozenset({"ExpiredIteratorException", "TrimmedDataAccessException"})
"""An iterator that was not used for 15 minutes, or that was left behind by a day (Amazon DynamoDB Streams API
Reference, GetRecords)."""


class LeftBehind(Exception):
    """Raised when it was not looked for so long that what was stored meanwhile is not known: begin anew."""


@dataclass(slots=True)
class _Shard:
    """A shard that is read, and the number of its last record that was."""

    iterator: str
    last: str | None = None


class Tail:
    """Follows one table. `dynamodb` and `streams`: botocore's clients."""

    def __init__(self, dynamodb: Any, streams: Any, table: str) -> None:
        self._dynamodb, self._streams, self._table = dynamodb, streams, table
        self._arn = ""
        self._shards: dict[str, _Shard] = {}

    def begin(self) -> None:
        """Follow what is stored from now on. Raises CommandFailed where the table has no stream."""
        table = self._dynamodb.describe_table(TableName=self._table)["Table"]
        if "LatestStreamArn" not in table:
            raise CommandFailed(f"the table {self._table} has no stream to follow. Fix: deploy the stage anew")
        self._arn = table["LatestStreamArn"]
        self._shards = {
            one["ShardId"]: self._opened(one["ShardId"], "LATEST") for one in self._shards_now() if _is_open(one)
        }

    def new(self) -> list[list[Item]]:
        """Return the items of each event that was stored since, in the order of storing. Raises LeftBehind."""
        keys = dict.fromkeys(key for shard in list(self._shards) for key in self._new_keys(shard))
        found = {_key_of(item): item for item in self._items(list(keys))}
        return [self._whole(found[key]) for key in keys if key in found and "type" in found[key]]

    def _shards_now(self) -> Iterator[dict[str, Any]]:
        start: dict[str, str] = {}
        while True:
            told = self._streams.describe_stream(StreamArn=self._arn, **start)["StreamDescription"]
            yield from told["Shards"]
            if "LastEvaluatedShardId" not in told:
                return
            start = {"ExclusiveStartShardId": told["LastEvaluatedShardId"]}

    def _opened(self, shard: str, where: str, **at: str) -> _Shard:
        answer = self._streams.get_shard_iterator(StreamArn=self._arn, ShardId=shard, ShardIteratorType=where, **at)
        return _Shard(answer["ShardIterator"], at.get("SequenceNumber"))

    def _new_keys(self, id: str) -> Iterator[tuple[str, str]]:
        """Yield the keys of what was stored in a shard. One that is closed is followed by its children."""
        shard = self._shards[id]
        while True:
            answer = self._records(id)
            for record in answer["Records"]:
                change = record["dynamodb"]
                shard.last = change["SequenceNumber"]
                if record["eventName"] == "INSERT":
                    yield _key_of(change["Keys"])
            following = answer.get("NextShardIterator")
            if following is None:
                del self._shards[id]
                yield from self._keys_of_children(id)
                return
            shard.iterator = following
            if not answer["Records"]:
                return

    def _records(self, id: str) -> Any:
        shard = self._shards[id]
        try:
            return self._streams.get_records(ShardIterator=shard.iterator)
        except ClientError as error:
            if error.response["Error"]["Code"] not in LOST or shard.last is None:
                raise _lost(error) from error
        try:
            opened = self._opened(id, "AFTER_SEQUENCE_NUMBER", SequenceNumber=shard.last)
            shard.iterator = opened.iterator
            return self._streams.get_records(ShardIterator=shard.iterator)
        except ClientError as error:
            raise _lost(error) from error

    def _keys_of_children(self, parent: str) -> Iterator[tuple[str, str]]:
        for one in list(self._shards_now()):
            if one.get("ParentShardId") == parent and one["ShardId"] not in self._shards:
                self._shards[one["ShardId"]] = self._opened(one["ShardId"], "TRIM_HORIZON")
                yield from self._new_keys(one["ShardId"])

    def _items(self, keys: Sequence[tuple[str, str]]) -> Iterator[Item]:
        """Yield the items that are there, by as many calls as it takes: DynamoDB may leave some for later."""
        for start in range(0, len(keys), MOST_KEYS):
            asked: Any = [
                {"pk": {"S": pk}, "position": {"S": position}} for pk, position in keys[start : start + MOST_KEYS]
            ]
            while asked:
                answer = self._dynamodb.batch_get_item(RequestItems={self._table: {"Keys": asked}})
                yield from answer["Responses"].get(self._table, [])
                asked = answer.get("UnprocessedKeys", {}).get(self._table, {}).get("Keys", [])

    def _whole(self, first: Item) -> list[Item]:
        """Return all items of an event."""
        if "parts" not in first:
            return [first]
        pages = self._dynamodb.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="pk = :pk AND begins_with(#position, :parts)",
            ExpressionAttributeNames={"#position": "position"},
            ExpressionAttributeValues={":pk": first["pk"], ":parts": {"S": first["parts"]["S"] + "#"}},
        )
        return [first, *(item for page in pages for item in page["Items"])]


def _is_open(shard: Mapping[str, Any]) -> bool:
    return "EndingSequenceNumber" not in shard["SequenceNumberRange"]


def _key_of(item: Item) -> tuple[str, str]:
    return item["pk"]["S"], item["position"]["S"]


def _lost(error: ClientError) -> Exception:
    return LeftBehind() if error.response["Error"]["Code"] in LOST else error
