"""A bad day of the shop in virtual time: the real services on the simulated AWS, with troubles that are chosen.

`Day` plays it and notes what is asked of what is down, and what is received; `figures.py` says what came of it.
"""

from __future__ import annotations

import re
import sys
from collections import Counter, deque
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

from ensemble.scenario import Command
from ensemble.simulator.account import AwsAccount
from ensemble.simulator.chance import Chance
from ensemble.simulator.core_lane import CoreLane
from ensemble.simulator.faults import CALM, Fault
from ensemble.simulator.full_lane import FullLane
from ensemble.simulator.invocation import Invocation
from ensemble.simulator.operations import redrive
from ensemble.simulator.schedule import arrive
from ensemble.simulator.topology import FunctionSpec, Topology
from ensemble.simulator.world import START, World
from scenarios.shop.simulation import Shop, ShopCourse
from scenarios.shop.stories import MINUTE, order, receipt

LANES: Mapping[str, Any] = {"core": CoreLane, "full": FullLane}

LONGEST = 30 * 24 * 60 * MINUTE
"""Seconds after which a day is over, whatever still goes on: longer than any queue keeps a message."""

Done = Callable[[Invocation], None]

NO_SECRETS = ()
"""What is looked for in logs: nothing, it takes most of the time, and other tests look."""

ORDER = re.compile(r"order-\d{5}")


@dataclass(frozen=True, slots=True)
class Span:
    """What lasts from `begins` until `ends`, both in seconds from the start of the day."""

    begins: float
    ends: float

    def has(self, instant: float) -> bool:
        """Whether an instant of the world's clock is in the span."""
        return self.begins <= instant - START < self.ends


class Trouble(Protocol):
    """Something that goes wrong: it joins a day before the day is played."""

    def __call__(self, day: Day) -> None: ...


