"""Runs one schedule from its seed: workload, faults, healing, rest, and the judgement."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from ensemble.scenario import Command
from ensemble.simulator.account import AwsAccount
from ensemble.simulator.application import Application
from ensemble.simulator.chance import Chance
from ensemble.simulator.faults import Fault, Plan, Profile, profile_of
from ensemble.simulator.invariants import broken
from ensemble.simulator.operations import Person, open_windows, plan_operations
from ensemble.simulator.steps import Step
from ensemble.simulator.topology import Topology
from ensemble.simulator.world import START, Action, World
from functions.kit.model import Service

COMMAND = "command: "
"""What the name of a disturbance begins with that is a command of the workload."""

SHARE_LEFT_OUT = 0.9
"""Of the schedules, in how many a service that only listens is left out: so that more of them fit in a minute."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a schedule: what was violated (nothing, if all is well), what disturbed it, what it reached.

    `absent`: the services that were left out.
    """

    seed: int
    violations: list[str]
    disturbances: list[str]
    faults: Counter[tuple[str, Fault]]
    reached: Counter[tuple[str, str, str]]
    events: int
    invocations: int
    points: list[tuple[str, int]] = field(default_factory=list)
    trace: list[tuple[float, str]] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    absent: frozenset[str] = frozenset()

    @property
    def hash(self) -> str:
        """A hash of the whole trace: equal where every action was, at the same virtual time."""
        digest = blake2b(digest_size=16)
        for instant, text in self.trace:
            digest.update(f"{instant - START:.6f} {text}\n".encode())
        return digest.hexdigest()

    @property
    def fingerprint(self) -> int:
        """64 bits of what is known without a trace: what disturbed it, what it reached, what was violated."""
        known = (
            self.seed,
            self.disturbances,
            sorted(self.reached.items()),
            self.events,
            self.invocations,
            self.violations,
        )
        return int.from_bytes(blake2b(repr(known).encode(), digest_size=8).digest())


def simulate(
    seed: int,
    application: Application,
    topology: Topology,
    lane: Any,
    *,
    profile: Profile | None = None,
    commands: Sequence[Command] | None = None,
    keep: Collection[str] | None = None,
    plans: Mapping[str, Plan] | None = None,
    recorded: bool = False,
    watched: Callable[[AwsAccount], Action] | None = None,
) -> Outcome:
    """Run the schedule of a seed. `keep`, `plans` and `recorded` are as in `World`.

    `profile` and `commands` replace the drawn ones. `watched`: makes the world's `watch`, given the account; who stores
    events then takes part, since what happened is read there. All others do what they do without it.
    """
    chance = Chance(seed)
    absent: frozenset[str] = frozenset()
    if profile is None:
        profile = profile_of(chance)
        absent = _absent(application, chance, profile)
    if watched is not None:
        absent -= {service.name for service in application.services.values() if service.stores_events}
    world = World(
        topology,
        chance,
        profile,
        lane,
        absent=absent,
        keep=keep,
        plans=plans,
        recorded=recorded,
    )
    account = AwsAccount(world)
    world.watch = None if watched is None else watched(account)
    course = application.begin(account, commands)
    with lane.running(world, course.secrets):
        open_windows(world, course.providers)
        for command in course.commands:
            arrive(account, command)
        plan_operations(account)

        def look() -> None:
            for violation in course.judge_idle():
                world.violate(violation)

        Person(account, look)
        world.run()
        look()
    if not world.violations:
        for violation in [*(() if lane.is_naive else broken(account, application)), *course.judge()]:
            world.violate(violation)
    for obstacle in topology.obstacles:
        world.violate(obstacle)
    return Outcome(
        seed,
        world.violations,
        world.disturbances,
        world.faults,
        account.reached,
        len(account.buses.accepted),
        world.invocations,
        world.points,
        world.trace or [],
        world.steps,
        absent,
    )


def _absent(application: Application, chance: Chance, profile: Profile) -> frozenset[str]:
    """Draw which services are left out, of those that publish nothing: to no other does it make a difference.

    Who opted in to replay is there wherever something is replayed: only to them does it make a difference.
    """
    silent = sorted(
        service.name
        for service in application.services.values()
        if not service.emits and not (profile.rate(Fault.REPLAYED) and _hears_replays(service))
    )
    return frozenset(name for name in silent if chance.draw(f"{name} takes part") < SHARE_LEFT_OUT)


def _hears_replays(service: Service) -> bool:
    return any(reaction.replay for reaction in service.reactions)


def arrive(account: AwsAccount, command: Command) -> None:
    """Let a command come at its time, or after its event, unless it is left out."""
    world = account.world
    entry = {"key": command.name, **command.entry(min(world.topology.archived))}
    if not world.disturbs(f"{COMMAND}{command.name}"):
        return

    def put() -> None:
        account.buses.put(entry)

    if command.after:
        awaited = account.buses.awaited
        awaited[command.after] = (*awaited.get(command.after, ()), put)
    else:
        world.at(START + command.at, put)
