"""Erases the sensitive values of some subjects, or of what is old, from every table of a stage.

First the event stores say which workflows they are in. Then the rows of these workflows are looked at, and whether one
of them is under way. Then values are replaced, in the rows and after that in the stored events. No item is removed, and
what finds the workflows again is not erased: so whoever stopped it runs it again, and what is done is not done twice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from ensemble.command_line.stage.erasing import SUBJECT, Erasing
from ensemble.command_line.stage.stored_events import Item, StoredEvent, is_whole, stored_in
from ensemble.contracts.profile import Json
from ensemble.contracts.schemas import Schemas
from functions.kit import inbox
from functions.kit.envelope import encoded, is_plain
from functions.kit.history import HISTORY
from functions.kit.model import EVERY_EVENT, RESERVED_KEYS, Reaction, Service
from functions.kit.rows import CONDITION_FAILED, Row, is_crowded, row_of
from infrastructure.retention import REDRIVEN_SECONDS, TARGET_RETRY_SECONDS

ATTEMPTS = 5
"""How often a row is tried that somebody changes meanwhile."""

Place = tuple[str, str]
"""A service and the key of one of its rows."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be erased: the values of `subjects`; or of what has ended before an instant, `before`.

    `even_under_way`: also of workflows that have not ended. `is_dry`: only say what would be.
    """

    subjects: frozenset[str] = frozenset()
    before: datetime | None = None
    even_under_way: bool = False
    is_dry: bool = False

    @property
    def whose(self) -> Collection[str] | None:
        """Whose values go; None where those of all do."""
        return None if self.before else self.subjects


@dataclass(frozen=True, slots=True)
class Data:
    """What the project says of its data. `tables`: by service. `shapes`: by service and version, those of states."""

    services: Sequence[Service]
    schemas: Schemas
    tables: Mapping[str, str]
    shapes: Mapping[str, Mapping[int, Json]]


@dataclass(slots=True)
class Erased:
    """What was erased in one table: `items` of `looked_at`, with so many `fields`, `digests` of handled events, and
    `histories`, which hold earlier states."""

    looked_at: int = 0
    items: int = 0
    fields: int = 0
    digests: int = 0
    histories: int = 0


@dataclass(slots=True)
class Found:
    """What came of it. `known`: the subjects that some event names. `workflows`: those that it is about.

    `left`: why the workflows were left that were. `kept`: why something of the others was. `shared`: how many name
    other subjects too. `latest`: when the last of their events was on the bus.
    """

    known: set[str] = field(default_factory=set)
    workflows: set[str] = field(default_factory=set)
    left: dict[str, str] = field(default_factory=dict)
    kept: dict[str, str] = field(default_factory=dict)
    shared: set[str] = field(default_factory=set)
    latest: str = ""
    tables: dict[str, Erased] = field(default_factory=dict)


class Forgetting:
    """Does it once. `client`: DynamoDB's. `busy`: the services in whose queues messages lie."""

    def __init__(self, data: Data, client: Any, wanted: Wanted, now: datetime, busy: Collection[str] = ()) -> None:
        self._data, self._client, self._wanted, self._busy = data, client, wanted, busy
        self._stores = [data.tables[one.name] for one in data.services if one.stores_events]
        self._young = _text(now - timedelta(seconds=TARGET_RETRY_SECONDS))
        self._redriven = _text(now - timedelta(seconds=REDRIVEN_SECONDS))
        self._before = "" if wanted.before is None else _text(wanted.before)
        self._hearing = _hearing(data.services)
        self._own_keys = {
            f"{service.key_of(reaction)}#{subject}"
            for service, reaction in (pair for pairs in self._hearing.values() for pair in pairs)
            if service.key_of(reaction) in _subject_fields(data.schemas, reaction.event)
            for subject in wanted.subjects
        }
        self._rows: list[tuple[Place, str]] = []
        self._waiting: dict[Place, list[tuple[str, str, str]]] = defaultdict(list)
        self._commanded: set[Place] = set()
        self._others: set[str] = set()
        self._strays: dict[Place, list[tuple[str, StoredEvent]]] = defaultdict(list)
        self.found = Found(tables={table: Erased() for table in data.tables.values()})

    def run(self) -> Iterator[Found]:
        """Do it, and yield what was found so far now and then. Whoever stops it runs it again."""
        for table in self._stores:
            yield from self._find(table)
        new = self.found.workflows
        while True:
            for workflow in sorted(new):
                self._look_through(workflow)
            yield from self._find_rows()
            new = {workflow for workflow in self._others if not self._is_of_others(workflow)}
            if not new:
                break
            self.found.workflows |= new
        self._note_unhandled()
        for place, workflow in self._rows:
            if workflow not in self.found.left:
                self._erase_row(place, workflow)
                yield self.found
        for table in self._stores:
            for workflow in sorted(self.found.workflows - self.found.left.keys()):
                for event in self._events_of(table, workflow):
                    self._erase_event(table, event)
                yield self.found
        for place, workflow in self._rows:
            if workflow not in self.found.left:
                for table, event in self._strays[place]:
                    self._erase_event(table, event)

    # Which workflows

    def _find(self, table: str) -> Iterator[Found]:
        """Look through an event store for the workflows of the subjects, or for those that are old."""
        last: dict[str, str] = {}
        for page in self._pages("scan", TableName=table):
            for item in page:
                if "type" not in item:
                    continue
                self.found.tables[table].looked_at += 1
                event = self._event(table, item)
                if event is None:
                    continue
                last[event.workflow] = max(last.get(event.workflow, ""), event.time) if self._before else ""
                self._note(table, event)
            yield self.found
        if self._before:
            self.found.workflows |= {workflow for workflow, time in last.items() if time < self._before}
            self.found.latest = max((last[workflow] for workflow in self.found.workflows), default="")

    def _event(self, table: str, item: Item) -> StoredEvent | None:
        """Read an event by its own item; None if it cannot be read, which is noted."""
        items = [item] if is_whole(item) else self._items_from(table, item["pk"]["S"], item["position"]["S"])
        return next(self._stored_in(table, items), None)

    def _stored_in(self, table: str, items: Iterable[Item]) -> Iterator[StoredEvent]:
        def unreadable(item: Item, fault: Exception) -> None:
            event = f"{item['type'].get('S', 'an event')} {item['position']['S']} of {item['pk']['S']} in {table}"
            self.found.kept[event] = _unreadable(fault)

        return stored_in(items, unreadable)

    def _events_of(self, table: str, workflow: str) -> Iterator[StoredEvent]:
        return self._stored_in(table, self._items_from(table, workflow))

    def _note(self, table: str, event: StoredEvent) -> None:
        if self._before:
            return
        named = event.subjects(self._data.schemas)
        theirs = named & self._wanted.subjects
        if theirs:
            self.found.known |= theirs
            self.found.workflows.add(event.workflow)
        elif not named and self._is_from_outside(event) and self._holds_something(event):
            for place in self._places(event):  # it may be of another workflow than the row that it is about
                self._strays[place].append((table, event))

    def _is_from_outside(self, event: StoredEvent) -> bool:
        return event.body.get("source") not in {one.name for one in self._data.services}

    def _holds_something(self, event: StoredEvent) -> bool:
        erasing = Erasing({}, subjects=None)
        event.without(erasing, self._data.schemas)
        return erasing.fields > 0

    def _places(self, event: StoredEvent) -> Iterator[Place]:
        """Yield the rows that an event is about, by who hears it."""
        fields = event.fields
        if event.body.get("source") != self._data.schemas.publishers.get(event.type) or not isinstance(fields, dict):
            return
        for service, reaction in self._hearing.get(event.type, ()):
            key = service.key_of(reaction)
            if is_plain(fields.get(key)):
                yield service.name, f"{key}#{fields[key]}"

    def _look_through(self, workflow: str) -> None:
        """Note the events of a workflow that may still be on their way to who hears them, the rows that its commands
        are about, and when the last one was."""
        if self._before and self._before < self._redriven:
            return
        for table in self._stores:
            for event in self._events_of(table, workflow):
                self.found.latest = max(self.found.latest, event.time)
                for place in self._places(event):
                    if self._may_be_on_its_way(event, place[0]):
                        self._waiting[place].append((workflow, inbox.place_of(event.event_id), event.type))
                    if self._is_from_outside(event):
                        self._commanded.add(place)

    def _may_be_on_its_way(self, event: StoredEvent, service: str) -> bool:
        """Whether EventBridge may still be trying to deliver it, or a queue may hold it."""
        return event.time >= self._young or (event.time >= self._redriven and service in self._busy)

    def _is_of_others(self, workflow: str) -> bool:
        """Whether a workflow with a row that one of their commands is about is somebody else's too."""
        events = (event for table in self._stores for event in self._events_of(table, workflow))
        return any(event.subjects(self._data.schemas) - self._wanted.subjects for event in events)

    # Which rows

    def _find_rows(self) -> Iterator[Found]:
        self._rows.clear()
        self._others.clear()
        for service in self._data.services:
            if not service.stores_events:
                self.found.tables[self._data.tables[service.name]].looked_at = 0
                yield from self._find_rows_of(service)

    def _find_rows_of(self, service: Service) -> Iterator[Found]:
        table = self._data.tables[service.name]
        for page in self._pages("scan", TableName=table):
            for item in page:
                if item["pk"]["S"].split("#", 1)[0] not in RESERVED_KEYS:
                    self.found.tables[table].looked_at += 1
                    self._look_at(service, item)
            yield self.found

    def _look_at(self, service: Service, item: Item) -> None:
        try:
            row = row_of(item["pk"]["S"], item)
        except Exception as fault:  # whatever somebody wrote there, the others are erased
            self.found.kept[f"{item['pk']['S']} of {service.name}"] = _unreadable(fault)
            return
        place, workflow = (service.name, row.key), row.correlation_id or ""
        is_theirs = workflow in self.found.workflows
        waiting = self._waiting.pop(place, [])
        left = [] if is_crowded(row) else [one for one in waiting if one[1] not in row.inbox]
        if left:
            self._waiting[place] = left
        if row.key in self._own_keys:
            self.found.known.add(row.key.partition("#")[2])
            workflow = workflow if is_theirs else row.key
            is_theirs = True
        if is_theirs:
            self._rows.append((place, workflow))
            self._note_under_way(service, row, item, workflow)
        elif place in self._commanded and not self._before:
            self._others.add(workflow)

    def _note_under_way(self, service: Service, row: Row, item: Item, workflow: str) -> None:
        why = _under_way(item)
        if why and not self._wanted.even_under_way:
            self.found.left.setdefault(workflow, f"{row.key} of {service.name} {why}")

    def _note_unhandled(self) -> None:
        if self._wanted.even_under_way:
            return
        for (service, key), events in self._waiting.items():
            for workflow, _, type in events:
                self.found.left.setdefault(workflow, f"{service} has not handled {type} for {key}")

    # Erasing

    def _erase_row(self, place: Place, workflow: str) -> None:
        """Erase a row, if nobody changes it meanwhile; and if somebody does, as it is then."""
        service, key = place
        table = self._data.tables[service]
        for _ in range(ATTEMPTS):
            answer = self._client.get_item(TableName=table, Key={"pk": {"S": key}}, ConsistentRead=True)
            if "Item" not in answer:  # its time was over
                return
            why = _under_way(answer["Item"])
            if why and not self._wanted.even_under_way:
                self.found.left[workflow] = f"{key} of {service} {why}"
                return
            if "unpublished" in answer["Item"] and answer["Item"]["unpublished"].get("M"):
                self.found.kept[f"{key} of {service}"] = "what it has to publish stays until it is out"
            if self._is_written(table, answer["Item"], self._erased(service, answer["Item"])):
                return
        self.found.left[workflow] = f"{key} of {service} was changed by somebody else each time"

    def _erased(self, service: str, item: Item) -> tuple[dict[str, Any], int, int]:
        """Return what of a row is to be written, and how many values and digests of it are erased. Its history goes:
        each of its old values may be sensitive."""
        row, changes, fields = row_of(item["pk"]["S"], item), dict[str, Any](), 0
        shape = self._data.shapes[service].get(row.state_version)
        if row.state is not None and shape is None:
            self.found.kept[f"{row.key} of {service}"] = (
                f"its state is of version {row.state_version}, whose shape nothing says: run `ensemble backfill "
                f"{service}` before"
            )
        elif row.state is not None and shape is not None:
            erasing = Erasing(shape, subjects=None, is_state=True)
            state = erasing.of(row.state, [shape])
            fields = erasing.fields
            changes |= {"state": {"S": encoded(state)}} if fields else {}
        entries = item.get("inbox", {}).get("M", {})
        bare = {name: {"S": inbox.entry(inbox.day_of(entry["S"]))} for name, entry in entries.items()}
        digests = sum(bare[name] != entry for name, entry in entries.items())
        changes |= {"inbox": {"M": bare}} if digests else {}
        changes |= {HISTORY: {"S": ""}} if row.history else {}
        return changes, fields, digests

    def _is_written(self, table: str, item: Item, erased: tuple[dict[str, Any], int, int]) -> bool:
        """Write what is erased of a row; return False when somebody has changed it since it was read."""
        changes, fields, digests = erased
        if not changes:
            return True
        names = {f"#{number}": name for number, name in enumerate(changes)}
        values = {f":{number}": value for number, value in enumerate(changes.values())}
        if not self._wanted.is_dry:
            try:
                self._client.update_item(
                    TableName=table,
                    Key={"pk": item["pk"]},
                    UpdateExpression=f"SET {', '.join(f'{one} = :{one[1:]}' for one in names)} ADD version :one",
                    ConditionExpression="version = :version",
                    ExpressionAttributeNames=names,
                    ExpressionAttributeValues={**values, ":one": {"N": "1"}, ":version": item["version"]},
                )
            except ClientError as error:
                if error.response["Error"]["Code"] not in (CONDITION_FAILED, "TransactionConflictException"):
                    raise
                return False
        self._count(table, fields, digests, HISTORY in changes)
        return True

    def _erase_event(self, table: str, event: StoredEvent) -> None:
        """Erase a stored event. Nobody else changes one."""
        if event.subjects(self._data.schemas) - self._wanted.subjects and not self._before:
            self.found.shared.add(event.workflow)
        erasing = Erasing({}, subjects=self._wanted.whose)
        text = event.without(erasing, self._data.schemas)
        if not erasing.fields:
            return
        if not self._wanted.is_dry:
            writes = [_put(table, item) for item in event.holding(text)]
            if len(writes) == 1:
                self._client.put_item(**writes[0])
            else:
                self._client.transact_write_items(TransactItems=[{"Put": write} for write in writes])
        self._count(table, erasing.fields)

    def _count(self, table: str, fields: int, digests: int = 0, histories: int = 0) -> None:
        erased = self.found.tables[table]
        erased.histories += histories
        erased.items += 1
        erased.fields += fields
        erased.digests += digests

    # DynamoDB

    def _pages(self, operation: str, **asked: Any) -> Iterator[list[Item]]:
        for page in self._client.get_paginator(operation).paginate(**asked):
            yield page["Items"]

    def _items_from(self, table: str, workflow: str, position: str = "") -> Iterator[Item]:
        """Yield the items of a workflow, or of one event of it and what comes behind it, in the order of time."""
        values: dict[str, Any] = {":pk": {"S": workflow}}
        condition = "pk = :pk"
        if position:
            condition, values[":position"] = f"{condition} AND begins_with(position, :position)", {"S": position}
        pages = self._pages(
            "query",
            TableName=table,
            KeyConditionExpression=condition,
            ExpressionAttributeValues=values,
            ConsistentRead=True,
        )
        for page in pages:
            yield from page


