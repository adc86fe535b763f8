"""The sweep of a service: each minute it sends what is due to the service's own queue, as an event like any other.

It handles nothing itself, so that a row that fails holds up no other: its event has the queue's delays and its DLQ. The
row `kit#sweep` remembers how far it got. A row that stays due is sent again once a day, in case its message was lost.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any

from functions.kit import clock
from functions.kit.envelope import derived_id
from functions.kit.errors import Unavailable, VersionConflict
from functions.kit.model import TIMER, rfc3339
from functions.kit.rows import DUE_PARTITIONS, Commit, Place, RowStore

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

PROGRESS = "kit#sweep"
"""The key of the row that remembers how far the sweep got."""

OVERLAP = timedelta(minutes=1)
"""What is looked at once more: an index is read with a delay. It is one tick, so that a row which stays due is sent
twice at most."""

LONG_OVERLAP, LONG_EVERY_MINUTES = timedelta(minutes=6), 10
"""What is looked at once more so often: a row that was due already when it was written is listed at that time, by the
clock of the worker that wrote it, which may be some minutes behind. It is sent twice more at most."""

WHOLE_EVERY = timedelta(days=1)
"""How often all that is due is sent again."""

FIRST = "0"
"""Before all instants, as text."""

MESSAGES_PER_CALL = 10
"""The most that one call takes (Amazon SQS API Reference, SendMessageBatch)."""

Due = tuple[str, str, Place]


class Sweep:
    """Sends the timers of a service to the queue at `queue_url`."""

    def __init__(self, service: str, rows: RowStore, queues: Callable[[], SQSClient], queue_url: str) -> None:
        self._service = service
        self._rows = rows
        self._queues = queues
        self._queue_url = queue_url

    def send_due(self, time: str, has_time: Callable[[], bool]) -> int:
        """Send what came due by this time, and return how many that was. The next tick goes on where this one stopped.

        Raises what DynamoDB and SQS raised, and Unavailable when SQS did not take all.
        """
        tick = datetime.fromisoformat(time)
        row = self._rows.load(PROGRESS)
        progress = _begun(row.state, tick)
        sent, faults = 0, list[Exception]()
        for partition, reached in progress["partitions"].items():
            if not has_time():
                break
            try:
                sent += self._send_partition(partition, reached, tick, has_time)
            except Exception as fault:  # it holds up no other partition
                faults.append(fault)
        self._remember(replace(row, state=progress))
        if faults:
            raise faults[0]
        return sent

    def _send_partition(
        self, partition: str, reached: dict[str, Any], tick: datetime, has_time: Callable[[], bool]
    ) -> int:
        """Send what is due in a partition of the index; note in `reached` how far that got."""
        after, until, sent = _from(reached, tick), rfc3339(tick), 0
        listed = self._rows.due(partition, after, until, reached["start"])
        while due := list(islice(listed, MESSAGES_PER_CALL)):
            self._send(due, until)
            sent += len(due)
            reached["after"], reached["start"] = after, due[-1][2]
            if not has_time():
                return sent
        reached["after"], reached["start"] = until, None
        return sent

    def _send(self, due: list[Due], time: str) -> None:
        messages = [json.dumps(timer_message(self._service, key, instant, time)) for key, instant, _ in due]
        answer = self._client.send_message_batch(
            QueueUrl=self._queue_url,
            Entries=[{"Id": str(number), "MessageBody": body} for number, body in enumerate(messages)],
        )
        if failed := answer.get("Failed"):
            raise Unavailable(f"the queue did not take {len(failed)} of {len(due)} timers: {failed[0]['Code']}")

    def _remember(self, row: Any) -> None:
        try:
            self._rows.commit(Commit(row), clock.now())
        except VersionConflict:  # another tick has sent the same meanwhile
            return

    @cached_property
    def _client(self) -> SQSClient:
        return self._queues()


def _begun(state: Any, tick: datetime) -> dict[str, Any]:
    """Return the progress that a tick begins with: what was stored, or from the first on, once a day."""
    if state is not None and rfc3339(tick) < state["whole_at"]:
        return dict(state)
    partitions = {name: {"after": FIRST, "start": None} for name in _partitions()}
    return {"whole_at": rfc3339(tick + WHOLE_EVERY), "partitions": partitions}


def _partitions() -> Iterator[str]:
    """Yield the partitions of the index. The last version (0.2.0) had one, whose rows may still be there."""
    yield TIMER
    for number in range(DUE_PARTITIONS):
        yield f"due#{number}"


def _from(reached: dict[str, Any], tick: datetime) -> str:
    """Return from which instant on a partition is listed."""
    after: str = reached["after"]
    if after == FIRST or reached["start"] is not None:
        return after
    before = datetime.fromisoformat(after)
    return rfc3339(before - OVERLAP if _span(before) == _span(tick) else _span(before) - LONG_OVERLAP)


def _span(instant: datetime) -> datetime:
    """Return when those minutes began, of each hour, that an instant is one of."""
    return instant.replace(minute=instant.minute - instant.minute % LONG_EVERY_MINUTES, second=0, microsecond=0)


def timer_message(service: str, row_key: str, instant: str, time: str) -> dict[str, Any]:
    """Return the event of a timer as EventBridge would hand it over. A row and an instant always make the same id."""
    name, value = row_key.split("#", 1)
    event_id = derived_id("timer", service, row_key, instant)
    detail = {
        "event_id": event_id,
        "type": TIMER,
        "version": "1.0",
        "timestamp": time,
        "correlation_id": event_id,
        "causation_id": event_id,
        "hops": 0,
        "row_key": row_key,
        "due_at": instant,
        name: value,
    }
    return {"id": event_id, "source": service, "detail-type": TIMER, "time": time, "detail": detail}
