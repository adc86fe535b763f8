"""The AWS account of one schedule: all services of the stage, joined to the world."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Literal

from ensemble.simulator.answers import Refused
from ensemble.simulator.buses import Buses
from ensemble.simulator.dynamodb import OF_THE_KIT, DynamoDb, Item, Table
from ensemble.simulator.faults import Fault
from ensemble.simulator.invocation import Invocation
from ensemble.simulator.queues import Queues
from ensemble.simulator.steps import Loaded, Routine, Written
from ensemble.simulator.streams import Streams
from ensemble.simulator.topology import FunctionSpec
from ensemble.simulator.world import World, instant
from functions.kit.model import TIMER

MINUTE, DAY = 60.0, 86_400.0

NONE = {"S": ""}
DUE = "due#"
"""What the index partitions of timers begin with; in version 0.2.0 of the kit there is one, `TIMER`."""

Watcher = Callable[[Item | None, Item], None]


class AwsAccount:
    """The services of one schedule. `queues`: makes its SQS. `sweeps`: whether a sweep comes for what is due, and again
    for what it sent before."""

    def __init__(self, world: World, queues: type[Queues] = Queues) -> None:
        self.world = world
        self.queues = queues(world)
        self.streams = Streams(world)
        self.buses = Buses(world, self.queues)
        self.dynamodb = DynamoDb(lambda: world.now, self._changed)
        self.published: list[tuple[str, Mapping[str, Any]]] = []
        self.commits: list[tuple[str, Item | None, Item]] = []
        self.reached: Counter[tuple[str, str, str]] = Counter()
        self._watchers: Mapping[str, Watcher] = {}
        self._sweeps = self._swept()
        self._next_sweep: dict[str, float] = {}
        self._is_quiet: dict[str, bool] = {}
        self.sweeps: Literal["again", "once", "never"] = "again"
        for name in world.topology.tables:
            self.dynamodb.add(name, world.topology.schemas[name])
        world.requests = {
            "GetItem": self._get_item,
            "BatchGetItem": self._batch_get_item,
            "PutItem": self._put_item,
            "UpdateItem": self._update_item,
            "TransactWriteItems": self._transact,
            "Query": self._query,
            "PutEvents": self.buses.put_events,
            "ChangeMessageVisibility": self.queues.change_visibility,
            "DeleteMessage": self.queues.delete_message,
            "SendMessage": self.queues.send_message,
            "SendMessageBatch": self.queues.send_message_batch,
            "Publish": self._publish,
        }

    def watch(self, watchers: Mapping[str, Watcher]) -> None:
        """Call a table's watcher with the images, before and after, of each item that is written to it."""
        self._watchers = watchers

    def look_at(self, operation: str, look: Callable[[Mapping[str, Any]], None]) -> None:
        """Call `look` with each request of the operation, just before it is carried out."""
        carry_out = self.world.requests[operation]

        def looked_at(active: Invocation, request: Mapping[str, Any]) -> dict[str, Any]:
            look(request)
            return carry_out(active, request)

        self.world.requests[operation] = looked_at

    def table_of(self, service: str) -> Table:
        """Return the table of a service."""
        functions = self.world.topology.functions.values()
        name = next(one.variables["TABLE_NAME"] for one in functions if one.service == service and not one.is_relay)
        return self.dynamodb.tables[name]

    def saved(self) -> Any:
        """Return what the services hold when nothing is on its way, to come back to."""
        tables = {name: dict(one.stored) for name, one in self.dynamodb.tables.items()}
        buses = list(self.buses.accepted), dict(self.buses.puts), dict(self.buses.awaited)
        return tables, list(self.commits), buses, Counter(self.queues.sent), list(self.published)

    def restore(self, saved: Any) -> None:
        """Come back to what was saved."""
        tables, commits, (accepted, puts, awaited), sent, published = saved
        for name, items in tables.items():
            self.dynamodb.tables[name].fill(items)
        self.commits, self.buses.accepted, self.published = list(commits), list(accepted), list(published)
        self.buses.puts, self.buses.awaited, self.queues.sent = dict(puts), dict(awaited), Counter(sent)

    # Requests of functions

    def _get_item(self, active: Invocation, request: Mapping[str, Any]) -> dict[str, Any]:
        self._permit_table(active, "dynamodb:GetItem", request)
        if self.world.trace is not None:
            key = request["Key"]["pk"]["S"]
            self.world.note(f"  loads {key}", Loaded(request["TableName"], key))
        return self.dynamodb.answer("GetItem", request)

    def _batch_get_item(self, active: Invocation, request: Mapping[str, Any]) -> dict[str, Any]:
        ((table, asked),) = request["RequestItems"].items()
        self._permit_table(active, "dynamodb:BatchGetItem", {"TableName": table})
        keys = [key["pk"]["S"] for key in asked["Keys"]]
        strikes = self.world.striker.fails
        left = {key for place, key in enumerate(keys) if strikes(active, Fault.THROTTLED, place, "read ahead")}
        if self.world.trace is not None:
            for key in keys:
                self.world.note(f"  loads {key}", Loaded(table, key))
        if left:
            return self.dynamodb.batch_get_item(request, left)
        return self.dynamodb.answer("BatchGetItem", request)

    def _put_item(self, active: Invocation, request: Mapping[str, Any]) -> dict[str, Any]:
        self._permit_table(active, "dynamodb:PutItem", request)
        return self.dynamodb.answer("PutItem", request)

    def _update_item(self, active: Invocation, request: Mapping[str, Any]) -> dict[str, Any]:
        self._permit_table(active, "dynamodb:UpdateItem", request)
        return self.dynamodb.answer("UpdateItem", request)

    def _transact(self, active: Invocation, request: Mapping[str, Any]) -> dict[str, Any]:
        if active.meets_conflict:
            active.meets_conflict = False
            raise self._conflict(active, len(request["TransactItems"]))
        for write in request["TransactItems"]:
            ((kind, parameters),) = write.items()
            self._permit_table(active, f"dynamodb:{kind}Item", parameters)
        return self.dynamodb.answer("TransactWriteItems", request)

    def _conflict(self, active: Invocation, writes: int) -> Refused:
        """Return what a transaction is refused with, one of whose items another one has in hand."""
        which = self.world.chance.between(f"conflict {active.key} {active.calls}", 0, writes - 1)
        reasons = [{"Code": "TransactionConflict" if number == which else "None"} for number in range(writes)]
        return Refused("TransactionCanceledException", "Transaction cancelled", reasons)

    def _query(self, active: Invocation, request: Mapping[str, Any]) -> dict[str, Any]:
        arn = f"{self.world.topology.tables[request['TableName']]}/index/{request['IndexName']}"
        self.world.permit(active, "dynamodb:Query", arn)
        if active.reads_stale:
            return self.dynamodb.query_stale(request)
        return self.dynamodb.answer("Query", request)

    def _publish(self, active: Invocation, request: Mapping[str, Any]) -> dict[str, Any]:
        self.world.permit(active, "sns:Publish", request["TopicArn"])
        self.published.append((request["TopicArn"], request))
        self.world.note("  publishes to a topic")
        return {"MessageId": str(len(self.published))}

    def _permit_table(self, active: Invocation, action: str, request: Mapping[str, Any]) -> None:
        self.world.permit(active, action, self.world.topology.tables[request["TableName"]])

    # What follows from a write

    def _watch(self, watcher: Watcher, before: Item | None, after: Item) -> None:
        """Call a watcher. Its own mistake ends the schedule: the function under way would take it for AWS's."""
        try:
            watcher(before, after)
        except Exception as error:
            self.world.mistake = error

    def _changed(self, table: Table, key: str, before: Item | None, after: Item) -> None:
        self.commits.append((table.name, before, after))
        if self.world.trace is not None:
            text = f"  writes {table.name} {key}: {after.get('state', after.get('amount', {}))}"[:300]
            self.world.note(text, Written(table.name, str(after["pk"]["S"]), before, after))
        watcher = self._watchers.get(table.name)
        if watcher is not None and not key.startswith(OF_THE_KIT):
            self._watch(watcher, before, after)
        self.streams.changed(table, key, before, after)
        if "index_partition" in after and is_of_timers(after["index_partition"]["S"]):
            self._plan_sweep(table.name, after["index_position"]["S"])

    # The sweeps: a tick at which no row is due changes nothing, and so is left out

    def _swept(self) -> dict[str, FunctionSpec]:
        topology = self.world.topology
        scheduled = {
            rule.target.rsplit(":", 1)[-1]
            for rules in topology.rules.values()
            for rule in rules
            if rule.scheduled and rule.refusal is None
        }
        functions = [topology.functions[name] for name in sorted(scheduled)]
        return {function.variables["TABLE_NAME"]: function for function in functions}

    def _plan_sweep(self, table: str, position: str) -> None:
        """Plan the tick at which a row is due."""
        if table not in self._sweeps or self.sweeps == "never":
            return
        due = max(datetime.fromisoformat(position).timestamp(), self.world.now)
        tick = (math.floor(due / MINUTE) + 1) * MINUTE
        if tick < self._next_sweep.get(table, math.inf):
            self._next_sweep[table] = tick
            self.world.at(tick, lambda: self._tick(table, tick))

    def _tick(self, table: str, tick: float) -> None:
        if self._next_sweep.get(table) != tick:
            return
        del self._next_sweep[table]
        self._is_quiet[table] = False
        self._sweep(table, tick, "")
        if self.world.strikes(Fault.SWEPT_TWICE, f"{table} at {tick:.0f}"):
            self.world.hit(f"{self._sweeps[table].service} sweep", Fault.SWEPT_TWICE)
            self._sweep(table, tick, " again")
        self._plan_next(table, tick)

    def _plan_next(self, table: str, tick: float) -> None:
        """Plan the next tick that can make a difference.

        After one that went well and sent nothing, the same rows make none for a day: they were sent before.
        """
        if self.sweeps != "again":
            return
        items = self.dynamodb.tables[table].items.values()
        positions = [one["index_position"]["S"] for one in items if is_of_timers(one.get("index_partition", NONE)["S"])]
        if self._is_quiet[table]:
            tomorrow = instant(tick + DAY)
            positions = [max(one, tomorrow) if one <= instant(tick) else one for one in positions]
        if positions:
            self._plan_sweep(table, min(positions))

    def _sweep(self, table: str, tick: float, again: str) -> None:
        world, function = self.world, self._sweeps[table]
        if world.in_window(Fault.OUTAGE, function.service):
            world.hit(f"{function.service} sweep", Fault.OUTAGE)
            return
        world.note(f"{function.name} sweeps{again}", Routine())
        sent = self.queues.sent.total()

        def done(invocation: Invocation) -> None:
            went_well = not (invocation.crashed or invocation.struck)
            self._is_quiet[table] = went_well and sent == self.queues.sent.total() and not function.is_earlier

        event = {"source": "aws.events", "detail-type": "Scheduled Event", "time": instant(tick)}
        world.invoke(function, event, f"{function.name} sweeps at {tick:.0f}{again}", 2, done)


def is_of_timers(partition: str) -> bool:
    """Whether a partition of an index is one of rows that want to be woken."""
    return partition == TIMER or partition.startswith(DUE)
