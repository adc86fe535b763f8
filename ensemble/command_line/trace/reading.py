"""Reads what is known of a workflow from DynamoDB and SQS, and writes nothing.

Of SQS it asks how many messages a queue holds, and receives none but dead letters: to receive another one would be a
delivery, and what waits is hidden anyway.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import copy
from dataclasses import replace
from datetime import datetime
from functools import partial
from hashlib import sha256
from typing import Any

from ensemble.choreography.sagas import tables_of
from ensemble.command_line.stage.deadletters import MESSAGES, messages_in
from ensemble.command_line.stage.operations import drop_in
from ensemble.command_line.stage.stored_events import Item, StoredEvent, items_of, stored_in
from ensemble.command_line.trace.declared import Declared
from ensemble.command_line.trace.hiding import shown_fields, shown_history, shown_state
from ensemble.trace.history import Past
from ensemble.trace.known import Circuit, DeadLetter, Drop, Happened, Known, Queue, Row, Timers, Unreadable, Waited
from ensemble.trace.lines import ending
from ensemble.trace.steps import Step, Steps, key_of, possible_ids, steps_of
from functions.kit.breaker import Circuit as KitCircuit
from functions.kit.copies import COPIES
from functions.kit.envelope import completed, derived_id, is_plain, is_version
from functions.kit.errors import ContractViolation
from functions.kit.history import place_of
from functions.kit.inbox import content_of
from functions.kit.model import KIT_FIELDS, TIMER, Service
from functions.kit.publisher import BUS
from functions.kit.rows import BREAKER, due_partition, is_crowded, row_of
from functions.kit.rows import Row as KitRow
from functions.kit.store import filed, unpacked
from functions.kit.sweep import FIRST, PROGRESS
from functions.kit.waiting import DEAD_LETTER_SUFFIX

MOST_DEAD_LETTERS = 1_000
"""So many messages of a DLQ are looked through."""

Place = tuple[str, str]
"""A service and the key of one of its rows."""

_COUNTS = (MESSAGES, f"{MESSAGES}NotVisible", f"{MESSAGES}Delayed")
_HIDES_FOR = "VisibilityTimeout"


class Reading:
    """Reads it once. `dynamodb` and `sqs`: botocore's clients. `now`: seconds since 1970.

    `shown`: how the fields of an event are told, given the schemas of all its versions.
    """

    def __init__(
        self, declared: Declared, dynamodb: Any, sqs: Any, now: float, shown: Callable[..., Any] = shown_fields
    ) -> None:
        self._declared, self._dynamodb, self._sqs, self.now = declared, dynamodb, sqs, now
        self._shown = shown
        self._services = {service.name: service for service in declared.services}
        self._tables = tables_of(declared.services)
        self._rows: dict[Place, Row | None] = {}
        self._own: set[str] = set()
        self._letters: dict[str, list[dict[str, Any]]] = {}
        self._unreadable: dict[tuple[str, str], Unreadable] = {}
        self._held: dict[str, Queue] = {}
        self._events: dict[str, list[Happened]] = {}
        self._key_fields = {field for _, field in declared.finders()}

    def known(self, asked: str) -> Known | None:
        """Return what is known of what was asked for, a row's key or a workflow; None when nothing is."""
        named = self._rows_named(asked)
        self._own = {asked, *(row.workflow for row in named)}
        self._own |= {derived_id("workflow", f"{field}#{asked}") for field in self._key_fields}
        return self._known(asked)

    def another(self) -> Reading:
        """Return one for another workflow, which knows what this one has seen in queues."""
        twin = copy(self)
        twin._rows, twin._own, twin._events, twin._unreadable = {}, set(), {}, {}
        return twin

    def of_workflow(self, workflow: str) -> Known | None:
        """Return what is known of a workflow by its id, which is no row's key; None when nothing is."""
        self._own = {workflow}
        return self._known(workflow)

    def events_of(self, workflow: str) -> list[Happened]:
        """Return the stored events of a workflow, in the order of time; no row is read."""
        if workflow not in self._events:
            self._events[workflow] = list(self._stored(workflow))
        return self._events[workflow]

    def dead_letters(self) -> list[Happened]:
        """Return the events that are in dead-letter queues of services."""
        return [event for queue in self._declared.fed for event in self._events_in(queue + DEAD_LETTER_SUFFIX)]

    def _known(self, asked: str) -> Known | None:
        events = [event for workflow in sorted(self._own) for event in self._found_with(workflow)]
        events += self._of_shared_rows(events)
        events = _apart([*events, *self._dead_at_the_doors(asked)])
        joined = (self._joined(row, events) for row in self._found)
        rows = tuple(sorted(joined, key=lambda row: (row.is_shared, row.service, row.key)))
        if not rows and not events and not self._unreadable:
            return None
        timers = {name: Timers(queue, None, self._of_timers(name)) for name, queue in self._declared.timers.items()}
        unreadable = tuple(self._unreadable.values())
        known = Known(self.now, tuple(events), rows, self._declared.hearings, timers=timers, unreadable=unreadable)
        known = replace(
            known,
            events=(*events, *self._dead_since(steps_of(known))),
            drops=tuple(self._drops(events)),
            is_ended=any(map(self._is_ended, self._own)),
        )
        return self._with_queues(known, steps_of(known))

    def _drops(self, events: Iterable[Happened]) -> Iterator[Drop]:
        for event in events:
            fields = event.fields if isinstance(event.fields, dict) else {}
            if (drop := drop_in(event.source, event.type, fields, event.cause, event.at)) is not None:
                yield drop

    def _is_ended(self, workflow: str) -> bool:
        events = self._events.get(workflow)
        return bool(events and ending(events, self._declared.promises))

    def row(self, service: Service, value: str) -> list[Row]:
        """Return the rows of a service that a value finds."""
        places = dict.fromkeys((one.name, f"{field}#{value}") for one, field in self._declared.finders())
        return [row for place in places if place[0] == service.name and (row := self._row(*place)) is not None]

    def down(self, service: str) -> tuple[Circuit, ...]:
        """Return the systems that do not answer a service, as its breakers have it."""
        if self._services[service].stores_events:  # it asks nothing, and its table has no rows
            return ()
        systems = {system for one in self._declared.hearings if one.service == service for system in one.systems}
        return tuple(one for system in sorted({*systems, BUS}) for one in self._circuit(service, system))

    def at_the_doors(self) -> dict[str, Queue]:
        """Return what the queues hold by which commands come, and those of the event stores: of what is in these alone
        nothing else is known."""
        queues = dict.fromkeys((*self._doors(), *self._declared.stores))
        return {name: holds for name in queues if (holds := self._holds(name)).messages}

    # Events and rows

    @property
    def _found(self) -> list[Row]:
        return [row for row in self._rows.values() if row is not None]

    def _doors(self) -> list[str]:
        """Return the queues of which no store tells what comes by them: those of events that no service publishes, or
        all of them where nothing stores events."""
        if not self._declared.stores:
            return list(self._declared.fed)
        outside = (one.queue for one in self._declared.hearings if one.source not in self._services)
        return list(dict.fromkeys(queue for queue in outside if queue is not None))

    def _dead_at_the_doors(self, asked: str) -> Iterator[Happened]:
        """Yield the commands that are dead letters: a sender may have written another workflow, or no store has it."""
        for queue in self._doors():
            for event in self._events_in(queue + DEAD_LETTER_SUFFIX):
                if asked in (event.workflow, *event.values.values()):
                    yield event

    def _dead_since(self, steps: Steps) -> Iterator[Happened]:
        """Yield what was published and is known by a dead letter alone: no store has it."""
        possible = {id: step for step in steps.steps for id in possible_ids(step)}
        types = {(step.hearing.service, type) for step in possible.values() for type in step.hearing.publishes}
        queues = (one.queue for one in self._declared.hearings if (one.source, one.event) in types)
        for queue in dict.fromkeys(queue for queue in queues if queue is not None):
            for event in self._events_in(queue + DEAD_LETTER_SUFFIX):
                if event.event_id in possible and event.event_id not in steps.events:
                    self._look_for_rows(event)
                    yield event

    def _events_in(self, dead_letter_queue: str) -> Iterator[Happened]:
        """Yield the events of the messages in a DLQ."""
        for message in self._messages(dead_letter_queue):
            try:
                kept, body = filed(message["Body"], self._declared.doors), json.loads(message["Body"])
            except (ContractViolation, ValueError, RecursionError):
                continue
            item = {"pk": {"S": kept["correlation_id"]}, "position": {"S": kept["position"]}}
            stored = StoredEvent(kept["correlation_id"], kept["type"], body, (item,))
            yield replace(self._happened(stored, message["Body"]), is_stored=False)

    def _rows_named(self, value: str) -> list[Row]:
        if not is_plain(value):
            return []
        places = [(service.name, f"{field}#{value}") for service, field in self._declared.finders()]
        return [row for place in places if (row := self._row(*place)) is not None]

    def read(self, store: Service, items: Iterable[Item]) -> Iterator[Happened]:
        """Yield the events that these items of an event store hold, all of one workflow, in the order of their
        positions."""
        for stored in stored_in(items, partial(self._unread, store)):
            try:
                event = self._happened(stored, unpacked(*_parts(stored)))
            except Exception as fault:  # whatever stands there, the others are told
                self._unread(store, stored.items[0], fault)
                continue
            yield event

    def _found_with(self, workflow: str) -> Iterator[Happened]:
        """Yield the events of a workflow, and look for the rows that they are about."""
        for event in self.events_of(workflow):
            self._look_for_rows(event)
            yield event

    def _stored(self, workflow: str) -> Iterator[Happened]:
        for service in self._declared.event_stores:
            yield from self.read(service, items_of(self._dynamodb, self._declared.tables[service.name], workflow))

    def _unread(self, service: Service, item: Item, fault: Exception) -> None:
        """Note an event that cannot be read: without it what is told may be wrong."""
        table, workflow, position = self._declared.tables[service.name], item["pk"]["S"], item["position"]["S"]
        self._unreadable[workflow, position] = Unreadable(table, workflow, position, type(fault).__name__)

    def _look_for_rows(self, event: Happened) -> None:
        for hearing in self._declared.hearings:
            if (hearing.source, hearing.event) == (event.source, event.type):
                key = key_of(event, hearing)
                if key is not None:
                    self._row(hearing.service, key)

    def _of_shared_rows(self, events: Iterable[Happened]) -> list[Happened]:
        """Return what followed from these events under another workflow: that of a row which others share."""
        ids, found = {event.event_id for event in events}, list[Happened]()
        looked_at = set(self._own)
        while new := {row.workflow for row in self._found} - looked_at:
            looked_at |= new
            for event in sorted(
                (one for workflow in new for one in self._found_with(workflow)), key=lambda one: one.at
            ):
                if event.cause in ids:
                    ids.add(event.event_id)
                    found.append(event)
        return found

    def _happened(self, stored: StoredEvent, text: str) -> Happened:
        instant, event_id = stored.positions[0].partition("#")[0], filed(text, self._declared.doors)["event_id"]
        taken_at = _seconds(stored.time)
        detail = stored.body.get("detail")
        sent = detail if isinstance(detail, dict) else {}
        cause = self._cause(stored.body)
        return Happened(
            event_id=event_id,
            type=stored.type,
            source=str(stored.body.get("source", "")),
            workflow=stored.workflow,
            at=_seconds(instant) or taken_at or self.now,
            cause=None if cause == event_id else cause,
            values=self._values(sent),
            fields=self._shown(stored.fields, self._declared.shapes(stored.type)),
            content=content_of(sent),
            digest=_digest(text),
            taken_at=taken_at,
            version=sent["version"] if is_version(sent.get("version")) else "",
        )

    def _cause(self, body: Mapping[str, Any]) -> str | None:
        try:
            cause = completed(body, "", self._declared.doors)["causation_id"]
        except (ContractViolation, KeyError, TypeError, ValueError):  # whatever anybody put on the bus
            return None
        return cause if is_plain(cause) else None

    def _values(self, detail: Mapping[str, Any]) -> dict[str, str]:
        return {field: detail[field] for field in self._key_fields if is_plain(detail.get(field))}

    def _row(self, service: str, key: str) -> Row | None:
        if (service, key) not in self._rows:
            item = self._item(service, key)
            self._rows[service, key] = None if item is None else self._read(service, key, item)
        return self._rows[service, key]

    def _item(self, service: str, key: str) -> Mapping[str, Any] | None:
        answer = self._dynamodb.get_item(
            TableName=self._declared.tables[service], Key={"pk": {"S": key}}, ConsistentRead=True
        )
        item: Mapping[str, Any] | None = answer.get("Item")
        return item

    def _read(self, service: str, key: str, item: Mapping[str, Any]) -> Row:
        row = row_of(key, item)
        position = item.get("index_position", {}).get("S")
        history = tuple(shown_history(self._services[service], row))[::-1]
        return Row(
            service=service,
            key=key,
            workflow=row.correlation_id or "",
            version=row.version,
            state=shown_state(self._services[service], Past(row.state, row.state_version)),
            state_version=row.state_version,
            inbox=row.inbox,
            outboxes={cause: self._outbox(service, row, cause, text) for cause, text in row.unpublished.items()},
            due_at=None if position is None else datetime.fromisoformat(position).timestamp(),
            is_crowded=is_crowded(row),
            history=history,
            is_whole=bool(history) and history[0].version == 1,
            table=self._tables.get(service),
        )

    def _outbox(self, service: str, row: KitRow, cause: str, text: str) -> tuple[Happened, ...]:
        return tuple(
            Happened(
                event_id=event["event_id"],
                type=event["type"],
                source=service,
                workflow=row.correlation_id or "",
                at=datetime.fromisoformat(event["timestamp"]).timestamp(),
                cause=cause,
                values=self._values(event),
                fields=self._shown(
                    {name: event[name] for name in event if name not in KIT_FIELDS},
                    self._declared.shapes(event["type"]),
                ),
                is_stored=False,
            )
            for event in json.loads(text)["events"]
        )

    def _joined(self, row: Row, events: Iterable[Happened]) -> Row:
        """Return the row as far as it is of the workflow that was asked for: others may share it."""
        if row.workflow in self._own:
            return row
        ids = {event.event_id for event in events}
        outboxes = {cause: outbox for cause, outbox in row.outboxes.items() if cause in ids}
        places = {place_of(id) for id in ids}
        history = tuple(one for one in row.history if one.place in places)
        return replace(row, outboxes=outboxes, history=history, is_shared=True)

    # Queues, and what the kit notes

    def _with_queues(self, known: Known, steps: Steps) -> Known:
        """Return it with what explains the steps that are not done, and the timers that are late."""
        open_steps = [step for step in steps.steps if not step.is_done]
        late = [row for row in known.rows if row.service in known.timers and _is_late(row, self.now)]
        queues = {step.hearing.queue for step in open_steps if step.hearing.queue is not None}
        queues |= {known.timers[row.service].queue for row in late}
        queues |= set() if self._declared.stores else set(self._declared.fed)
        return replace(
            known,
            queues={name: self._holds(name) for name in sorted(queues)},
            dead_letters=tuple(letter for name in sorted(queues) for letter in self._dead_letters(name)),
            waited=dict(self._waited(open_steps)),
            circuits=self._circuits(open_steps),
            timers={name: replace(one, swept_until=self._swept(name, late)) for name, one in known.timers.items()},
            stores={
                name: self._holds(name) for one in self._declared.stores for name in (one, one + DEAD_LETTER_SUFFIX)
            },
        )

    def _holds(self, queue: str) -> Queue:
        if queue not in self._held:
            self._held[queue] = self._counted(queue)
        return self._held[queue]

    def _counted(self, queue: str) -> Queue:
        asked = [*_COUNTS, _HIDES_FOR]
        told = self._sqs.get_queue_attributes(QueueUrl=self._url(queue), AttributeNames=asked)["Attributes"]
        visible, hidden, delayed = (int(told[name]) for name in _COUNTS)
        return Queue(visible, hidden, delayed, float(told[_HIDES_FOR]))

    def _url(self, queue: str) -> str:
        return str(self._sqs.get_queue_url(QueueName=queue)["QueueUrl"])

    def _dead_letters(self, queue: str) -> Iterator[DeadLetter]:
        name = queue + DEAD_LETTER_SUFFIX
        for message in self._messages(name):
            letter = self._dead_letter(name, self._declared.fed[queue], message)
            if letter is not None:
                yield letter

    def _messages(self, dead_letter_queue: str) -> list[dict[str, Any]]:
        """Return the messages of a DLQ, which is looked through once."""
        if dead_letter_queue not in self._letters:
            is_empty = not self._holds(dead_letter_queue).messages
            url = "" if is_empty else self._url(dead_letter_queue)
            self._letters[dead_letter_queue] = [] if is_empty else messages_in(self._sqs, url, MOST_DEAD_LETTERS)
        return self._letters[dead_letter_queue]

    def _of_timers(self, service: str) -> tuple[str, ...]:
        """Return what a service may publish because of a timer."""
        reactions = self._services[service].reactions
        return tuple(type for one in reactions if one.event == TIMER for type in one.publishes)

    def _dead_letter(self, queue: str, service: str, message: Mapping[str, Any]) -> DeadLetter | None:
        """Return what is known of a dead letter; None for one that holds no event."""
        try:
            kept = filed(message["Body"], self._declared.doors)
            body = json.loads(message["Body"])
        except (ContractViolation, ValueError, RecursionError):
            return None
        detail = body.get("detail") if isinstance(body, dict) else None
        row = str(detail.get("row_key", "")) if kept["type"] == TIMER and isinstance(detail, dict) else ""
        since = int(message["Attributes"]["SentTimestamp"]) / 1_000
        content = content_of(detail) if isinstance(detail, dict) and not row else ""
        return DeadLetter(queue, service, kept["event_id"], kept["type"], since, reason_of(message), content, row)

    def _waited(self, steps: Iterable[Step]) -> Iterator[tuple[tuple[str, str], Waited]]:
        for step in steps:
            service, digest = step.hearing.service, step.event.digest
            item = self._item(service, COPIES + digest) if digest else None
            state = None if item is None else row_of(COPIES + digest, item).state
            if state and state.get("copies"):
                yield (service, digest), Waited(float(state["since"]), int(state["copies"]), state.get("reason", ""))

    def _circuits(self, steps: Iterable[Step]) -> dict[str, tuple[Circuit, ...]]:
        """Return what is down of what these steps need, by service."""
        asked: dict[str, set[str]] = {}
        for step in steps:
            asked.setdefault(step.hearing.service, set()).update((*step.hearing.systems, BUS))
        return {
            service: tuple(one for system in sorted(systems) for one in self._circuit(service, system))
            for service, systems in asked.items()
        }

    def _circuit(self, service: str, system: str) -> Iterator[Circuit]:
        item = self._item(service, BREAKER + system)
        if item is not None:
            row = row_of(BREAKER + system, item)
            circuit = KitCircuit(system, row.version, **(row.state or {}))
            if circuit.is_open:
                yield Circuit(system, circuit.failures, circuit.probe_at)

    def _swept(self, service: str, late: Iterable[Row]) -> float | None:
        """Return until when the sweep of a service has sent what was due, where the late rows are listed."""
        partitions = {due_partition(row.key) for row in late if row.service == service}
        item = self._item(service, PROGRESS) if partitions else None
        state = None if item is None else row_of(PROGRESS, item).state
        if not state:
            return None
        reached = [state["partitions"].get(name, {}).get("after", FIRST) for name in partitions]
        instants = [None if one == FIRST else datetime.fromisoformat(one).timestamp() for one in reached]
        return None if None in instants else min(one for one in instants if one is not None)


