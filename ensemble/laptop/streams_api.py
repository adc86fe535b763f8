"""The operations of DynamoDB Streams' API that the laptop answers.

What a stream keeps is read by iterators: each is a place in the stream, and can be used for a while.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from ensemble.aws.account import STREAM_LABEL
from ensemble.aws.errors import AwsError
from ensemble.laptop.clock import Clock
from ensemble.laptop.streams import FIRST_SEQUENCE_NUMBER, SHARD_ID, Stream, StreamRecord

TARGET = "DynamoDBStreams_20120810"
"""What DynamoDB Streams is called on the wire (its service model, targetPrefix)."""

MOST_RECORDS, MOST_BYTES = 1_000, 1_000_000
"""Of one GetRecords (Amazon DynamoDB Streams API Reference, GetRecords)."""

MOST_STREAMS = 100
"""Of one ListStreams (the same reference)."""

ITERATOR_SECONDS = 900
"""How long an iterator can be used (the same reference, GetShardIterator)."""

Request = dict[str, Any]
Operation = Callable[[Request], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class _Iterator:
    """The number of the next record to be read, and when it was given (seconds since 1970)."""

    arn: str
    number: int
    given_at: float

    def __str__(self) -> str:
        return f"{self.arn}|{self.number}|{self.given_at!r}"

    @classmethod
    def read(cls, text: str) -> _Iterator:
        """Return an iterator as it was given. Raises AwsError."""
        try:
            arn, number, given_at = text.rsplit("|", 2)
            return cls(arn, int(number), float(given_at))
        except ValueError as error:
            raise AwsError("ValidationException", f"Invalid ShardIterator: {text!r}") from error


class StreamsApi:
    """Answers DynamoDB Streams requests, by operation name. `streams`: by the name of their table."""

    def __init__(self, streams: Mapping[str, Stream], clock: Clock) -> None:
        self._streams, self._clock = streams, clock
        self.operations: dict[str, Operation] = {
            "DescribeStream": self._describe_stream,
            "GetRecords": self._get_records,
            "GetShardIterator": self._get_shard_iterator,
            "ListStreams": self._list_streams,
        }

    def _list_streams(self, request: Request) -> dict[str, Any]:
        name, after = request.get("TableName"), request.get("ExclusiveStartStreamArn", "")
        most = request.get("Limit", MOST_STREAMS)
        found = sorted((stream.arn, table) for table, stream in self._streams.items() if name in (None, table))
        rest = [(arn, table) for arn, table in found if arn > after]
        shown = [{"StreamArn": arn, "TableName": table, "StreamLabel": STREAM_LABEL} for arn, table in rest[:most]]
        return {"Streams": shown, **({"LastEvaluatedStreamArn": rest[most - 1][0]} if len(rest) > most else {})}

    def _describe_stream(self, request: Request) -> dict[str, Any]:
        """Answer that it has one shard, which is never closed."""
        table, stream = self._stream(request["StreamArn"])
        shard = {"ShardId": SHARD_ID, "SequenceNumberRange": {"StartingSequenceNumber": str(FIRST_SEQUENCE_NUMBER)}}
        description = {
            "StreamArn": stream.arn,
            "StreamLabel": STREAM_LABEL,
            "StreamStatus": "ENABLED",
            "StreamViewType": stream.view,
            "CreationRequestDateTime": datetime.fromisoformat(f"{STREAM_LABEL}+00:00").timestamp(),
            "TableName": table,
            "KeySchema": stream.key_schema,
            "Shards": [] if request.get("ExclusiveStartShardId") == SHARD_ID else [shard],
        }
        return {"StreamDescription": description}

    def _get_shard_iterator(self, request: Request) -> dict[str, Any]:
        _, stream = self._stream(request["StreamArn"])
        if request["ShardId"] != SHARD_ID:
            raise AwsError("ResourceNotFoundException", f"Requested resource not found: Shard: {request['ShardId']}")
        now, first = self._clock.now(), self._first(stream)
        number = {
            "LATEST": lambda: stream.next_number,
            "TRIM_HORIZON": lambda: first,
            "AT_SEQUENCE_NUMBER": lambda: _number(request),
            "AFTER_SEQUENCE_NUMBER": lambda: _number(request) + 1,
        }[request["ShardIteratorType"]]()
        _check_kept(number, first)
        return {"ShardIterator": str(_Iterator(stream.arn, number, now))}

    def _get_records(self, request: Request) -> dict[str, Any]:
        """Answer the records from the iterator's place on, and an iterator for what comes after them."""
        iterator, now = _Iterator.read(request["ShardIterator"]), self._clock.now()
        _, stream = self._stream(iterator.arn)
        if now - iterator.given_at > ITERATOR_SECONDS:
            raise AwsError("ExpiredIteratorException", "Shard iterator has expired")
        first = self._first(stream)
        _check_kept(iterator.number, first)
        most = min(request.get("Limit", MOST_RECORDS), MOST_RECORDS)
        start = iterator.number - first
        found = _within_bytes(list(islice(stream.kept(now), start, start + most)))
        following = _Iterator(stream.arn, iterator.number + len(found), now)
        return {"Records": [_shown(record) for record in found], "NextShardIterator": str(following)}

    def _stream(self, arn: str) -> tuple[str, Stream]:
        for table, stream in self._streams.items():
            if stream.arn == arn:
                return table, stream
        raise AwsError("ResourceNotFoundException", f"Requested resource not found: Stream: {arn} not found")

    def _first(self, stream: Stream) -> int:
        """Return the number of the oldest record that is kept, or of the next one to come."""
        kept = stream.kept(self._clock.now())
        return kept[0].number if kept else stream.next_number


def _number(request: Request) -> int:
    text = request.get("SequenceNumber", "")
    if not text.isdecimal():
        raise AwsError("ValidationException", f"Invalid SequenceNumber: {text!r}")
    return int(text)


def _check_kept(number: int, first: int) -> None:
    if number < first:
        raise AwsError("TrimmedDataAccessException", "The requested records are not kept any more")


def _within_bytes(records: list[StreamRecord]) -> list[StreamRecord]:
    """Return as many records as one answer may have, and at least one."""
    size = 0
    for position, record in enumerate(records):
        size += record.size
        if size > MOST_BYTES and position:
            return records[:position]
    return records


def _shown(record: StreamRecord) -> dict[str, Any]:
    """Return a record without what Lambda adds to it."""
    return {name: value for name, value in record.content.items() if name != "eventSourceARN"}
