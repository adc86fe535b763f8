"""A simulated schedule that is cut off at some moment, and the AWS that a command would ask then."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

from ensemble.command_line.trace.declared import Declared
from ensemble.command_line.trace.reading import Reading
from ensemble.simulator.account import AwsAccount
from ensemble.simulator.application import Application
from ensemble.simulator.asked import Sqs, Tables
from ensemble.simulator.chance import Chance
from ensemble.simulator.core_lane import CoreLane
from ensemble.simulator.faults import profile_of
from ensemble.simulator.operations import Person, open_windows, plan_operations
from ensemble.simulator.queues import Message, Queue, Queues
from ensemble.simulator.schedule import arrive
from ensemble.simulator.topology import Topology
from ensemble.simulator.world import START, World
from ensemble.trace.known import Happened
from functions.kit.errors import ContractViolation
from functions.kit.inbox import content_of
from functions.kit.model import Doors
from functions.kit.store import filed


class Cut(Exception):
    """Raised when the schedule is cut off."""


class Watched(Queues):
    """Queues that remember when each message is visible again, and what was ever in them."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.visible_at: dict[str, float] = {}
        self.ever: set[tuple[str, str]] = set()

    def _deliver_later(self, name: str, message: Message, delay: float) -> None:
        self.visible_at[message.key] = self._world.now + delay
        self.ever.add((name, message.body))
        super()._deliver_later(name, message, delay)

    def _hide(self, queue: Queue, message: Message, seconds: float) -> None:
        self.visible_at[message.key] = self._world.now + seconds
        super()._hide(queue, message, seconds)


@dataclass(frozen=True)
class Stopped:
    """A schedule as it was at the cut. `keys`: what was asked for, by what finds the rows."""

    account: AwsAccount
    keys: tuple[str, ...]
    absent: frozenset[str]

    @property
    def queues(self) -> Watched:
        assert isinstance(self.account.queues, Watched)
        return self.account.queues


def stopped_at(seconds: float, seed: int, application: Application, topology: Topology, key: str) -> Stopped:
    """Run a seed up to an instant, with all services but some that only listen; `key`: the field of the rows."""
    chance = Chance(seed)
    silent = [one.name for one in application.services.values() if not one.emits and not one.stores_events]
    absent = frozenset(name for name in silent if chance.draw(f"{name} takes part") < 0.5)
    lane = CoreLane(application)
    world = World(topology, chance, profile_of(chance), lane, absent=absent)
    account = AwsAccount(world, Watched)
    course = application.begin(account)
    keys = tuple(dict.fromkeys(one.fields[key] for one in course.commands if key in one.fields))

    def cut() -> None:
        raise Cut

    with lane.running(world, course.secrets):
        open_windows(world, course.providers)
        for command in course.commands:
            arrive(account, command)
        plan_operations(account)
        Person(account, lambda: None)
        world.at(START + seconds, cut)
        try:
            world.run()
        except Cut:
            world.now = START + seconds
    return Stopped(account, keys, absent)


def reading_at(stopped: Stopped, declared: Declared) -> Reading:
    """Return what reads the schedule as it was at the cut, by AWS's operations alone."""
    present = tuple(one for one in declared.hearings if one.service not in stopped.absent)
    world = stopped.account.world
    return Reading(replace(declared, hearings=present), Tables(stopped.account), Sqs(stopped.account), world.now)


def is_of(body: str, event: Happened, doors: Doors) -> bool:
    """Return whether a message is about this event, and about none with the same id that says something else."""
    try:
        id = filed(body, doors)["event_id"]
    except ContractViolation:
        return False
    return id == event.event_id and event.content in ("", content_of(json.loads(body)["detail"]))
