"""Everything that runs in the laptop AWS, joined together and still empty."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Mapping
from typing import Any, TypeVar

from ensemble.aws.account import Account
from ensemble.aws.errors import DeploymentRefused, ResourceNotFound
from ensemble.aws.joints import POLLING
from ensemble.aws.keys import KmsKeys
from ensemble.laptop.answers import Answer
from ensemble.laptop.asynchronous import AsynchronousInvoker
from ensemble.laptop.buses import Buses
from ensemble.laptop.clock import Clock
from ensemble.laptop.cloudwatch.alarms import Alarms
from ensemble.laptop.cloudwatch.api import TARGET, CloudWatchApi
from ensemble.laptop.cloudwatch.measuring import Measuring
from ensemble.laptop.cloudwatch.metrics import Metrics
from ensemble.laptop.delivery import MAXIMUM_LOSSES, Courier, Loss
from ensemble.laptop.dynamodb import Change
from ensemble.laptop.engine import Engine
from ensemble.laptop.events_api import EventsApi
from ensemble.laptop.functions import FUNCTION_VARIABLE, Function
from ensemble.laptop.gateway.apis import Gateway
from ensemble.laptop.gateway.calls import Calls
from ensemble.laptop.given import Given, Values
from ensemble.laptop.identifiers import Identifiers
from ensemble.laptop.invoker import Invoker
from ensemble.laptop.lambda_api import LambdaApi
from ensemble.laptop.logs.api import TARGET as LOGS
from ensemble.laptop.logs.api import LogsApi
from ensemble.laptop.logs.groups import Logs
from ensemble.laptop.mappings import EventSourceMapping
from ensemble.laptop.process import Process
from ensemble.laptop.query import QueryApi
from ensemble.laptop.queue_mapping import QueueMapping
from ensemble.laptop.queues import Queue
from ensemble.laptop.roles import LOGGING, TRACING, Roles
from ensemble.laptop.secrets_api import SecretsApi
from ensemble.laptop.sqs_api import SqsApi
from ensemble.laptop.storage import Bucket, Topic
from ensemble.laptop.stream_mapping import StreamMapping
from ensemble.laptop.streams import Stream
from ensemble.laptop.streams_api import TARGET as STREAMS
from ensemble.laptop.streams_api import StreamsApi
from ensemble.laptop.tables import Tables
from ensemble.laptop.waiting import World
from ensemble.laptop.wire import Wire
from ensemble.laptop.xray.api import XRayApi

Thing = TypeVar("Thing")


class Cloud:
    """An account's services, with what is deployed in each: by name, and by ARN where others refer to it so."""

    def __init__(
        self,
        account: Account,
        clock: Clock,
        clock_module: str,
        settings: Values,
        process: Process,
    ) -> None:
        self.account = account
        self.process = process
        self.identifiers = Identifiers(f"{account.account_id} {clock.now()}")
        self.losses: deque[Loss] = deque(maxlen=MAXIMUM_LOSSES)
        self.queues: dict[str, Queue] = {}
        self.functions: dict[str, Function] = {}
        self.topics: dict[str, Topic] = {}
        self.buckets: dict[str, Bucket] = {}
        self.streams: dict[str, Stream] = {}
        self.queue_mappings: dict[str, QueueMapping] = {}
        self.stream_mappings: dict[str, StreamMapping] = {}
        self.mappings: dict[str, EventSourceMapping] = {}
        self.left_out: set[str] = set()
        """The ARNs of resources that are in the templates and cannot be run."""
        self.needed: frozenset[str] = frozenset()
        """The ARNs of resources that a service needs."""
        self.gateway = Gateway()
        self.queues_by_arn: dict[str, Queue] = {}
        self.functions_by_arn: dict[str, Function] = {}
        self.topics_by_arn: dict[str, Topic] = {}
        self.roles, self.keys = Roles(account), KmsKeys()
        self.tables = Tables(account)
        self.tables.on_change = self._changed
        self.sandbox = process.sandbox
        self.engine = Engine(clock, self.sandbox.leave, process.lock)
        self.metrics = Metrics(clock)
        self.measuring = Measuring(self.metrics)
        self.logs = Logs()
        self.alarms = Alarms(account, self.engine, self.metrics, self.topics_by_arn, self._measure, self.lose)
        self.courier = Courier(self.engine, self.queues_by_arn, self.losses, self.measuring)
        self.buses = Buses(account, self.engine, self.identifiers, self.courier, self.roles, self.keys)
        self.invoker = Invoker(self.sandbox, clock, self.identifiers, clock_module, self.measuring)
        self.invoker.settled, self.invoker.handled = self._settle, self._handled
        self.asynchronous = AsynchronousInvoker(self.engine, self.invoker, self.losses)
        services = {
            "AWSEvents": EventsApi(self.buses, self.left_out).operations,
            "AmazonSQS": SqsApi(self.queues, self.engine, self.identifiers).operations,
            STREAMS: StreamsApi(self.streams, clock).operations,
            "lambda": LambdaApi(self.functions, self.mappings, self.invoker, self.asynchronous).operations,
            LOGS: LogsApi(self.logs, clock).operations,
            TARGET: CloudWatchApi(self.alarms, self.metrics).operations,
            "xray": XRayApi(process.traces, clock.now).operations,
        }
        secrets = SecretsApi(account)
        self.given = Given(settings, secrets)
        self.wire = Wire(services, self.tables, QueryApi(account, self.topics_by_arn), for_functions=secrets.services)
        self.calls = Calls(self.gateway, account, clock, self.identifiers, self.wire.answer, self.roles)

    def succeed(self, before: Cloud) -> None:
        """Go on with what another account has met, and with what is done to it on purpose."""
        self.losses.extend(before.losses)
        self.buses.unheard.extend(before.buses.unheard)
        self.invoker.failures.extend(before.invoker.failures)
        self.invoker.before, self.invoker.after = before.invoker.before, before.invoker.after
        self.courier.copies = before.courier.copies
        self.alarms.changes.extend(before.alarms.changes)
        self.logs.go_on_from(before.logs.groups)
        for name, function in self.functions.items():
            if name in before.functions:
                function.invocations = before.functions[name].invocations
                function.is_throttled = before.functions[name].is_throttled

    def let_others_run(self) -> None:
        """Let other functions run while one waits for the network or sleeps."""
        self.invoker.world_of = lambda bundle: World(self.engine, self.sandbox, bundle, self._settle).entered()

    def answer(self, headers: Mapping[str, str], body: bytes) -> Answer:
        """Answer a request of the function that runs, unless its role refuses it."""
        function = self.functions.get(os.environ.get(FUNCTION_VARIABLE, ""))
        refusal = None if function is None else self.roles.refusal(function.role, function.name, headers, body)
        return self.wire.answer(headers, body) if refusal is None else refusal

    def printed(self, function: str, line: str) -> None:
        """Take a line that a function printed."""
        self.measuring.line(line)
        self.logs.put(function, line, self.engine.clock.now())

    def lose(self, where: str, what: object, why: str) -> None:
        """Note that something is lost without a word."""
        self.losses.append(Loss(where, what, why))

    def _settle(self) -> None:
        """Take over what an invocation has changed and told."""
        self.tables.drain()
        if self.process.daemon is not None:
            self.process.daemon.take()

    def _handled(self, function: Function, event: Any) -> None:
        """Note the calls by which Lambda, on behalf of a function, took what it has handled and told of it."""
        sources = {str(one.get("eventSourceARN", "")) for one in _records(event)} - {""}
        calls = [(action, source) for source in sources for action in POLLING[source.split(":")[2]]]
        calls += [(action, self.logs.of_function[function.name].arn) for action in LOGGING]
        calls += [(action, "*") for action in TRACING if function.is_traced]
        for action, resource in calls:
            self.roles.permit(function.role, action, resource)

    def _measure(self, minute: int) -> None:
        self.measuring.queues(self.queues.values(), minute)

    def _changed(self, table: str, changes: list[Change]) -> None:
        self.streams[table].append(changes, self.engine.clock.now())


def _records(event: Any) -> list[dict[str, Any]]:
    records = event.get("Records", []) if isinstance(event, dict) else []
    return [one for one in records if isinstance(one, dict)] if isinstance(records, list) else []


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
