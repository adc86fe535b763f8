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
from functions.kit.store import unpacked
from functions.kit.sweep import FIRST, timer_message
from functions.kit.waiting import LONGEST_COPY_DELAY_SECONDS

HAS_SOMETHING = "attribute_exists(unpublished) AND size(unpublished) > :none"


@dataclass(frozen=True, slots=True)
class Hole:
    """What a row has said because of one event, and the bus has not.

    `since`: when it was said, in seconds since 1970. `types`: of the events that are missing. `queue`, `body`: where
    the cause is sent, and what; None where it cannot be, and then `why` says why. `drop`: of the cause's message, if a
    person dropped that.
    """

    service: str
    key: str
    workflow: str
    cause: str
    since: float
    types: tuple[str, ...]
    queue: str | None = None
    body: str | None = None
    why: str = ""
    drop: Drop | None = None


class Reconciling:
    """Looks through the tables of services, page by page. `dynamodb`, `sqs`: botocore's clients. `now`: seconds since
    1970."""

    def __init__(self, declared: Declared, dynamodb: Any, sqs: Any, now: float) -> None:
        self._declared, self._dynamodb, self._sqs, self._now = declared, dynamodb, sqs, now

    def services(self) -> list[Service]:
        """Return the services that publish."""
        return [service for service in self._declared.services if service.emits and not service.stores_events]

    def holes(self, services: Iterable[Service], since: float) -> Iterator[Hole]:
        """Yield them: said after `since`, and so long ago that a message which waits has come again meanwhile."""
        for service in services:
            for row in self._with_outboxes(service):
                yield from self._of_row(service, row, since)

    def send(self, hole: Hole) -> None:
        """Send the cause to its service's queue once more."""
        url = self._sqs.get_queue_url(QueueName=hole.queue)["QueueUrl"]
        self._sqs.send_message(QueueUrl=url, MessageBody=hole.body)

    def is_out(self, hole: Hole) -> bool:
        """Whether the row has nothing left to publish because of the cause."""
        table = self._declared.tables[hole.service]
        answer = self._dynamodb.get_item(TableName=table, Key={"pk": {"S": hole.key}}, ConsistentRead=True)
        return "Item" not in answer or hole.cause not in row_of(hole.key, answer["Item"]).unpublished

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
            stored = self._stored(row.correlation_id or "") if stored is None else stored
            missing = tuple(event["type"] for event in events if event["event_id"] not in stored)
            if missing:
                queue, body, why = self._cause(service, row, cause, stored.get(cause))
                drop = _drop(stored.values(), service.name, cause)
                yield Hole(
                    service.name, row.key, row.correlation_id or "", cause, at, missing, queue, body or None, why, drop
                )

    def _stored(self, workflow: str) -> dict[str, StoredEvent]:
        """Return the events of a workflow that are stored, by their ids."""
        found: dict[str, StoredEvent] = {}
        for store in self._declared.event_stores:
            items = items_of(self._dynamodb, self._declared.tables[store.name], workflow)
            found |= {event.event_id: event for event in stored_in(items, lambda *_: None)}
        return found

    def _cause(self, service: Service, row: Row, cause: str, stored: StoredEvent | None) -> tuple[str | None, str, str]:
        """Return where the cause goes and its message, or why it cannot be sent."""
        if place_of(cause) not in row.inbox:
            return None, "", "its row does not remember the cause any more, and would handle it as a new event"
        if stored is not None:
            source = str(stored.body.get("source"))
            for hearing in self._declared.hearings:
                if (hearing.service, hearing.source, hearing.event) == (service.name, source, stored.type):
                    text = unpacked(*(part for item in stored.items for part in item["event"].values()))
                    return hearing.queue, text, ""
        if service.name in self._declared.timers:
            body = _reminder(service.name, row.key, cause, rfc3339(datetime.fromtimestamp(self._now, UTC)))
            return self._declared.timers[service.name], json.dumps(body), ""
        return None, "", "the cause is not stored under its workflow: if it is a dead letter, redrive that"


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