class Watched(World):
    """A world that notes what is asked of what is down, and which orders' messages are received when.

    `calls`: the instants of the calls to what is down. `received_at`: of each order, when a message of it was last
    received. `found`: what did not hold. `seconds_a_request`: how long AWS takes for each request; then a function's
    time runs out as in the real world, and no more than `concurrency` of its invocations of queues are at work at once.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.calls: list[float] = []
        self.receives = 0
        self.received_at: dict[str, float] = {}
        self.seconds_a_request, self.concurrency = 0.0, 1
        self._running: Counter[str] = Counter()
        self._waiting: dict[str, deque[Callable[[], None]]] = {}
        self.found: list[str] = []
        self.actions = -sys.maxsize  # a day has more of them than a drawn schedule

    def violate(self, invariant: str) -> None:
        """Note what does not hold; unlike a drawn schedule, a day goes on."""
        self.found.append(invariant)

    def invoke(self, function: FunctionSpec, event: dict[str, Any], *rest: Any) -> None:
        bodies = [record["body"] for record in event.get("Records", ()) if "body" in record]
        if bodies and self.seconds_a_request:
            self._take_turns(function.name, lambda: self._invoke_for_a_while(function, event, bodies, *rest))
        else:
            self._receive(bodies)
            super().invoke(function, event, *rest)

    def _receive(self, bodies: Sequence[str]) -> None:
        self.receives += len(bodies)
        self.received_at.update((order_id, self.now) for body in bodies for order_id in ORDER.findall(body)[:1])

    def _take_turns(self, function: str, invoke: Callable[[], None]) -> None:
        if self._running[function] < self.concurrency:
            self._running[function] += 1
            invoke()
        else:
            self._waiting.setdefault(function, deque()).append(invoke)

    def _invoke_for_a_while(
        self,
        function: FunctionSpec,
        event: dict[str, Any],
        bodies: Sequence[str],
        key: str,
        records: int,
        done: Done,
        *expire: Callable[[], None],
    ) -> None:
        def end(invocation: Invocation) -> None:
            done(invocation)
            self._running[function.name] -= 1
            if self._waiting.get(function.name):
                self._take_turns(function.name, self._waiting[function.name].popleft())

        def began(invocation: Invocation) -> None:
            self.at(self.now + function.timeout - (invocation.until - self.now), lambda: end(invocation))

        self._receive(bodies)
        super().invoke(function, event, key, records, began, *expire)

    def request(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        self.active.until -= self.seconds_a_request
        return super().request(operation, parameters)

    def effect(self, system: str, perform: Any, lost: Any) -> Any:
        if self.in_window(Fault.PROVIDER_DOWN, system):
            self.calls.append(self.now)
        return super().effect(system, perform, lost)


class _Over(Exception):
    """Ends a day on which something goes on for ever."""


def _end() -> None:
    raise _Over


class Day:
    """A day with these orders, at these seconds from its start.

    `absent`: services that hear nothing all day. `is_watched`: whether each write is judged, which takes its time where
    there are thousands of orders.
    """

    def __init__(
        self,
        shop: Shop,
        topology: Topology,
        orders: Sequence[float],
        *,
        lane: str = "core",
        absent: Collection[str] = (),
        is_watched: bool = True,
    ) -> None:
        self.placed_at = {f"order-{number:05}": at for number, at in enumerate(orders)}
        self.services = shop.services
        self._lane = LANES[lane](shop)
        self.world = Watched(topology, Chance(0), CALM, self._lane, absent=absent)
        self.account = AwsAccount(self.world)
        course = shop.begin(self.account, self._commands())
        assert isinstance(course, ShopCourse)
        self.course = course
        if not is_watched:
            self.account.watch({})
        self.sent: list[Mapping[str, Any]] = []
        self.in_flight = 0
        self.account.look_at("SendMessage", self.sent.append)

    def _commands(self) -> list[Command]:
        orders = [order(order_id, ("sku-1", 1, 10.0), at=at) for order_id, at in self.placed_at.items()]
        return [receipt("sku-1", len(orders)), *orders]

    def play(self, *troubles: Trouble, until: float = LONGEST) -> Day:
        """Play the day with its troubles until nothing is due any more, or that second has come."""
        with self._lane.running(self.world, NO_SECRETS):
            for trouble in troubles:
                trouble(self)
            for command in self.course.commands:
                arrive(self.account, command)
            self.at(until, _end)
            with suppress(_Over):
                self.world.run()
        return self

    def put(self, service: str, about: str, body: str, second: float) -> None:
        """Put a message that no rule sends in the events queue of a service."""
        queues = self.world.topology.queues
        name = next(one for one in queues if one.endswith(f"-{service}-events"))
        self.at(second, lambda: self.account.queues.send(name, about, body))

    def redrive_at(self, second: float) -> None:
        """Move all that is dead-lettered back to where it was to go, as a person does."""
        self.at(second, lambda: redrive(self.account))

    def at(self, second: float, action: Callable[[], object]) -> None:
        """Do something at a second of the day."""

        def act() -> None:
            action()

        self.world.at(START + second, act)

    def take_time(self, seconds_a_request: float, concurrency: int) -> None:
        """From now on let requests take time, and bound how many invocations of a function are at work at once."""
        self.world.seconds_a_request, self.world.concurrency = seconds_a_request, concurrency

    def published(self, type: str) -> Mapping[str, float]:
        """Return at which second of the day the event of a type was on the bus, by order."""
        archive = self.account.buses.archive
        return {event.detail["order_id"]: at - START for at, event in archive if event.type == type}

    def dead_letters(self) -> Mapping[str, tuple[float, str]]:
        """Return when, and with which reason, the message of each event was given up, by the message's key."""
        queues = (queue for queue in self.account.queues.all.values() if queue.mapping is None)
        found = [message for queue in queues for message in queue.messages.values()]
        return {message.key: (message.sent_at - START, message.reason) for message in found}

    def count_in_flight(self, until: float, every: float = MINUTE) -> None:
        """Look at how many messages are in flight, again and again until a second of the day."""
        for number in range(int(until / every)):
            self.at(number * every + every / 2, self._count_in_flight)

    def _count_in_flight(self) -> None:
        queues = self.account.queues.all.values()
        states = [one.state for queue in queues if queue.mapping is not None for one in queue.messages.values()]
        self.in_flight = max(self.in_flight, states.count("in flight"))
