"""What people and circumstances do to the account: outages, redrives, replays, poison."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ensemble.simulator.account import AwsAccount
from ensemble.simulator.buses import EVENTBRIDGE
from ensemble.simulator.chance import spread
from ensemble.simulator.dead_letters import POISON
from ensemble.simulator.faults import FOR_A_WHILE, Fault
from ensemble.simulator.queues import DAYS
from ensemble.simulator.world import START, World

SHORTEST_OUTAGE = 60.0
HOUR = 3_600.0
LONGEST_OUTAGE = {
    Fault.DATABASE_DOWN: (HOUR, 4 * HOUR),
    Fault.TABLE_THROTTLED: (HOUR, 4 * HOUR),
    Fault.BUS_DOWN: (HOUR, 8 * HOUR),
    Fault.PROVIDER_DOWN: (2 * HOUR, 48 * HOUR),
}
"""What is over after so many seconds, however long other faults go on: usually, and at times. What waits for it comes
each minute, so that long ones take long to run."""

AT_TIMES = 0.05

ROUNDS = 12
"""How often a person redrives what is dead-lettered, after the world has healed, before giving up."""

LASTING = (Fault.OLDER_VERSION, Fault.CLOCK_SKEWED)
"""What does not pass until all heals."""


def open_windows(world: World, providers: Iterable[str]) -> None:
    """Draw what goes wrong for a while, for which part and when: hours, within the time before all heals."""
    services = sorted({function.service for function in world.topology.functions.values()})
    rules = sorted(rule.name for rules in world.topology.rules.values() for rule in rules)
    parts = {
        Fault.PROVIDER_DOWN: sorted(providers),
        Fault.BUS_DOWN: [EVENTBRIDGE],
        Fault.TARGET_FORBIDDEN: rules,
        Fault.TARGET_MISSING: rules,
    }
    for fault in FOR_A_WHILE:
        rate = world.profile.rate(fault)
        if not rate:
            continue
        for part in parts.get(fault, services):
            strikes, start, length, how_long = world.chance.draws(f"{fault} {part}")
            if strikes < rate:
                horizon = world.profile.heals_at
                begins = START + spread(start, 0.1, horizon / 2)
                usual, at_times = LONGEST_OUTAGE.get(fault, (horizon, horizon))
                longest = min(at_times if how_long < AT_TIMES else usual, horizon)
                span = horizon if fault in LASTING else spread(length, SHORTEST_OUTAGE, longest)
                world.open_window(fault, part, begins, min(begins + span, world.heals_at))


def plan_operations(account: AwsAccount) -> None:
    """Draw when dead-letter queues are redriven, the archive is replayed and poison arrives, before all heals."""
    world = account.world
    horizon = world.profile.heals_at
    for number in range(3):
        when, start, end, which = world.chance.draws(f"operation {number}")
        instant = START + when * horizon
        if world.profile.rate(Fault.REDRIVEN) and world.disturbs(f"{Fault.REDRIVEN}: {number}"):
            world.at(instant, lambda: _redriven(account))
        if world.profile.rate(Fault.REPLAYED) and world.disturbs(f"{Fault.REPLAYED}: {number}"):
            world.at(instant, lambda n=number, s=start: _replayed(account, n, s))  # type: ignore[misc]
            if end < 0.5:
                world.at(instant + 1.0, lambda n=number, s=start: _replayed(account, n, s, "beside"))  # type: ignore[misc]
        if world.profile.rate(Fault.POISON) and world.disturbs(f"{Fault.POISON}: {number}"):
            world.at(instant, lambda n=number, w=which: _poisoned(account, n, w))  # type: ignore[misc]


class Person:
    """Redrives what is dead-lettered, once all has healed, first an hour after it was. `look` is called before each
    time."""

    def __init__(self, account: AwsAccount, look: Callable[[], None]) -> None:
        self._account, self._look = account, look
        self._is_called, self._rounds = False, 0
        account.queues.dead_lettered = account.streams.given_up = self._call

    def _call(self) -> None:
        world = self._account.world
        if not self._is_called and self._rounds < ROUNDS:
            self._is_called = True
            # Each time twice as long, up to a day: what a record waits for may itself be on its way for days.
            world.at(max(world.now, world.heals_at) + min(HOUR * 2**self._rounds, DAYS), self._come)

    def _come(self) -> None:
        self._is_called, self._rounds = False, self._rounds + 1
        self._look()
        self._account.world.trouble_until(self._account.world.now)
        redrive(self._account)


def redrive(account: AwsAccount) -> bool:
    """Move what is dead-lettered, poison apart, back to where it was to go; return whether there was any."""
    moved = bool(account.streams.unpublished)
    account.streams.publish_again()
    for source, destination in account.world.topology.dead_letters.items():
        if source in account.queues.all:
            moved |= _move(account, source, destination)
    return moved


def _move(account: AwsAccount, source: str, destination: str) -> bool:
    messages = account.queues.take(source)
    for message in messages:
        account.world.note(f"{message.about} is redriven from {source}")
        if destination in account.world.topology.queues:  # a replay that a bus refused is started again instead
            account.queues.send(destination, message.about, message.body, attributes=message.attributes)
    return bool(messages)


def _redriven(account: AwsAccount) -> None:
    if redrive(account):
        account.world.hit("dead-letter queues", Fault.REDRIVEN)


def _replayed(account: AwsAccount, number: int, start: float, name: str = "replay") -> None:
    now = account.world.now
    account.world.hit("archive", Fault.REPLAYED)
    account.buses.replay(f"{name}-{number}", START + start * (now - START) / 2, now + 1.0)


def _poisoned(account: AwsAccount, number: int, which: float) -> None:
    topology = account.world.topology
    names = sorted(topology.queues.keys() & topology.mappings.keys())
    if not names:  # every mapping of these stacks is switched off
        return
    queue = account.queues.all[names[int(which * len(names))]]
    body = ("no JSON", "{}", '{"id":"1","source":"nobody","detail-type":"Nothing","time":"x","detail":{}}')[number]
    assert queue.mapping is not None
    service = topology.functions[queue.mapping.function].service
    account.world.hit(f"{service} queue", Fault.POISON)
    account.queues.send(queue.spec.name, f"{POISON}-{number}", body)