def _apart(events: Iterable[Happened]) -> list[Happened]:
    """Return each event once. Of two with one id and different contents the second is beside the first."""
    found: dict[str, Happened] = {}
    for event in events:
        first = found.setdefault(event.event_id, event)
        if event.content != first.content:
            beside = replace(event, is_beside=True)
            found.setdefault(beside.name, beside)
    return list(found.values())


def _parts(stored: StoredEvent) -> Iterator[Any]:
    return (part for item in stored.items for part in item["event"].values())


def _is_late(row: Row, now: float) -> bool:
    return row.due_at is not None and row.due_at <= now and not row.is_shared


def _seconds(instant: str) -> float | None:
    """Return an instant as seconds since 1970; None for what is none, or what no clock shows."""
    try:
        return datetime.fromisoformat(instant).timestamp()
    except (ValueError, OverflowError):
        return None


def _digest(text: str) -> str:
    """Return the digest by which the kit notes the copies of a message (`functions.kit.copies`)."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def reason_of(message: Mapping[str, Any]) -> str:
    """Return why a message is a dead letter: as its consumer says, or EventBridge; SQS says nothing."""
    attributes = {name: str(one.get("StringValue", "")) for name, one in message.get("MessageAttributes", {}).items()}
    if "reason" in attributes:
        return attributes["reason"]
    if "ERROR_CODE" in attributes:
        said = f"{attributes['ERROR_CODE']} {attributes.get('ERROR_MESSAGE', '')}".strip()
        return f"EventBridge could not deliver it: {said}"
    return "none is given, so SQS gave it up after too many receives: the function never began with it"
