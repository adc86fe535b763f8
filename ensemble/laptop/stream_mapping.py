"""The event source mapping from a table's stream to a function: in order, retried, split, and at last given up."""

from __future__ import annotations

import json
import math
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from ensemble.aws.entries import rfc3339
from ensemble.aws.filters import RecordFilters
from ensemble.aws.mappings import Reading, failed_ids
from ensemble.laptop.engine import HOP_SECONDS, Engine
from ensemble.laptop.identifiers import Identifiers
from ensemble.laptop.invoker import HandlerFailed
from ensemble.laptop.polling import Polling
from ensemble.laptop.queue_mapping import Handle
from ensemble.laptop.streams import RETENTION_SECONDS, SHARD_ID, Stream, StreamRecord

LONGEST_BACKOFF_SECONDS = 60
"""Lambda waits longer after each failure, by times it does not publish."""

# Takes the name of an object and the record of a failed invocation, with and without the payload.
OnFailure = Callable[[str, dict[str, Any], str], None]


@dataclass(slots=True)
class _Batch:
    records: list[StreamRecord]
    failures: int = 0


class StreamMapping:
    """Feeds a stream's records to a function, or a pipe, of that ARN. While a batch fails, no later one is handled."""

    def __init__(
        self,
        stream: Stream,
        handle: Handle,
        arn: str,
        mapping_id: str,
        reading: Reading,
        filters: RecordFilters,
        engine: Engine,
        identifiers: Identifiers,
        on_failure: OnFailure,
    ) -> None:
        self._stream, self._handle, self._arn = stream, handle, arn
        self._id, self._reading, self._filters = mapping_id, reading, filters
        self._engine, self._identifiers = engine, identifiers
        self._on_failure = on_failure
        self._arrived: deque[StreamRecord] = deque()
        self._begun: deque[_Batch] = deque()
        self._under_way: _Batch | None = None
        self.polling = Polling(engine, self._poll, self._following, is_enabled=reading.is_enabled)
        stream.listeners.append(self._take)

    def state(self) -> dict[str, Any]:
        """Return what is still to be handled, as JSON can hold it."""
        under_way = [] if self._under_way is None else [self._under_way]
        return {
            "begun": [asdict(batch) for batch in (*under_way, *self._begun)],
            "arrived": [asdict(record) for record in self._arrived],
        }

    def resume(self, state: dict[str, Any]) -> None:
        """Handle what another mapping had still to handle. A batch that failed is tried again at once."""
        for batch in state["begun"]:
            self._begun.append(_Batch([StreamRecord(**record) for record in batch["records"]], batch["failures"]))
        self._arrived.extend(StreamRecord(**record) for record in state["arrived"])
        if self._begun or self._arrived:
            self.polling.at(self._engine.clock.now() + HOP_SECONDS)

    def _take(self, records: list[StreamRecord]) -> None:
        passed = [record for record in records if self._filters.let_pass(record.content)]
        self._arrived.extend(passed)
        if passed and not self._begun:
            full = self._reading.window == 0 or len(self._arrived) >= self._reading.batch_size
            self.polling.at(self._engine.clock.now() + (HOP_SECONDS if full else self._reading.window))

    def _poll(self) -> None:
        """Handle the next batch."""
        if not self._begun:
            size = min(self._reading.batch_size, len(self._arrived))
            self._begun.append(_Batch([self._arrived.popleft() for _ in range(size)]))
        batch = self._under_way = self._begun.popleft()
        self._give_up_old(batch)
        if batch.records:
            self._invoke(batch)
        self._under_way = None

    def _following(self) -> float:
        """Return when to poll again, infinity if nothing is left."""
        if not (self._begun or self._arrived):
            return math.inf
        return self._engine.clock.now() + (_backoff(self._begun[0].failures) if self._begun else HOP_SECONDS)

    def _invoke(self, batch: _Batch) -> None:
        # Each try gets its own copy, as what the handler does to an event must not reach the next one.
        event = {"Records": json.loads(json.dumps([record.content for record in batch.records]))}
        request: dict[str, Any] = {"condition": "RetryAttemptsExhausted", "functionError": None}
        try:
            result = self._handle(event, None)
        except HandlerFailed:
            request["functionError"] = "Unhandled"
            return self._after_failure(batch, 0, request)
        if self._reading.reports_failures:
            numbers = [record.sequence_number for record in batch.records]
            failed = failed_ids(result, numbers)
            if failed:
                return self._after_failure(batch, min(map(numbers.index, failed)), request)
        return None

    def _after_failure(self, batch: _Batch, first_failed: int, request: dict[str, Any]) -> None:
        """Retry from the first failed record on: split in two, again as it is, or not at all.

        A split does not count as a retry (Lambda Developer Guide, "Configuring error handling controls").
        """
        rest = batch.records[first_failed:]
        if self._reading.bisects and first_failed == 0 and len(rest) > 1:
            middle = (len(rest) + 1) // 2
            halves = (rest[:middle], rest[middle:])
            self._begun.extendleft(_Batch(half, batch.failures) for half in reversed(halves))
            return
        failures = batch.failures + 1
        limit = self._reading.maximum_retries
        if limit is not None and failures > limit:
            self._give_up(rest, failures, request)
        else:
            self._begun.appendleft(_Batch(rest, failures))

    def _give_up_old(self, batch: _Batch) -> None:
        """Give up the records of a batch that are past the maximum age, or past what the stream itself keeps."""
        now = self._engine.clock.now()
        limit = min(self._reading.maximum_age or RETENTION_SECONDS, RETENTION_SECONDS)
        old = [record for record in batch.records if now - record.created_at > limit]
        if old:
            batch.records = batch.records[len(old) :]
            self._give_up(old, batch.failures, {"condition": "RecordAgeExceeded", "functionError": "Unhandled"})

    def _give_up(self, records: list[StreamRecord], tries: int, request: dict[str, Any]) -> None:
        """Send records to the failure destination (Lambda Developer Guide, "Retain discarded records for DynamoDB").

        The condition for records that are too old is not published; the word for it here is ours.
        """
        now = self._engine.clock.now()
        request_id = self._identifiers.uuid()
        response = {"statusCode": 200, "executedVersion": "$LATEST"}
        if request["functionError"]:
            response["functionError"] = request["functionError"]
        record = {
            "requestContext": {
                "requestId": request_id,
                "functionArn": self._arn,
                "condition": request["condition"],
                "approximateInvokeCount": tries,
            },
            "responseContext": response,
            "version": "1.0",
            "timestamp": rfc3339(now),
            "DDBStreamBatchInfo": {
                "shardId": SHARD_ID,
                "startSequenceNumber": records[0].sequence_number,
                "endSequenceNumber": records[-1].sequence_number,
                "approximateArrivalOfFirstRecord": rfc3339(records[0].created_at),
                "approximateArrivalOfLastRecord": rfc3339(records[-1].created_at),
                "batchSize": len(records),
                "streamArn": self._stream.arn,
            },
        }
        payload = json.dumps({"Records": [record.content for record in records]})
        self._on_failure(self._object_key(now), record, payload)

    def _object_key(self, now: float) -> str:
        moment = datetime.fromtimestamp(now, UTC)
        folder = f"aws/lambda/{self._id}/{SHARD_ID}/{moment:%Y/%m/%d}"
        return f"{folder}/{moment:%Y-%m-%dT%H.%M.%S}-{self._identifiers.uuid()}"


def records_in(state: dict[str, Any]) -> int:
    """Return how many records a mapping still has to handle, by its state."""
    return len(state["arrived"]) + sum(len(batch["records"]) for batch in state["begun"])


def _backoff(failures: int) -> float:
    """Return how long to wait before a batch that failed so often is tried, in seconds."""
    return min(2.0 ** min(failures - 1, 16), LONGEST_BACKOFF_SECONDS) if failures else HOP_SECONDS
