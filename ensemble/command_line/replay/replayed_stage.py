"""What is to be replayed, and the stage whose events it is about: what it declares, and clients of its APIs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from ensemble.aws.opaque import Opaque
from ensemble.aws.resource_types import FUNCTION
from ensemble.choreography.graph import read_graph
from ensemble.choreography.templates import Resource, service_of
from ensemble.command_line.errors import UsageRefused
from ensemble.command_line.project import read_schemas, read_services, root_of_project
from ensemble.command_line.replay.planning import Plan, plan_of, refuse_what_is_forgotten
from ensemble.command_line.replay.putting import Cursor, Putting
from ensemble.command_line.replay.selection import Selection
from ensemble.command_line.replay.stored import StoreReading, Window
from ensemble.command_line.stage.account import Account, aws_answers
from ensemble.command_line.stage.forget import tables_of
from ensemble.command_line.stage.pauses import Clock
from ensemble.command_line.stage.place import Place
from ensemble.command_line.synthesis import names_in
from ensemble.command_line.trace.declared import read_declared
from ensemble.contracts.schemas import Schemas
from functions.kit.model import Service
from infrastructure.naming import Names

CURSORS = Path(".ensemble/replays")
"""Where in the project the progress of each replay lies."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What was typed: which events, to whom, and how many a second."""

    window: Window
    services: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    rate: float = 50.0


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage whose events are replayed: what it declares, and clients of its APIs. `stores`: the queues by which
    events come to where they are stored."""

    place: Place
    root: Path
    services: Sequence[Service]
    schemas: Schemas
    resources: tuple[Resource, ...]
    stores: tuple[str, ...]
    names: Names
    account: Account
    now: datetime

    @classmethod
    def at(cls, console: Console, place: Place) -> Stage:
        """Read it. Raises CommandFailed."""
        now, root = place.now(), root_of_project()
        services = read_services(root)
        schemas, assembly = read_schemas(root, services), place.assembly(console, root)
        resources = read_graph(assembly, services, schemas).resources
        stores = read_declared(assembly, services, schemas).stores
        account = place.account(assembly)
        return cls(place, root, services, schemas, resources, stores, names_in(assembly), account, now)

    @property
    def store(self) -> str:
        """The table of its event store. Raises UsageRefused where it has none."""
        tables = tables_of(self.services, self.names)
        stores = [tables[one.name] for one in self.services if one.stores_events]
        if not stores:
            raise UsageRefused(
                "no service of this project stores every event, so there is nothing to replay. Fix: add one, with "
                "reactions=(on_every_event(),)"
            )
        return stores[0]

    def reading(self, window: Window) -> StoreReading:
        """Return what reads its event store. Raises UsageRefused where it has none."""
        return StoreReading(self.account.client("dynamodb"), self.store, window)

    def cursor(self, *asked: Any) -> Cursor:
        """Return where the progress of a replay is kept that was asked for so, from the event store as it was made:
        another one, of a laptop that was started anew, has other places. Raises UsageRefused and AwsFailed."""
        with aws_answers():
            table = self.account.client("dynamodb").describe_table(TableName=self.store)["Table"]
        named = json.dumps([self.place.stage, str(table["CreationDateTime"]), *asked])
        return Cursor(self.root / CURSORS / f"{hashlib.sha256(named.encode()).hexdigest()[:12]}.json")

    def putting(self, rate: float, clock: Clock) -> Putting:
        """Return what puts on its replay bus."""
        return Putting(self.account.client("events"), self.names.replay_bus, rate, *clock)

    def plan(self, asked: Asked) -> Plan:
        """Return what a replay would be. Raises UsageRefused and AwsFailed."""
        selection = Selection.of(self.services, self.schemas, asked.services, asked.types)
        with aws_answers():
            plan = plan_of(self.place.stage, self.reading(asked.window), selection, asked.window, asked.rate)
        refuse_what_is_forgotten(plan, self.services, dict(memories(self.resources)), self.now)
        return plan


def memories(resources: Iterable[Resource]) -> Iterator[tuple[str, float]]:
    """Yield each service with how many seconds it remembers what it has handled, as its function is told."""
    for one in resources:
        if one.type == FUNCTION and (service := service_of(one)) is not None:
            seconds = one.properties.get("Environment", {}).get("Variables", {}).get("ID_MEMORY_SECONDS")
            if seconds is not None and not isinstance(seconds, Opaque):
                yield service, float(seconds)
