"""What of a stage's workflows is under way, in rows and in queues. Nothing is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ensemble.command_line.stage.reconciling import HAS_SOMETHING
from ensemble.trace.words import counted
from functions.kit.model import INDEX, RESERVED_KEYS, Service
from functions.kit.rows import DUE_PARTITIONS, row_of
from functions.kit.saga.progress import ENDED, UNANSWERED
from infrastructure.naming import DEAD_LETTER_SUFFIX

VISIBLE, IN_FLIGHT, DELAYED = (f"ApproximateNumberOfMessages{which}" for which in ("", "NotVisible", "Delayed"))
RETENTION, ARN = "MessageRetentionPeriod", "QueueArn"


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue as SQS tells of it. `waiting`: messages that nobody handles at this moment."""

    name: str
    arn: str
    waiting: int
    in_flight: int
    kept_seconds: int

    @property
    def is_of_dead_letters(self) -> bool:
        """Whether what failed lies there."""
        return self.name.endswith(DEAD_LETTER_SUFFIX)


@dataclass(frozen=True, slots=True)
class UnderWay:
    """How much is under way, by name. `sagas`: of each, how many stand where. `timers`: rows that wait for an instant.
    `unpublished`: rows that have something to say. `queues`, `dead_letters`: messages."""

    sagas: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    timers: Mapping[str, int] = field(default_factory=dict)
    unpublished: Mapping[str, int] = field(default_factory=dict)
    queues: Mapping[str, int] = field(default_factory=dict)
    dead_letters: Mapping[str, int] = field(default_factory=dict)

    @property
    def number(self) -> int:
        """How much there is of all that: a workflow may count several times."""
        others = (self.timers, self.unpublished, self.queues, self.dead_letters, *self.sagas.values())
        return sum(number for one in others for number in one.values())

    def lines(self) -> Iterator[str]:
        """Yield it in words."""
        for name, standing in self.sagas.items():
            places = ", ".join(f"{number:,} {where}" for where, number in standing.items())
            yield f"{name}: {counted(sum(standing.values()), 'saga')} under way: {places}"
        for name, number in self.timers.items():
            yield f"{name}: {counted(number, 'row')} with a timer"
        for name, number in self.unpublished.items():
            yield f"{name}: {counted(number, 'row')} with an event that is not on the bus yet"
        for name, number in (*self.queues.items(), *self.dead_letters.items()):
            yield f"{name}: {counted(number, 'message')}"


def queues_of(sqs: Any, beginning: str) -> list[Queue]:
    """Return the queues that are there and have a name that begins so."""
    pages = sqs.get_paginator("list_queues").paginate(QueueNamePrefix=f"{beginning}-")
    return [_queue(sqs, url) for page in pages for url in page.get("QueueUrls", [])]


def _queue(sqs: Any, url: str) -> Queue:
    names = [VISIBLE, IN_FLIGHT, DELAYED, RETENTION, ARN]
    told = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    waiting = int(told[VISIBLE]) + int(told[DELAYED])
    return Queue(url.rpartition("/")[2], told[ARN], waiting, int(told[IN_FLIGHT]), int(told[RETENTION]))


def messages_under_way(queues: Iterable[Queue], held: Iterable[str]) -> UnderWay:
    """Return what is in queues. `held`: the names of those in which commands may wait."""
    held, live, dead = set(held), dict[str, int](), dict[str, int]()
    for one in queues:
        number = one.in_flight + (0 if one.name in held else one.waiting)
        if number:
            (dead if one.is_of_dead_letters else live)[one.name] = number
    return UnderWay(queues=live, dead_letters=dead)


@dataclass(frozen=True, slots=True)
class Tables:
    """The tables of a stage, by service. `sagas`: the services whose rows tell where a saga stands; `others`: those
    that keep rows, too."""

    dynamodb: Any
    sagas: Mapping[str, str]
    others: Sequence[tuple[Service, str]]

    def under_way(self) -> UnderWay:
        """Return what is under way in rows. Tables are read as a whole."""
        sagas = {name: self._standing(table) for name, table in self.sagas.items()}
        timers = {one.name: self._timers(table) for one, table in self.others if one.timer is not None}
        tables = dict(self.sagas) | {one.name: table for one, table in self.others if one.emits}
        unpublished = {name: self._unpublished(table) for name, table in tables.items()}
        return UnderWay({name: one for name, one in sagas.items() if one}, _some(timers), _some(unpublished))

    def _standing(self, table: str) -> dict[str, int]:
        found = Counter[str]()
        for item in self._items(table):
            if item["pk"]["S"].split("#", 1)[0] not in RESERVED_KEYS:
                state = row_of(item["pk"]["S"], item).state
                if state is not None and state["status"] not in ENDED:
                    found[_where(state)] += 1
        return dict(sorted(found.items()))

    def _unpublished(self, table: str) -> int:
        values = {":none": {"N": "0"}}
        return len(list(self._items(table, FilterExpression=HAS_SOMETHING, ExpressionAttributeValues=values)))

    def _items(self, table: str, **asked: Any) -> Iterator[Mapping[str, Any]]:
        pages = self.dynamodb.get_paginator("scan").paginate(TableName=table, ConsistentRead=True, **asked)
        try:
            for page in pages:
                yield from page["Items"]
        except self.dynamodb.exceptions.ResourceNotFoundException:
            return  # its service is not deployed yet

    def _timers(self, table: str) -> int:
        return sum(self._listed(table, f"due#{number}") for number in range(DUE_PARTITIONS))

    def _listed(self, table: str, partition: str) -> int:
        pages = self.dynamodb.get_paginator("query").paginate(
            TableName=table,
            IndexName=INDEX,
            KeyConditionExpression="index_partition = :partition",
            ExpressionAttributeValues={":partition": {"S": partition}},
            Select="COUNT",
        )
        try:
            return sum(page["Count"] for page in pages)
        except self.dynamodb.exceptions.ResourceNotFoundException:
            return 0


def _where(state: Mapping[str, Any]) -> str:
    """Say what a saga waits for, by its stored state."""
    waits = [f"{name} ({status})" for name, status in state["steps"].items() if status in UNANSWERED]
    return f"at {' and '.join(waits)}" if waits else str(state["status"])


def _some(counts: Mapping[str, int]) -> dict[str, int]:
    return {name: number for name, number in counts.items() if number}
