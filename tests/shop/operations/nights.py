"""Simulated nights after which dead letters are forecast and redriven, and each forecast is compared with what came."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from unittest.mock import patch

from ensemble.command_line.dead_letters.forecast import Ahead, Forecast
from ensemble.simulator.account import AwsAccount
from ensemble.simulator.afflictions import Afflicted
from ensemble.simulator.application import Application
from ensemble.simulator.asked import Tables
from ensemble.simulator.chance import Chance
from ensemble.simulator.core_lane import CoreLane
from ensemble.simulator.dead_letters import is_unhandleable
from ensemble.simulator.faults import Fault, Profile, made
from ensemble.simulator.operations import open_windows, plan_operations
from ensemble.simulator.queues import Message
from ensemble.simulator.schedule import arrive
from ensemble.simulator.topology import Topology
from ensemble.simulator.world import START, World
from functions.kit.errors import Kind
from functions.kit.faults import kind_of
from functions.kit.model import Service
from functions.kit.outcomes import Attempt, Outcomes
from functions.kit.reactor import Work

HOUR = 3_600.0

MENDED = made(
    {
        Fault.MISTAKE: 0.3,
        Fault.ENTRY_REFUSED: 0.1,
        Fault.CRASH_LOOP: 0.05,
        Fault.CRASH: 0.1,
        Fault.EFFECT_ANSWER_LOST: 0.1,
        Fault.EFFECT_REFUSED: 0.1,
        Fault.TARGET_FORBIDDEN: 0.6,
        Fault.TARGET_MISSING: 0.3,
        Fault.DELIVERED_TWICE: 0.3,
        Fault.DELIVERED_LATE: 0.3,
        Fault.QUEUED_TWICE: 0.1,
        Fault.BACK_AFTER_DELETE: 0.1,
    },
    2 * HOUR,
)
"""A night of many faults, all of which are mended before somebody redrives."""

UNMENDED = made(
    {Fault.MISTAKE: 0.3, Fault.TARGET_FORBIDDEN: 0.3, Fault.DELIVERED_TWICE: 0.3, Fault.DELIVERED_LATE: 0.3}, 12 * HOUR
)
"""A night in which reactions are mistaken at three of ten events, and stay so while somebody redrives."""

BETWEEN = HOUR / 2
"""After how long the next queue is redriven: what was redriven before has come to its end."""

MOST_VISITS = 30
"""So often somebody redrives a queue in a night."""

PLAIN = {Ahead.CALLS: Ahead.COMMITS, Ahead.PUBLISHES: Ahead.DUPLICATE}
"""What is compared: what is new to the row, what it knows already, what waits, and what fails."""

Place = tuple[str, str]
"""A queue and the body of a message in it."""


@dataclass(slots=True)
class Came:
    """What became of a message: `ahead` as a forecast says it, of the row `row`."""

    place: Place
    ahead: Ahead
    row: str


@dataclass(slots=True)
class Compared:
    """Forecasts so far, by what was said and what came; each miss with what explains it."""

    forecasts: Counter[tuple[Ahead, Ahead]] = field(default_factory=Counter)
    misses: list[str] = field(default_factory=list)
    unexplained: list[str] = field(default_factory=list)

    @property
    def number(self) -> int:
        return self.forecasts.total()

    @property
    def right(self) -> float:
        """The share of forecasts that were right."""
        return sum(number for (said, came), number in self.forecasts.items() if said is came) / self.number


class Watch:
    """Notes what becomes of each message, as consumers tell it, while nothing is forecast."""

    def __init__(self) -> None:
        self.came: list[Came] = []
        self.is_forecasting = False

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Hear what the kit's outcomes are told."""
        handled, dropped, failed = Outcomes.handled, Outcomes.dropped, Outcomes.failed

        def on_handled(outcomes: Outcomes, attempt: Attempt, work: Work) -> None:
            self._note(attempt, Ahead.COMMITS if work.is_new else Ahead.DUPLICATE)
            handled(outcomes, attempt, work)

        def on_dropped(outcomes: Outcomes, attempt: Attempt) -> None:
            self._note(attempt, Ahead.DUPLICATE)
            dropped(outcomes, attempt)

        def on_failed(outcomes: Outcomes, attempt: Attempt, fault: Exception, *, is_given_up: bool) -> None:
            if is_given_up:
                self._note(attempt, Ahead.FAILS)
            elif kind_of(fault) in (Kind.OUTAGE, Kind.NOT_YET):
                self._note(attempt, Ahead.WAITS)
            failed(outcomes, attempt, fault, is_given_up=is_given_up)

        with patch.multiple(Outcomes, handled=on_handled, dropped=on_dropped, failed=on_failed):
            yield

    def _note(self, attempt: Attempt, ahead: Ahead) -> None:
        if not self.is_forecasting:
            queue = attempt.record["eventSourceARN"].rpartition(":")[2]
            row = "" if attempt.work is None else attempt.work.row.key
            self.came.append(Came((queue, attempt.record["body"]), ahead, row))