def _hearing(services: Sequence[Service]) -> dict[str, list[tuple[Service, Reaction]]]:
    """Return who hears each event by its name, and by which reaction."""
    hearing: dict[str, list[tuple[Service, Reaction]]] = defaultdict(list)
    for service in services:
        for reaction in service.subscriptions:
            if reaction.event != EVERY_EVENT:
                hearing[reaction.event].append((service, reaction))
    return hearing


def _subject_fields(schemas: Schemas, event: str) -> set[str]:
    """Return the fields by which an event says itself whom it is about."""
    properties = [schema.get("properties", {}) for schema in schemas.ever(event)]
    return {name for one in properties for name, field in one.items() if SUBJECT in field}


def _put(table: str, item: Item) -> dict[str, Any]:
    """Write a stored event's item in its place, if it is still there."""
    return {"TableName": table, "Item": item, "ConditionExpression": "attribute_exists(pk)"}


def _unreadable(fault: Exception) -> str:
    return f"it cannot be read ({type(fault).__name__}), so nobody knows whose it is"


def _under_way(item: Item) -> str:
    """Say why a row is not at rest; nothing when it is."""
    if item.get("unpublished", {}).get("M"):
        return "has something to publish"
    return "waits for its timer" if "index_position" in item else ""


def _text(instant: datetime) -> str:
    """Write an instant as EventBridge writes the time of an event."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
