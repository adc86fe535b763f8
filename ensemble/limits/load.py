"""One service under load: so many workflows a second are offered to it, and what becomes of their messages."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from ensemble.limits import times
from ensemble.limits.items import Place
from ensemble.limits.recording import FLOW, Recording, Sent, text_of
from ensemble.limits.workers import Workers, workers_of
from ensemble.limits.world import LoadedWorld
from ensemble.simulator.account import AwsAccount
from ensemble.simulator.application import Application
from ensemble.simulator.core_lane import CoreLane
from ensemble.simulator.dynamodb import Item
from ensemble.simulator.topology import FunctionSpec, Topology
from functions.kit.reactor import Adapters

LONGEST_WAIT = 2.0
"""Seconds within which 99 of 100 messages must be handled, beside the window in which their queue gathers a batch."""

PLENTY = {"N": str(10**12)}
"""What is put in every counter that is not of one workflow alone, so that it never runs dry."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What became of a rate. `keeps_up`: every message was handled in time, and the backlog did not grow.

    `waits`: the 50th and 99th of 100 messages, in seconds. `busy`: the share of their time that workers of the busiest
    queue were under way. `conflicts` and `throttled`: for each message. `batch`: messages of an invocation.
    `publications`: calls of PutEvents for each workflow. `hottest`: where most conflicts and throttled writes were.
    """

    rate: float
    keeps_up: bool
    waits: tuple[float, float]
    busy: float
    conflicts: float
    throttled: float
    batch: float
    publications: float
    hottest: str | None = None


@dataclass(frozen=True, slots=True)
class Service:
    """A service to be loaded, with what it takes to make its world."""

    name: str
    application: Application
    topology: Topology
    recording: Recording
    messages: tuple[Sent, ...] = field(init=False)

    def __post_init__(self) -> None:
        mine = tuple(one for one in self.recording.messages if self.function_of(one.queue).service == self.name)
        object.__setattr__(self, "messages", mine)

    def function_of(self, queue: str) -> FunctionSpec:
        """Return the function that a queue feeds."""
        return self.topology.functions[self.topology.mappings[queue].function]

    @property
    def queues(self) -> tuple[str, ...]:
        """The queues that a workflow's messages come by."""
        return tuple(dict.fromkeys(one.queue for one in self.messages))

    @property
    def window(self) -> float:
        """The longest window, in seconds, in which one of its queues gathers a batch."""
        return max((self.topology.mappings[one.queue].reading.window for one in self.messages), default=0.0)


