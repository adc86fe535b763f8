"""Follows the events of a stage as they are stored, by the stream of the event store's table, and writes nothing.

`Tail(reading, declared, dynamodb, streams)` begins with what is stored from then on; each call of `events()` returns
what was stored since the last one. The stream has keys alone, so the events are read by these. A call is one GetRecords
for each shard, of which a table at rest has one to four, and one BatchGetItem for up to a hundred new events, half a
read unit for each 4 kB. Whoever follows needs `dynamodb:DescribeTable`, `DescribeStream`, `GetShardIterator`,
`GetRecords`, `BatchGetItem` and `Query`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from ensemble.command_line.stage.stored_events import Item, is_whole
from ensemble.command_line.trace.declared import Declared
from ensemble.command_line.trace.reading import Reading
from ensemble.trace.known import Happened

MOST_KEYS = 100
"""Of one BatchGetItem (DynamoDB API Reference, BatchGetItem)."""

PASSED = ("ExpiredIteratorException", "TrimmedDataAccessException")
"""What GetRecords says when nobody has asked for 15 minutes, or for a day (DynamoDB Streams API Reference, GetRecords).
"""


@dataclass(slots=True)
class _Shard:
    """A shard as far as it was read. `iterator`: where to go on; None when it is closed and read to its end."""

    arn: str
    id: str
    iterator: str | None
    last: str = ""


class Tail:
    """Follows the events. `dynamodb` and `streams`: botocore's clients of `dynamodb` and `dynamodbstreams`."""

    def __init__(self, reading: Reading, declared: Declared, dynamodb: Any, streams: Any) -> None:
        self._reading, self._dynamodb, self._streams = reading, dynamodb, streams
        self._tables = [declared.tables[service.name] for service in declared.event_stores]
        self._arns = {table: arn for table in self._tables if (arn := self._arn(table)) is not None}
        self._shards: dict[str, _Shard] = {}
        self._look_for_shards("LATEST")

    @property
    def follows(self) -> bool:
        """Whether there is anything to follow: an event store whose table has a stream."""
        return bool(self._arns)

    def events(self) -> list[Happened]:
        """Return what was stored since the last call, in the order of each shard."""
        found = [event for table, arn in self._arns.items() for event in self._read(table, self._keys(arn))]
        if any(shard.iterator is None for shard in self._shards.values()):
            self._look_for_shards("TRIM_HORIZON")
        return found

    def _arn(self, table: str) -> str | None:
        """Return the stream of a table. One that was switched off has an ARN for a day."""
        described = self._dynamodb.describe_table(TableName=table)["Table"]
        is_on = described.get("StreamSpecification", {}).get("StreamEnabled", False)
        return str(described["LatestStreamArn"]) if is_on else None

    def _look_for_shards(self, begin: str) -> None:
        """Begin with the shards that are not known yet, and forget those that are gone. A closed one has passed on to
        others, which are read from their beginning."""
        there = {shard["ShardId"]: arn for arn in self._arns.values() for shard in self._shards_of(arn)}
        for id in self._shards.keys() - there.keys():
            del self._shards[id]
        for id in there.keys() - self._shards.keys():
            self._shards[id] = _Shard(there[id], id, self._iterator(there[id], id, ShardIteratorType=begin))

    def _shards_of(self, arn: str) -> Iterator[Mapping[str, Any]]:
        start: dict[str, str] = {}
        while True:
            described = self._streams.describe_stream(StreamArn=arn, **start)["StreamDescription"]
            yield from described["Shards"]
            if "LastEvaluatedShardId" not in described:
                return
            start = {"ExclusiveStartShardId": described["LastEvaluatedShardId"]}

    def _iterator(self, arn: str, shard: str, **begin: str) -> str:
        return str(self._streams.get_shard_iterator(StreamArn=arn, ShardId=shard, **begin)["ShardIterator"])

    def _keys(self, arn: str) -> Iterator[Item]:
        """Yield the keys of the items that were put since the last time."""
        for shard in [one for one in self._shards.values() if one.arn == arn and one.iterator is not None]:
            for record in self._records(shard):
                shard.last = record["dynamodb"]["SequenceNumber"]
                if record["eventName"] == "INSERT":
                    yield record["dynamodb"]["Keys"]

    def _records(self, shard: _Shard) -> Sequence[Mapping[str, Any]]:
        try:
            answer = self._streams.get_records(ShardIterator=shard.iterator)
        except ClientError as error:
            if error.response["Error"]["Code"] not in PASSED:
                raise
            begin = {"ShardIteratorType": "TRIM_HORIZON"}
            if shard.last and error.response["Error"]["Code"] == PASSED[0]:
                begin = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": shard.last}
            shard.iterator = self._iterator(shard.arn, shard.id, **begin)
            return ()
        shard.iterator = answer.get("NextShardIterator")
        records: Sequence[Mapping[str, Any]] = answer["Records"]
        return records

    def _read(self, table: str, keys: Iterator[Item]) -> Iterator[Happened]:
        wanted = list(keys)
        for start in range(0, len(wanted), MOST_KEYS):
            for item in self._items(table, wanted[start : start + MOST_KEYS]):
                if is_whole(item):
                    yield from self._reading.events_in([item], _pass_over)
                elif "type" in item:  # what is in several items is read with its workflow
                    id = item["position"]["S"].partition("#")[2]
                    events = self._reading.another().events_of(item["pk"]["S"])
                    yield from (event for event in events if event.event_id == id)

    def _items(self, table: str, keys: list[Item]) -> Iterator[Item]:
        """Yield the items of these keys, in their order."""
        found, asked = dict[tuple[str, str], Item](), keys
        while asked:
            answer = self._dynamodb.batch_get_item(RequestItems={table: {"Keys": asked}})
            found |= {(item["pk"]["S"], item["position"]["S"]): item for item in answer["Responses"].get(table, [])}
            asked = answer.get("UnprocessedKeys", {}).get(table, {}).get("Keys", [])
        for key in keys:
            item = found.get((key["pk"]["S"], key["position"]["S"]))
            if item is not None:
                yield item


def _pass_over(_item: Item, _fault: Exception) -> None:
    """What cannot be read is told when its workflow is looked at."""
