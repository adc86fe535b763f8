"""Everything that runs in the laptop AWS, joined together and still empty."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

from local.account import Account
from local.asynchronous import AsynchronousInvoker
from local.buses import Buses
from local.clock import Clock
from local.delivery import MAXIMUM_LOSSES, Courier, Loss
from local.dynamodb import Change
from local.engine import Engine
from local.errors import DeploymentRefused, ResourceNotFound
from local.events_api import EventsApi
from local.functions import Function
from local.identifiers import Identifiers
from local.invoker import Invoker
from local.queues import Queue
from local.sandbox import Sandbox
from local.sqs_api import SqsApi
from local.storage import Bucket, Topic
from local.streams import Stream
from local.tables import Tables
from local.wire import Interceptor, Wire

Thing = TypeVar("Thing")


class Cloud:
    """An account's services, with what is deployed in each: by name, and by ARN where others refer to it so."""

    def __init__(self, account: Account, clock: Clock, clock_module: str, log_directory: Path | None) -> None:
        self.account = account
        self.log_directory = log_directory
        self.identifiers = Identifiers(f"{account.account_id} {clock.now()}")
        self.losses: deque[Loss] = deque(maxlen=MAXIMUM_LOSSES)
        self.queues: dict[str, Queue] = {}
        self.functions: dict[str, Function] = {}
        self.topics: dict[str, Topic] = {}
        self.buckets: dict[str, Bucket] = {}
        self.streams: dict[str, Stream] = {}
        self.queues_by_arn: dict[str, Queue] = {}
        self.functions_by_arn: dict[str, Function] = {}
        self.topics_by_arn: dict[str, Topic] = {}
        self.tables = Tables(account)
        self.tables.on_change = self._changed
        self.engine = Engine(clock)
        self.courier = Courier(self.engine, self.queues_by_arn, self.losses)
        self.buses = Buses(account, self.engine, self.identifiers, self.courier)
        services = {
            "AWSEvents": EventsApi(self.buses).operations,
            "AmazonSQS": SqsApi(self.queues, self.identifiers).operations,
        }
        self.wire = Wire(services, self.tables, self.topics_by_arn)
        self.sandbox = Sandbox(Interceptor(self.wire.answer))
        self.engine.rest = self.sandbox.leave
        self.invoker = Invoker(self.sandbox, clock, self.identifiers, clock_module)
        self.invoker.settled = self.tables.drain
        self.asynchronous = AsynchronousInvoker(self.engine, self.invoker, self.losses)

    def lose(self, where: str, what: object, why: str) -> None:
        """Note that something is lost without a word."""
        self.losses.append(Loss(where, what, why))

    def _changed(self, table: str, changes: list[Change]) -> None:
        self.streams[table].append(changes, self.engine.clock.now())


def named(things: Mapping[str, Thing], name: str, kind: str) -> Thing:
    """Return the thing of that name. Raises ResourceNotFound with the names there are."""
    if name not in things:
        raise ResourceNotFound(f"there is no {kind} {name!r}; there are: {', '.join(sorted(things)) or 'none'}")
    return things[name]


def add(things: dict[str, Thing], name: str, thing: Thing, kind: str) -> None:
    """Add a thing by its name. Raises DeploymentRefused when the name is taken."""
    if name in things:
        raise DeploymentRefused(f"two resources want to be the {kind} {name!r}")
    things[name] = thing
