"""Finds what rows have said and the bus has not, and has its service say it again.

A row keeps what is not out yet (`unpublished`), by the cause. Its cause's message is the net: it comes again until all
is out. Where that message is gone, by a purge, a dropped dead letter or its queue's retention, nothing says it again.
So the cause is sent to its service's queue once more: the service knows it as handled, and publishes what is left.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ensemble.command_line.stage.operations import drop_in
from ensemble.command_line.stage.stored_events import StoredEvent, items_of, stored_in
from ensemble.command_line.trace.declared import Declared
from ensemble.trace.known import Drop
from functions.kit.inbox import place_of
from functions.kit.model import TIMER, Service, rfc3339
from functions.kit.rows import Row, row_of
from functions.kit.sweep import FIRST, timer_message
from functions.kit.waiting import LONGEST_COPY_DELAY_SECONDS

HAS_SOMETHING = "attribute_exists(unpublished) AND size(unpublished) > :none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """What an event has not brought about at a service's row.

    `event`: its id. `since`: in seconds since 1970. `queue`, `body`: where the event is sent once more, and as what;
    None where it cannot be, and then `why` says why.
    """

    service: str
    key: str
    workflow: str
    event: str
    since: float
    queue: str | None = None
    body: str | None = None
    why: str = ""

    def told(self, age: str) -> str:
        """Return what is missing, in words. `age`: of the event or of what was said, in words."""
        raise NotImplementedError

    def is_closed_by(self, row: Row) -> bool:
        """Whether the row, as it is now, has it no more."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True, kw_only=True)
class Hole(Gap):
    """What a row has said because of one event, and the bus has not.

    `types`: of the events that are missing. `drop`: of the cause's message, if a person dropped that.
    """

    types: tuple[str, ...]
    drop: Drop | None = None

    def told(self, age: str) -> str:
        """Return what was said, and when."""
        return f"{self.service} has said {', '.join(self.types)} of {self.key} {age} ago"

    def is_closed_by(self, row: Row) -> bool:
        """Whether the row has nothing left to publish because of the event."""
        return self.event not in row.unpublished


class Reconciling:
    """Looks through the tables of services, page by page. `dynamodb`, `sqs`: botocore's clients. `now`: seconds since
    1970."""

    def __init__(self, declared: Declared, dynamodb: Any, sqs: Any, now: float) -> None:
        self._declared, self._dynamodb, self._sqs, self._now = declared, dynamodb, sqs, now

    def holes(self, services: Iterable[Service], since: float) -> Iterator[Hole]:
        """Yield them: said after `since`, and so long ago that a message which waits has come again meanwhile."""
        for service in services:
            for row in self._with_outboxes(service) if service.emits else ():
                yield from self._of_row(service, row, since)

    def send(self, gap: Gap) -> None:
        """Send the event to its service's queue once more."""
        url = self._sqs.get_queue_url(QueueName=gap.queue)["QueueUrl"]
        self._sqs.send_message(QueueUrl=url, MessageBody=gap.body)

    def is_closed(self, gap: Gap) -> bool:
        """Whether what was missing is there by now."""
        table = self._declared.tables[gap.service]
        answer = self._dynamodb.get_item(TableName=table, Key={"pk": {"S": gap.key}}, ConsistentRead=True)
        return gap.is_closed_by(row_of(gap.key, answer["Item"]) if "Item" in answer else Row(gap.key))

    def _with_outboxes(self, service: Service) -> Iterator[Row]:
        """Yield the rows that have something unpublished: all are read, since no index lists these."""
        pages = self._dynamodb.get_paginator("scan").paginate(
            TableName=self._declared.tables[service.name],
            FilterExpression=HAS_SOMETHING,
            ExpressionAttributeValues={":none": {"N": "0"}},
            ConsistentRead=True,
        )
        for item in (item for page in pages for item in page["Items"]):
            yield row_of(item["pk"]["S"], item)

    def _of_row(self, service: Service, row: Row, since: float) -> Iterator[Hole]:
        stored: dict[str, StoredEvent] | None = None
        for cause, text in row.unpublished.items():
            events = json.loads(text)["events"]
            at = min(datetime.fromisoformat(event["timestamp"]).timestamp() for event in events)
            if not since <= at <= self._now - LONGEST_COPY_DELAY_SECONDS:
                continue
            stored = (
                stored_events(self._declared, self._dynamodb, row.correlation_id or "") if stored is None else stored
            )
            missing = tuple(event["type"] for event in events if event["event_id"] not in stored)
            if missing:
                queue, body, why = self._cause(service, row, cause, stored.get(cause))
                drop = _drop(stored.values(), service.name, cause)
                yield Hole(
                    service=service.name,
                    key=row.key,
                    workflow=row.correlation_id or "",
                    event=cause,
                    since=at,
                    types=missing,
                    queue=queue,
                    body=body or None,
                    why=why,
                    drop=drop,
                )

    def _cause(self, service: Service, row: Row, cause: str, stored: StoredEvent | None) -> tuple[str | None, str, str]:
        """Return where the cause goes and its message, or why it cannot be sent."""
        if place_of(cause) not in row.inbox:
            return None, "", "its row does not remember the cause any more, and would handle it as a new event"
        if stored is not None:
            source = str(stored.body.get("source"))
            for hearing in self._declared.hearings:
                if (hearing.service, hearing.source, hearing.event) == (service.name, source, stored.type):
                    return hearing.queue, stored.text, ""
        if service.name in self._declared.timers:
            body = _reminder(service.name, row.key, cause, rfc3339(datetime.fromtimestamp(self._now, UTC)))
            return self._declared.timers[service.name], json.dumps(body), ""
        return None, "", "the cause is not stored under its workflow: if it is a dead letter, redrive that"


def stored_events(declared: Declared, dynamodb: Any, workflow: str) -> dict[str, StoredEvent]:
    """Return the events of a workflow that are stored, by their ids."""
    found: dict[str, StoredEvent] = {}
    for store in declared.event_stores:
        items = items_of(dynamodb, declared.tables[store.name], workflow)
        found |= {event.event_id: event for event in stored_in(items, lambda *_: None)}
    return found


def _at(event: StoredEvent) -> float:
    return datetime.fromisoformat(event.positions[0].partition("#")[0]).timestamp()


def _drop(stored: Iterable[StoredEvent], service: str, cause: str) -> Drop | None:
    """Return the last drop of the message of a cause; None where nobody has dropped it."""
    found = None
    for event in stored:
        detail = event.body.get("detail")
        said = detail if isinstance(detail, dict) else {}
        drop = drop_in(str(event.body.get("source")), event.type, said, said.get("causation_id"), _at(event))
        if drop is not None and (drop.service, drop.event_id) == (service, cause):
            found = drop
    return found


def _reminder(service: str, key: str, cause: str, now: str) -> Mapping[str, Any]:
    """Return the message of a timer with the id of a cause that the row has handled: nothing is due by it, and what
    the row has to publish because of the cause goes out."""
    message = timer_message(service, key, FIRST, now)
    ids = {"event_id": cause, "correlation_id": cause, "causation_id": cause, "type": TIMER}
    return {**message, "id": cause, "detail": {**message["detail"], **ids}}
