"""A workflow of a deployed stage, in the form in which the simulator's invariants look at an account at rest."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from types import SimpleNamespace
from typing import Any, cast

from ensemble.command_line.stage.operations import drop_in
from ensemble.command_line.stage.stored_events import StoredEvent, items_of, stored_in
from ensemble.command_line.trace.declared import Declared
from ensemble.simulator.account import AwsAccount
from ensemble.simulator.buses import Accepted
from ensemble.simulator.topology import Topology
from ensemble.trace.known import Drop
from functions.kit.envelope import completed, is_plain
from functions.kit.errors import ContractViolation
from functions.kit.inbox import place_of

MOST_KEYS = 100
"""What one BatchGetItem takes (Amazon DynamoDB API Reference, BatchGetItem)."""

Item = dict[str, Any]


@dataclass(frozen=True, slots=True)
class AtRest:
    """The events of one workflow that a store has, and the rows that they find, by service and key.

    `unreadable`: how many events nobody can open. `beside`: the ids that two events have, which say different things.
    """

    workflow: str
    events: Sequence[Accepted]
    rows: Mapping[str, Mapping[str, Item]]
    unreadable: int = 0
    beside: Collection[str] = field(default_factory=tuple)

    @property
    def newest(self) -> str:
        """When its last event came, RFC 3339; empty where there is none."""
        return max((event.time for event in self.events), default="")

    def drops(self) -> Iterator[Drop]:
        """Yield what was dropped of it."""
        for event in self.events:
            cause, at = str(event.whole["causation_id"]), datetime.fromisoformat(event.time).timestamp()
            if (drop := drop_in(event.source, event.type, event.whole, cause, at)) is not None:
                yield drop

    def account(self, topology: Topology, tables: Mapping[str, str], now: float) -> AwsAccount:
        """Return it as the account that the invariants are given: they look at no more than this of it."""
        made = {
            service: SimpleNamespace(items=self.rows.get(service, {}), name=name) for service, name in tables.items()
        }
        world = SimpleNamespace(now=now, absent=frozenset(), faults=frozenset(), topology=topology)
        account = SimpleNamespace(
            buses=SimpleNamespace(accepted=self.events),
            dynamodb=SimpleNamespace(tables={one.name: one for one in made.values()}),
            queues=SimpleNamespace(all={}),
            table_of=made.__getitem__,
            world=world,
        )
        return cast("AwsAccount", account)


class Workflows:
    """Reads workflows, each by a query and a few reads of rows. `dynamodb`: botocore's client."""

    def __init__(self, declared: Declared, dynamodb: Any) -> None:
        self._declared, self._dynamodb = declared, dynamodb
        self._places = [(service.name, key) for service, key in declared.finders()]

    def read(self, workflow: str) -> AtRest:
        """Return what is known of a workflow."""
        events, unreadable, beside = list[Accepted](), list[object](), list[str]()
        for stored in self._stored(workflow, unreadable):
            event = self._opened(stored)
            if event is None:
                unreadable.append(stored)
                continue
            if stored.positions[0].count("#") > 1 and "parts" not in stored.items[0]:
                beside.append(str(event.whole["event_id"]))
            events.append(event)
        return AtRest(workflow, events, self._rows(events), len(unreadable), beside)

    def _stored(self, workflow: str, unreadable: list[object]) -> Iterator[StoredEvent]:
        for store in self._declared.event_stores:
            items = items_of(self._dynamodb, self._declared.tables[store.name], workflow)
            yield from stored_in(items, lambda item, _: unreadable.append(item))

    def _opened(self, stored: StoredEvent) -> Accepted | None:
        """Return an event as services open it; None for what none of them can."""
        body = stored.body
        try:
            whole = completed(body, "1.0", self._declared.doors)
            return Accepted(
                id=str(whole["event_id"]),
                bus="",
                source=str(body["source"]),
                type=stored.type,
                time=stored.time,
                detail=body["detail"],
                detail_text="",
                whole=whole,
                place=place_of(whole["event_id"]),
            )
        except (ContractViolation, KeyError, TypeError, ValueError, AttributeError):
            return None

    def _rows(self, events: Iterable[Accepted]) -> dict[str, dict[str, Item]]:
        details = [event.detail for event in events]
        values = {(field, one[field]) for _, field in self._places for one in details if is_plain(one.get(field))}
        keys = {
            (service, f"{name}#{value}") for service, field in self._places for name, value in values if name == field
        }
        found: dict[str, dict[str, Item]] = {}
        for service, key, item in self._items(sorted(keys)):
            found.setdefault(service, {})[key] = item
        return found

    def _items(self, keys: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str, Item]]:
        """Read rows, as many at a time as one call takes; what it leaves for later is asked for again."""
        services = {self._declared.tables[service]: service for service, _ in keys}
        rest = iter(keys)
        while chunk := list(islice(rest, MOST_KEYS)):
            asked: dict[str, Any] = {}
            for service, key in chunk:
                of_table = asked.setdefault(self._declared.tables[service], {"Keys": [], "ConsistentRead": True})
                of_table["Keys"].append({"pk": {"S": key}})
            while asked:
                answer = self._dynamodb.batch_get_item(RequestItems=asked)
                for table, items in answer["Responses"].items():
                    yield from ((services[table], item["pk"]["S"], item) for item in items)
                asked = answer.get("UnprocessedKeys", {})
