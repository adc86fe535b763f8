"""The control: the same reactions as most samples run them, to see how often the same faults break that.

State is written, then the events are put; idempotency is a record by the envelope's id that expires after an hour.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from ensemble.simulator.adapters import adapters
from ensemble.simulator.clients import Client
from ensemble.simulator.core_lane import CoreLane, contracts_of
from ensemble.simulator.invocation import Handler, Invocation
from ensemble.simulator.permissions import Permissions
from ensemble.simulator.topology import FunctionSpec, Topology
from functions.kit import clock
from functions.kit.contracts import Contracts, selection
from functions.kit.envelope import Detail, bridge_event_of, caused, completed
from functions.kit.errors import FloorReached
from functions.kit.model import TIMER, Decision, Event, Index, Reaction, Service
from functions.kit.reactor import Adapters, Work
from functions.kit.rows import DUE_PARTITIONS, Commit, Row, RowStore, due_partition
from functions.kit.settings import ConsumerSettings
from functions.kit.store import EventStore, filed

IDEMPOTENT_SECONDS = 3_600
"""Powertools' default, `expires_after_seconds`."""

ANYTHING = Permissions([{"Effect": "Allow", "Action": ["*"], "Resource": ["*"]}])


class InProgress(Exception):
    """Raised when another worker has the same event."""


class NaiveLane(CoreLane):
    """Makes environments of consumers that write, then publish. Nothing of the kit's protocol is in them."""

    name = "naive"
    calls_of_a_record = 6
    is_naive = True

    def environment(self, function: FunctionSpec, *, older: bool) -> Handler:
        """Return a new environment's handler."""
        client: Any = Client(self._request)
        service, contracts = self._application.services[function.service], contracts_of(function.bundle)
        return NaiveConsumer(service, contracts, client, adapters(self._application, function, client), function).handle


def permissive(topology: Topology) -> Topology:
    """Return the topology with roles that permit everything: the control puts events from its consumers."""
    functions = {name: replace(one, permissions=ANYTHING) for name, one in topology.functions.items()}
    return replace(topology, functions=functions)


class NaiveConsumer:
    """Handles records one by one; a record that fails is reported."""

    def __init__(
        self, service: Service, contracts: Contracts, client: Any, effects: Adapters, function: FunctionSpec
    ) -> None:
        self._service, self._contracts, self._client, self._effects = service, contracts, client, effects
        self._table = ConsumerSettings.from_environment(function.variables).table_name
        self._rows = RowStore(client, self._table, IDEMPOTENT_SECONDS)
        self._reactions = {reaction.event: reaction for reaction in service.reactions}
        self._bus = f"{self._table.removesuffix(f'-{service.name}')}-ensemble"

    def handle(self, event: dict[str, Any], _: Invocation) -> dict[str, Any]:
        """Handle a batch, or the tick of a sweep."""
        if "Records" not in event:
            self._sweep(event["time"])
            return {}
        failed = []
        for record in event["Records"]:
            try:
                self._once(record)
            except Exception:
                failed.append({"itemIdentifier": record["messageId"]})
        return {"batchItemFailures": failed}

    def _sweep(self, time: str) -> None:
        due = [one for number in range(DUE_PARTITIONS) for one in self._due(f"due#{number}", time[:-1] + ".000Z")]
        for key, due_at in due:
            name, _, value = key.partition("#")
            id = f"{key} due {due_at}"
            envelope = {"event_id": id, "type": TIMER, "version": "1.0", "timestamp": time, "correlation_id": id}
            self._react({**envelope, "causation_id": id, "hops": 0, name: value})

    def _due(self, partition: str, until: str) -> list[tuple[str, str]]:
        return [(key, instant) for key, instant, _ in self._rows.due(partition, "0", until, None)]

    def _once(self, record: Mapping[str, Any]) -> None:
        if self._service.stores_events:
            EventStore(self._rows).decide(Work(filed(record["body"], self._contracts.doors)))
            return
        bridge_event = bridge_event_of(record["body"])
        key = f"idempotency#{bridge_event['id']}"
        known = self._client.get_item(TableName=self._table, Key={"pk": {"S": key}}).get("Item")
        if known is not None:
            if known["status"]["S"] == "COMPLETED":
                return
            raise InProgress(key)
        self._remember(key, "INPROGRESS", 30, ConditionExpression="attribute_not_exists(pk)")
        try:
            newest = self._contracts.newest_version(bridge_event["detail-type"])
            detail = completed(bridge_event, newest, self._contracts.doors)
            self._react(self._contracts.received(bridge_event["source"], detail))
        except Exception:
            self._remember(key, "FAILED", -1)
            raise
        self._remember(key, "COMPLETED", IDEMPOTENT_SECONDS)

    def _remember(self, key: str, status: str, seconds: int, **condition: str) -> None:
        expires_at = str(int(clock.now()) + seconds)
        item = {"pk": {"S": key}, "status": {"S": status}, "expires_at": {"N": expires_at}}
        self._client.put_item(TableName=self._table, Item=item, **condition)

    def _react(self, detail: Detail) -> None:
        """Load, decide, write, and then publish."""
        reaction = self._reactions[detail["type"]]
        name = self._service.key_of(reaction)
        row = self._rows.load(f"{name}#{detail[name]}")
        fields = selection((*reaction.reads, name))(detail)
        event = Event(detail["event_id"], detail["type"], detail["timestamp"], detail["correlation_id"], fields)
        decision = reaction.react(None if row.state is None else self._service.state(**row.state), event)
        while decision.effect is not None and decision.then is not None:
            decision = decision.then(decision.state, event, self._effects[type(decision.effect)](decision.effect))
        self._publish(self._write(row, decision, detail), detail, reaction)

    def _write(self, row: Row, decision: Decision, detail: Detail) -> Decision:
        """Write the state whatever was written meanwhile; counters keep their floor."""
        state = None if decision.state is None else asdict(decision.state)
        due_at = self._service.due_at(decision.state)
        index = None if due_at is None else Index(due_partition(row.key), due_at)
        moves = {name: -amount for name, amount in decision.takes.items()} | dict(decision.gives)
        try:
            self._put(Commit(Row(row.key, 0, state, {}, detail["correlation_id"]), index, None, moves, decision.totals))
        except FloorReached:
            if decision.otherwise is None:
                raise
            return self._write(row, decision.otherwise, detail)
        return decision

    def _put(self, commit: Commit) -> None:
        item = self._rows._item(commit, clock.now())
        writes: list[Any] = [{"Put": {"TableName": self._table, "Item": item}}]
        writes += [*self._rows._moves(commit.moves), *self._rows._sums(commit.totals)]
        if len(writes) == 1:
            self._client.put_item(**writes[0]["Put"])
        else:
            self._rows._transact(writes)

    def _publish(self, decision: Decision, detail: Detail, reaction: Reaction) -> None:
        """Put the events; as in most samples nobody looks at what the bus answers for each."""
        entries = []
        for ordinal, publication in enumerate(decision.publications):
            event = caused(
                {**detail, "event_id": f"{detail['event_id']} at {clock.now()}"},
                publication,
                row_key="",
                service=self._service.name,
                version=self._contracts.version_to_publish(publication.type),
                correlation_id=detail["correlation_id"],
                timestamp=clock.timestamp(),
                ordinal=ordinal,
            )
            entries.append(
                {
                    "EventBusName": self._bus,
                    "Source": self._service.name,
                    "DetailType": publication.type,
                    "Detail": json.dumps(event),
                }
            )
        if entries:
            self._client.put_events(Entries=entries)
