"""Table streams and the event source mappings that read them: in order per row, retried, given up after a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

from ensemble.aws.mappings import failed_ids
from ensemble.simulator.dynamodb import Item, Table
from ensemble.simulator.faults import Fault
from ensemble.simulator.invocation import Invocation
from ensemble.simulator.steps import Routine
from ensemble.simulator.topology import MappingSpec
from ensemble.simulator.world import World

HOP = 0.2
"""Seconds from a write to the relay's invocation (design's measured median)."""

LONGEST_BACKOFF = 60.0


@dataclass(slots=True)
class Record:
    """A stream record: what it is about, its content as Lambda hands it over, and when it was written."""

    about: str
    content: dict[str, Any]
    written_at: float


@dataclass(eq=False, slots=True)
class Shard:
    """The records of some rows, in order. While a batch fails, no later one is invoked."""

    name: str
    table: str
    records: deque[Record] = field(default_factory=deque)
    failures: int = 0
    batches: int = 0
    is_busy: bool = False
    limit: int | None = None


class Streams:
    """The streams of all tables that have a mapping. `unpublished` holds what mappings gave up, by table."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._shards: dict[str, Shard] = {}
        self._number = 0
        self._shards_per_table = world.chance.one_of("shards", (1, 2, 64))
        self.unpublished: list[tuple[str, Record]] = []
        self.given_up: Callable[[], None] = lambda: None

    def changed(self, table: Table, key: str, before: Item | None, after: Item) -> None:
        """Take a change of an item to its stream."""
        mapping = self._world.topology.mappings.get(table.name)
        if mapping is None:
            return
        self._number += 1
        kind = "INSERT" if before is None else "MODIFY"
        content = {
            "eventName": kind,
            "eventSource": "aws:dynamodb",
            "dynamodb": {"Keys": {"pk": after["pk"]}, "NewImage": after, "SequenceNumber": f"{self._number:021d}"},
        }
        if not self._passes(mapping, content, (table.name, kind, frozenset(after))):
            return
        version = after["version"]["N"] if "version" in after else "?"
        name = f"{table.name}/{crc32(key.encode()) % self._shards_per_table}"
        shard = self._shards.get(name) or self._shards.setdefault(name, Shard(name, table.name))
        shard.records.append(Record(f"{key} v{version}", content, self._world.now))
        self._wake(shard, mapping, HOP)

    @property
    def waiting(self) -> list[Record]:
        """The records that are not published yet."""
        return [record for shard in self._shards.values() for record in shard.records]

    def _passes(self, mapping: MappingSpec, content: dict[str, Any], shape: tuple[str, str, frozenset[str]]) -> bool:
        """Return whether the function gets the record; asked once for all records of a shape, where that decides."""
        if not mapping.filters_by_shape:
            return mapping.filters.let_pass(content)
        known = self._world.topology.passing
        if shape not in known:
            known[shape] = mapping.filters.let_pass(content)
        return known[shape]

    def _wake(self, shard: Shard, mapping: MappingSpec, seconds: float) -> None:
        if not shard.is_busy and shard.records:
            shard.is_busy = True
            self._world.at(self._world.now + seconds, lambda: self._handle(shard, mapping))

    def _handle(self, shard: Shard, mapping: MappingSpec) -> None:
        """Invoke the function with the next batch."""
        world = self._world
        function = world.topology.functions[mapping.function]
        for fault in (Fault.STREAM_STALLED, Fault.OUTAGE):
            if world.in_window(fault, function.service):
                world.hit(f"{function.service} relay", fault)
                world.at(world.end_of_window(fault, function.service), lambda: self._handle(shard, mapping))
                return
        self._give_up_old(shard, mapping)
        if not shard.records:
            shard.is_busy = False
            return
        batch = list(shard.records)[: shard.limit or mapping.reading.batch_size]
        shard.batches += 1
        key = f"{function.name} on {batch[0].about}, batch {shard.batches} of {shard.name}"
        if world.trace is not None:
            world.note(f"{function.name} is given {', '.join(record.about for record in batch)}", Routine())
        event = {"Records": [record.content for record in batch]}
        world.invoke(function, event, key, len(batch), lambda done: self._done(shard, mapping, batch, done))

    def _done(self, shard: Shard, mapping: MappingSpec, batch: list[Record], invocation: Invocation) -> None:
        handled = _handled(invocation, mapping, batch)
        plan = invocation.plan
        if (
            handled
            and plan is not None
            and plan.fault is Fault.RECORD_RETRIED
            and self._world.disturbs(f"{plan.fault}: {invocation.key}")
        ):
            self._world.hit(f"{invocation.function.service} relay", Fault.RECORD_RETRIED)
            handled = 0
        for _ in range(handled):
            shard.records.popleft()
        shard.is_busy = False
        if handled == len(batch):
            shard.failures, shard.limit = 0, None
            self._wake(shard, mapping, 0.0)
        else:
            if mapping.reading.bisects and not handled and len(batch) > 1:
                shard.limit = (len(batch) + 1) // 2
            shard.failures += 1
            retries = mapping.reading.maximum_retries
            if retries is not None and shard.failures > retries:
                self._give_up(shard, mapping, shard.records.popleft(), f"failed {shard.failures} times")
                shard.failures = 0
            self._wake(shard, mapping, min(2.0 ** min(shard.failures - 1, 6), LONGEST_BACKOFF))

    def _give_up_old(self, shard: Shard, mapping: MappingSpec) -> None:
        """Take what is too old out of the stream, to the failure destination if there is one that keeps it whole."""
        while mapping.reading.maximum_age is not None and shard.records:
            record = shard.records[0]
            if self._world.now - record.written_at <= mapping.reading.maximum_age:
                return
            self._give_up(shard, mapping, shard.records.popleft(), "is too old")

    def _give_up(self, shard: Shard, mapping: MappingSpec, record: Record, why: str) -> None:
        if mapping.keeps_failures:
            self._world.note(f"{record.about} of {shard.table} {why}: to the failure destination")
            self.unpublished.append((shard.table, record))
            self.given_up()
        else:
            self._world.violate(f"{record.about} of {shard.table} is lost: nothing keeps what its relay gave up")

    def publish_again(self) -> None:
        """Let the relays have what was given up, as a person does who reads the failure destinations."""
        given_up, self.unpublished = self.unpublished, []
        for table, record in given_up:
            mapping = self._world.topology.mappings[table]
            name = f"{table}/given up"
            shard = self._shards.get(name) or self._shards.setdefault(name, Shard(name, table))
            record.written_at = self._world.now
            shard.records.append(record)
            self._wake(shard, mapping, HOP)


def _handled(invocation: Invocation, mapping: MappingSpec, batch: list[Record]) -> int:
    """Return how many records, from the first on, need not be delivered again."""
    if invocation.crashed:
        return 0
    numbers = [record.content["dynamodb"]["SequenceNumber"] for record in batch]
    failed = failed_ids(invocation.result, numbers) if mapping.reading.reports_failures else set()
    return min(map(numbers.index, failed), default=len(batch))