class Load:
    """A service's world, new, as it is before any workflow but those of the opening."""

    def __init__(self, service: Service, flows: int, seed: int = 0) -> None:
        self.service = service
        self._lane = CoreLane(_Answering(service, self))
        self.world = LoadedWorld(service.topology, service.name, self._lane, seed)
        self.account = AwsAccount(self.world, Workers)
        self.world.dynamodb = self.account.dynamodb
        assert isinstance(self.account.queues, Workers)
        self.queues = self.account.queues
        self.effects = 0
        for name, items in service.recording.tables.items():
            table = self.account.dynamodb.tables[name]
            table.fill({table.key_in(item): item for item in _items(items.values(), flows)})

    @contextmanager
    def running(self) -> Iterator[None]:
        """Let functions run in this world until the block ends."""
        with self._lane.running(self.world, ()):
            yield

    def send(self, number: int, messages: tuple[Sent, ...], at: float) -> None:
        """Send a workflow's messages, the first at an instant."""
        for message in messages:
            about, body = text_of(message.about, number), text_of(message.body, number)
            self.world.at(at + message.after, _sending(self.queues, message.queue, about, body))

    def offer(self, rate: float, seconds: float) -> Trial:
        """Offer workflows at a rate for some seconds, and say whether the service keeps up with it."""
        world, queues = self.world, self.queues
        flows, began = max(1, int(rate * seconds)), world.now
        messages = self.service.messages
        bound = LONGEST_WAIT + self.service.window
        too_many = max(500.0, 1.5 * bound * rate * len(messages))

        def begin(number: int) -> None:
            self.send(number, messages, world.now)
            if number + 1 < flows:
                world.at(began + (number + 1 + world.jitter.up_to(0.9)) / rate, lambda: begin(number + 1))

        world.at(world.now, lambda: begin(0))
        last = max(message.after for message in messages)
        with self.running():
            world.run_until(began + seconds + last, lambda: len(queues.open) > too_many)
            busy = self._busy(world.now - began)
            world.run_until(began + seconds + last + 2 * bound, lambda: not queues.open or len(queues.open) > too_many)
        return self._trial(rate, flows, began, seconds, bound, busy)

    def _trial(self, rate: float, flows: int, began: float, seconds: float, bound: float, busy: float) -> Trial:
        now, queues, contention = self.world.now, self.queues, self.world.contention
        waits = [*queues.waits, *((sent, max(now - sent, bound + 1.0)) for sent in queues.open.values())]
        sorted_waits = sorted(wait for _, wait in waits)
        p50, p99 = (sorted_waits[int(share * (len(sorted_waits) - 1))] for share in (0.5, 0.99))
        keeps_up = p99 <= bound and not queues.given_up and not _grows(waits, began, seconds)
        troubles = contention.conflicts + contention.throttled
        batches = sum(self.world.batches[queue] for queue in self.service.queues) or 1
        return Trial(
            rate,
            keeps_up,
            (p50, p99),
            busy,
            contention.conflicts.total() / len(waits),
            contention.throttled.total() / len(waits),
            len(waits) / batches,
            self.world.asked["PutEvents"] / flows,
            name_of(troubles.most_common(1)[0][0]) if troubles else None,
        )

    def _busy(self, seconds: float) -> float:
        """Return the share of their time in which the workers of the busiest queue were at work."""
        shares = [
            self.world.worked[queue] / (workers_of(self.service.topology.mappings[queue]) * seconds)
            for queue in self.service.queues
        ]
        return max(shares) if seconds else 0.0


class _Answering(Application):
    """The application, whose effects come to what they came to in the recording, after their time."""

    def __init__(self, service: Service, load: Load) -> None:
        application = service.application
        super().__init__(application.services, application.schemas, application.scenario)
        self._outcomes, self._load = service.recording.outcomes, load

    def effects(self, function: FunctionSpec, topic: Any) -> Adapters:
        """Return adapters that give the recorded outcomes."""
        declared = (kind for one in self.services[function.service].reactions for kind in one.effects)
        return {kind: self._answering(kind) for kind in declared}

    def _answering(self, kind: type) -> Callable[[Any], Any]:
        def perform(_: Any) -> Any:
            outcome, world = self._outcomes[kind], self._load.world
            self._load.effects += 1
            if world.is_timed:
                world.wait(world.jitter.of(times.REQUESTS["Publish"] if outcome.by_topic else times.EFFECT))
            return outcome.value

        return perform


def _sending(queues: Workers, queue: str, about: str, body: str) -> Callable[[], None]:
    def send() -> None:
        queues.send(queue, about, body)

    return send


def _items(items: Any, flows: int) -> Iterator[Item]:
    """Yield the items of a table before any workflow; the counters of one workflow's own things for each of them."""
    for item in items:
        key = item["pk"]["S"]
        if FLOW in key and "amount" in item:
            text = json.dumps(item)
            for number in range(flows):
                yield json.loads(text_of(text, number))
        else:
            yield item | {"amount": PLENTY} if "amount" in item else item


def _grows(waits: list[tuple[float, float]], began: float, seconds: float) -> bool:
    """Return whether who comes in the last quarter waits clearly longer than who comes in the second."""
    second, last = (_median_wait(waits, began + share * seconds, seconds / 4) for share in (0.25, 0.75))
    return last > 1.5 * second + 0.25


def _median_wait(waits: list[tuple[float, float]], begin: float, seconds: float) -> float:
    found = sorted(wait for sent, wait in waits if begin <= sent < begin + seconds)
    return found[len(found) // 2] if found else 0.0


def name_of(place: Place) -> str:
    """Return an item, or a partition of an index, in words; whatever is one workflow's own is left out of its name."""
    key = place[1]
    kind, _, rest = key.partition("#")
    return f"{kind}#..." if "workflow-" in rest else key