class Night:
    """One schedule, and the forecasts of whoever redrives in it."""

    def __init__(self, account: AwsAccount, services: Mapping[str, Service], compared: Compared) -> None:
        self._account, self._services, self._compared = account, services, compared
        self.watch = Watch()
        self._visits = 0
        self._open: list[tuple[int, dict[Place, list[Ahead]]]] = []

    def come(self) -> None:
        """Redrive the next queue that has dead letters, as it was forecast; and come again while there are some."""
        self.settle()
        world = self._account.world
        dead = {name: self._dead(name) for name in world.topology.dead_letters}
        waiting = [name for name in dead if dead[name] and world.topology.dead_letters[name] in world.topology.mappings]
        if not waiting and world.now > world.heals_at:
            return
        if waiting:
            self._visits += 1
            self._redrive(waiting[self._visits % len(waiting)])
        if self._visits < MOST_VISITS:
            world.at(world.now + BETWEEN, self.come)

    def _redrive(self, name: str) -> None:
        queues, queue = self._account.queues, self._account.world.topology.dead_letters[name]
        self._open.append((len(self.watch.came), self._forecast(queue, self._dead(name))))
        for message in queues.take(name):
            queues.send(queue, message.about, message.body)

    def _dead(self, name: str) -> list[Message]:
        return [one for one in self._account.queues.living(name) if not is_unhandleable(one.about, one.reason)]

    def _forecast(self, queue: str, dead: list[Message]) -> dict[Place, list[Ahead]]:
        said: dict[Place, list[Ahead]] = defaultdict(list)
        world, self.watch.is_forecasting = self._account.world, True
        function = world.topology.functions[world.topology.mappings[queue].function]
        forecast = Forecast(self._services[function.service], function, Tables(self._account), lambda: world.now)
        outlooks = forecast.of(queue, [{"MessageId": one.key, "Body": one.body} for one in dead])
        self.watch.is_forecasting = False
        for message, outlook in zip(dead, outlooks, strict=True):
            said[queue, message.body].append(outlook.ahead)
        return said

    def settle(self) -> None:
        """Compare what was said last with what came since."""
        while self._open:
            start, said = self._open.pop()
            since = self.watch.came[start:]
            for place, forecasts in said.items():
                self._compare(place, forecasts, since)

    def _compare(self, place: Place, forecasts: list[Ahead], since: list[Came]) -> None:
        own = [one for one in since if one.place == place]
        ends = [one.ahead for one in own if one.ahead is not Ahead.WAITS]
        came = ends + [Ahead.WAITS] * (len(forecasts) - len(ends))
        plain = [PLAIN.get(one, one) for one in forecasts]
        left = Counter(came) - Counter(plain)
        for forecast in plain:
            if (Counter(came) & Counter({forecast: 1})).total():
                came.remove(forecast)
                self._compared.forecasts[forecast, forecast] += 1
                continue
            actual = next(iter(left.elements()))
            left[actual] -= 1
            self._compared.forecasts[forecast, actual] += 1
            rows = {one.row for one in own if one.row}
            others = [one for one in since if one.row in rows and one.place != place]
            text = f"{place[0]}: {forecast}, and {actual}; {len(others)} others about its row meanwhile"
            (self._compared.misses if others else self._compared.unexplained).append(text)


def played(seeds: Iterable[int], application: Application, topology: Topology) -> Compared:
    """Play the nights of these seeds, every other one unmended, and compare."""
    compared = Compared()
    for seed in seeds:
        play(seed, application, topology, UNMENDED if seed % 2 else MENDED, compared)
    return compared


def play(seed: int, application: Application, topology: Topology, profile: Profile, compared: Compared) -> None:
    """Run the schedule of a seed with these faults, and compare."""
    lane, chance = CoreLane(application), Chance(seed)
    world = World(topology, chance, profile, lane)
    account = AwsAccount(world)
    course = application.begin(account)
    night = Night(account, Afflicted(application.services, lambda: world), compared)  # type: ignore[arg-type]
    with night.watch.listening(), lane.running(world, course.secrets):
        open_windows(world, course.providers)
        for command in course.commands:
            arrive(account, command)
        plan_operations(account)
        world.at(START + HOUR if profile is UNMENDED else world.heals_at + HOUR, night.come)
        world.run()
        night.settle()
    assert not world.violations, world.violations
