"""Empties the table of a service whose figures are to be counted anew, while nothing of it runs.

Its mappings are off meanwhile: what comes waits in its queues, and is handled afterwards, once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from ensemble.command_line.errors import CommandFailed
from ensemble.command_line.replay.stored import PAGE
from infrastructure.naming import DEAD_LETTER_SUFFIX

MOST_DELETED = 25
"""Of one call (Amazon DynamoDB API Reference, BatchWriteItem)."""

POLL_SECONDS = 2.0
MOST_POLLS = 450
"""So often it is looked whether something has come to rest: for 15 minutes."""

HELD = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)


@dataclass(frozen=True, slots=True)
class Emptying:
    """`function`: the service's. `timeout`: after how many seconds Lambda ends an invocation of it. `stores`: the
    queues by which events come to where they are stored. `pause` waits for seconds."""

    clients: Callable[[str], Any]
    function: str
    timeout: float
    table: str
    stores: Sequence[str]
    pause: Callable[[float], None]

    def run(self) -> int:
        """Empty the table, and return how many items there were. Raises CommandFailed when nothing comes to rest, or
        when an event is stored nowhere."""
        lost = [queue for one in self.stores if self._holds(queue := one + DEAD_LETTER_SUFFIX)]
        if lost:
            raise CommandFailed(
                f"{', '.join(lost)} hold events that are not stored, and would not be counted again. Fix: redrive them"
            )
        with self._stopped():
            self._wait(self._is_stored, f"{', '.join(self.stores)} do not run empty: what they hold is not stored yet")
            return self._delete()

    @contextmanager
    def _stopped(self) -> Iterator[None]:
        """Let no invocation of the function be under way inside of the block; what was on is put on again."""
        client = self.clients("lambda")
        mappings = [one["UUID"] for one in self._mappings() if one["State"] in ("Enabled", "Enabling")]
        try:
            for mapping in mappings:
                client.update_event_source_mapping(UUID=mapping, Enabled=False)
            self._wait(self._is_off, f"the mappings of {self.function} do not stop")
            self.pause(self.timeout)  # what was handed over before is handled by then
            yield
        finally:
            for mapping in mappings:
                client.update_event_source_mapping(UUID=mapping, Enabled=True)

    def _mappings(self) -> list[Mapping[str, Any]]:
        pages = self.clients("lambda").get_paginator("list_event_source_mappings").paginate(FunctionName=self.function)
        return [one for page in pages for one in page["EventSourceMappings"]]

    def _is_off(self) -> bool:
        return all(one["State"] == "Disabled" for one in self._mappings())

    def _is_stored(self) -> bool:
        """Whether all that the service may have handled is stored: what is not would be counted never again."""
        return not any(map(self._holds, self.stores))

    def _holds(self, queue: str) -> bool:
        """Whether a queue holds a message."""
        sqs = self.clients("sqs")
        url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
        held = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=list(HELD))["Attributes"]
        return any(int(held[name]) for name in HELD)

    def _wait(self, is_done: Callable[[], bool], otherwise: str) -> None:
        for _ in range(MOST_POLLS):
            if is_done():
                return
            self.pause(POLL_SECONDS)
        raise CommandFailed(f"{otherwise}. Nothing was deleted. Fix: see why, and run it again")

    def _delete(self) -> int:
        client, number = self.clients("dynamodb"), 0
        for page in client.get_paginator("scan").paginate(
            TableName=self.table, ProjectionExpression="pk", PaginationConfig={"PageSize": PAGE}
        ):
            items = page["Items"]
            for first in range(0, len(items), MOST_DELETED):
                self._delete_these(client, items[first : first + MOST_DELETED])
            number += len(items)
        return number

    def _delete_these(self, client: Any, keys: Iterable[Mapping[str, Any]]) -> None:
        left: Any = [{"DeleteRequest": {"Key": dict(key)}} for key in keys]
        for attempt in range(MOST_POLLS):
            left = client.batch_write_item(RequestItems={self.table: left})["UnprocessedItems"].get(self.table)
            if not left:
                return
            self.pause(min(POLL_SECONDS, 0.1 * 2**attempt))
        raise CommandFailed(f"DynamoDB does not delete the items of {self.table}. Fix: run it again")
