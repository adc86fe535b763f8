"""Lists the workflows of a stage, the newest first, and writes nothing.

`Listing(reading, declared, dynamodb).lines(since)` yields a `WorkflowLine` for each, as far as one asks for more: the
index of the event store says which there are, in four queries for each hour that is looked at. The events of each are
one query. One that has ended, as its service declares it, costs no more; any other one is looked at as `ensemble trace`
does. Where nothing stores events, what is known is what waits for a timer or lies in a dead-letter queue.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from heapq import merge
from operator import itemgetter
from typing import Any

from ensemble.command_line.trace.declared import Declared
from ensemble.command_line.trace.reading import Reading
from ensemble.trace.conditions import Condition
from ensemble.trace.known import Known
from ensemble.trace.lines import WorkflowLine, ended_line, ending, line_of
from ensemble.trace.standing import standing_of
from functions.kit.model import INDEX, rfc3339
from functions.kit.rows import DUE_PARTITIONS
from functions.kit.store import LISTED_PARTITIONS, listed_partition

HOUR = timedelta(hours=1)

Entry = tuple[str, str, str]
"""When an event from outside was stored, its workflow, and its type."""


@dataclass(frozen=True, slots=True)
class Filters:
    """Which workflows are listed. `conditions`: none is all. `type`: of the event from outside by which one is found;
    none is any."""

    conditions: frozenset[Condition] = frozenset()
    type: str = ""
    past_deadline: bool = False

    def take(self, line: WorkflowLine) -> bool:
        """Whether a line is one of these."""
        is_wanted = not self.conditions or line.condition in self.conditions
        return is_wanted and (line.is_past_deadline or not self.past_deadline)


class Listing:
    """Lists them. `dynamodb`: botocore's client."""

    def __init__(self, reading: Reading, declared: Declared, dynamodb: Any) -> None:
        self._reading, self._declared, self._dynamodb = reading, declared, dynamodb
        self._tables = [declared.tables[service.name] for service in declared.event_stores]

    def lines(self, since: float, filters: Filters = Filters()) -> Iterator[WorkflowLine]:
        """Yield them, newest first, back to an instant (seconds since 1970): by the event from outside that was stored
        last."""
        found = self._stored(since, filters.type) if self._tables else self._unstored()
        return (line for line in found if filters.take(line))

    # What is stored

    def _stored(self, since: float, type: str) -> Iterator[WorkflowLine]:
        dead = {event.workflow for event in self._reading.dead_letters()}
        seen = set[str]()
        for _, workflow, its_type in self._entries(since):
            if workflow not in seen and type in ("", its_type):
                seen.add(workflow)
                yield from self._line(workflow, is_dead=workflow in dead)

    def _line(self, workflow: str, *, is_dead: bool) -> Iterator[WorkflowLine]:
        reading, promises = self._reading.another(), self._declared.promises
        events = reading.events_of(workflow)
        end = ending(events, promises) if events and not is_dead else None
        if end is not None:
            yield ended_line(workflow, events, end, promises)
            return
        known = reading.of_workflow(workflow)
        if known is not None:
            yield line_of(workflow, known, standing_of(known), promises)

    def _entries(self, since: float) -> Iterator[Entry]:
        return (entry for entries in self.hours(since) for entry in entries)

    def hours(self, since: float) -> Iterator[Iterator[Entry]]:
        """Yield what the index lists of each hour, the newest first, back to an instant (seconds since 1970)."""
        first = datetime.fromtimestamp(since, UTC)
        hour = datetime.fromtimestamp(self._reading.now, UTC).replace(minute=0, second=0, microsecond=0)
        while hour > first - HOUR:
            name = rfc3339(hour)[: len("2026-01-31T23")]
            partitions = (
                self._partition(table, listed_partition(name, number), rfc3339(first))
                for table in self._tables
                for number in range(LISTED_PARTITIONS)
            )
            yield merge(*partitions, key=itemgetter(0), reverse=True)
            hour -= HOUR

    def _partition(self, table: str, partition: str, since: str) -> Iterator[Entry]:
        pages = self._dynamodb.get_paginator("query").paginate(
            TableName=table,
            IndexName=INDEX,
            KeyConditionExpression="index_partition = :partition AND index_position >= :since",
            ExpressionAttributeValues={":partition": {"S": partition}, ":since": {"S": since}},
            ScanIndexForward=False,
        )
        for item in (item for page in pages for item in page["Items"]):
            yield item["index_position"]["S"], item["pk"]["S"], item["type"]["S"]

    # Where nothing stores events

    def _unstored(self) -> Iterator[WorkflowLine]:
        """Yield the workflows that wait for a timer, or of which a dead letter is there: the newest first, as far as
        that is known."""
        seen, lines = set[str](), list[WorkflowLine]()
        for asked, known in self._looked_at():
            workflow = known.rows[0].workflow if known.rows else asked
            if workflow not in seen:
                seen.add(workflow)
                lines.append(line_of(workflow, known, standing_of(known), self._declared.promises))
        yield from sorted(lines, key=lambda line: (-(line.started or 0.0), line.keys))

    def _looked_at(self) -> Iterator[tuple[str, Known]]:
        for event in self._reading.dead_letters():
            if (known := self._reading.another().of_workflow(event.workflow)) is not None:
                yield event.workflow, known
        for service in self._declared.timers:
            for key in self._with_timer(self._declared.tables[service]):
                value = key.partition("#")[2]
                if (known := self._reading.another().known(value)) is not None:
                    yield value, known

    def _with_timer(self, table: str) -> Iterator[str]:
        for number in range(DUE_PARTITIONS):
            pages = self._dynamodb.get_paginator("query").paginate(
                TableName=table,
                IndexName=INDEX,
                KeyConditionExpression="index_partition = :partition",
                ExpressionAttributeValues={":partition": {"S": f"due#{number}"}},
            )
            yield from (item["pk"]["S"] for page in pages for item in page["Items"])
