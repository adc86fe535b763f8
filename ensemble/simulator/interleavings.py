"""Every order in which the messages of a small workload can be handled, two workers at a time, with nothing left out.

A state is what the tables hold, what is on its way and what happened outside. From each state every message is
handled next, alone or with another one of the same service handled in the middle of it; a state that was seen
before is not gone on from. The way over the bus to a queue is taken at once: a message
that is handled later is the same as one that arrives later.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from json import dumps
from typing import Any

from ensemble.scenario import Command
from ensemble.simulator.account import AwsAccount
from ensemble.simulator.application import Application, Course
from ensemble.simulator.chance import Chance
from ensemble.simulator.dynamodb import Item
from ensemble.simulator.faults import CALM, Fault
from ensemble.simulator.invariants import broken
from ensemble.simulator.invocation import Invocation
from ensemble.simulator.queues import Message, record
from ensemble.simulator.schedule import arrive
from ensemble.simulator.topology import Topology
from ensemble.simulator.world import START, World

UNTOLD = ("version", "expires_at")
NOTHING_LEFT: Item = {"M": {}}
"""What of an item makes no state another one: its version, when it goes, and a map from which all was taken."""

MOMENT = START + 86_400.0
"""All is handled at the same instant, so that the order of handling leaves no trace of its own; and a day later than it
begins, so that a timer is one more message, which may come at any time."""


@dataclass(frozen=True, slots=True)
class Step:
    """A message handled; or, with `within`, another one handled before its `call`-th request."""

    message: str
    within: str = ""
    call: int = 0

    def __str__(self) -> str:
        return f"{self.message}, and before its request {self.call} {self.within}" if self.within else self.message


@dataclass(frozen=True, slots=True)
class Explored:
    """What an exploration came to: how many states, steps and ends there are, and the way to each violation."""

    states: int
    steps: int
    ends: int
    violations: list[tuple[str, tuple[Step, ...]]]


class Explorer:
    """Explores the interleavings of a workload, without the services that only listen.

    `with_timers`: whether the timers of rows come too, each at any time. They multiply the states of a larger workload.
    """

    def __init__(
        self,
        application: Application,
        topology: Topology,
        lane: Any,
        commands: Sequence[Command],
        *,
        with_timers: bool = True,
    ) -> None:
        silent = frozenset(one.name for one in application.services.values() if not one.emits)
        self._application = application
        self._world = World(topology, Chance(0), CALM, lane, absent=silent)
        self._world.hit("queues", Fault.DELIVERED_LATE)  # each message waits for as long as the exploration likes
        self._world.trouble_until(MOMENT)
        self._account = AwsAccount(self._world)
        self._account.sweeps = "once" if with_timers else "never"  # one that was sent waits as any message does
        self._course: Course = application.begin(self._account, commands)
        self._lane = lane
        self._pending: dict[str, tuple[str, Message]] = {}
        self._texts: dict[int, tuple[Item, str]] = {}
        self._calls = 0
        self._violations: list[tuple[str, tuple[Step, ...]]] = []
        self._steps = self._ends = 0

    def explore(self) -> Explored:
        """Explore all of it."""
        account = self._account
        account.queues.deliver = self._arrived
        with self._lane.running(self._world, self._course.secrets):
            for command in self._course.commands:
                arrive(account, command)
            self._settle()
            states = self._visit()
        return Explored(states, self._steps, self._ends, self._violations)

    def _visit(self) -> int:
        """Go on from the present state, and from all that follow; return how many there are."""
        seen = {self._state()}
        waiting: list[tuple[Any, tuple[Step, ...]]] = [(self._saved(), ())]
        while waiting:
            here, way = waiting.pop()
            moved = False
            for step in self._next_steps(here):
                self._restore(here)
                self._take(step)
                self._steps += 1
                if self._world.violations:
                    self._violations.append((self._world.violations[0], (*way, step)))
                    continue
                state = self._state()
                moved |= state != here[0]
                if state not in seen:
                    seen.add(state)
                    waiting.append((self._saved(), (*way, step)))
            if not moved:
                self._restore(here)
                self._judge(way)
        return len(seen)

    def _judge(self, way: tuple[Step, ...]) -> None:
        """Judge a state from which nothing goes on."""
        self._ends += 1
        left = [f"{key} can never be handled" for key in self._pending]
        found = left or [*broken(self._account, self._application), *self._course.judge()]
        if found:
            self._violations.append((found[0], way))

    def _next_steps(self, here: Any) -> Iterator[Step]:
        """Yield each step from here: how many requests a message makes is learnt by handling it alone."""
        self._restore(here)
        pending = dict(self._pending)
        for key, (queue, _) in pending.items():
            yield Step(key)
            calls = self._calls
            service = self._service(queue)
            for other, (other_queue, _) in pending.items():
                if other != key and self._service(other_queue) == service:
                    for call in range(2, calls + 1):
                        yield Step(key, other, call)

    def _take(self, step: Step) -> None:
        self._calls = 0
        self._handle(step.message, step)
        self._settle()

    def _handle(self, key: str, step: Step | None) -> None:
        """Let a worker handle a message; it goes on waiting if the worker says so."""
        if key not in self._pending:
            return
        queue, message = self._pending[key]
        world = self._world
        function = world.topology.functions[world.topology.mappings[queue].function]
        calls = 0

        def interrupt(active: Invocation) -> None:
            nonlocal calls
            if active.key != key:
                return
            calls += 1
            if step is not None and step.within and calls == step.call:
                self._handle(step.within, None)

        def done(invocation: Invocation) -> None:
            if not invocation.result["batchItemFailures"]:
                self._pending.pop(key, None)

        outer = world.interrupt
        world.interrupt = interrupt if step is not None else outer
        event = {"Records": [record(world.topology.queues[queue], message)]}
        world.invoke(function, event, key, 1, done)
        world.interrupt = outer
        if step is not None:
            self._calls = calls

    def _settle(self) -> None:
        """Let relays and buses do their work, and stop the clock again."""
        self._world.run()
        self._world.now = MOMENT

    def _arrived(self, queue: str, message: Message) -> None:
        if queue in self._world.topology.mappings:
            message.receives = message.lease = 1
            self._account.queues.received[message.key] = message
            self._pending[message.key] = (queue, message)

    def _service(self, queue: str) -> str:
        topology = self._world.topology
        return topology.functions[topology.mappings[queue].function].service

    # States

    def _saved(self) -> Any:
        """Return the present state, to come back to."""
        return self._state(), dict(self._pending), self._account.saved(), self._course.saved()

    def _restore(self, saved: Any) -> None:
        _, pending, account, course = saved
        self._pending = dict(pending)
        self._account.restore(account)
        self._course.restore(course)
        self._world.violations.clear()
        self._world.actions = 0

    def _state(self) -> Any:
        """Return what makes a state the same as another: rows without their versions, messages, the world outside."""
        rows = frozenset(
            (name, key, self._text(item))
            for name, table in self._account.dynamodb.tables.items()
            for key, item in table.items.items()
        )
        sent = tuple(sorted(request["Message"] for _, request in self._account.published))
        return rows, frozenset(self._pending), sent, self._course.outside()

    def _text(self, item: Item) -> str:
        """Return an item as text, written once: items never change."""
        known = self._texts.get(id(item))
        if known is None:
            told = {name: value for name, value in item.items() if name not in UNTOLD and value != NOTHING_LEFT}
            text = dumps(told, sort_keys=True)  # in whatever order the events were handled
            known = self._texts[id(item)] = (item, text)
        return known[1]
