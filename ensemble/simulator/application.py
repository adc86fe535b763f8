"""The application under the simulator: what is asked of it, the systems outside, what must hold, its guards.

`Application` and `Course` as they stand here do for any application: they judge nothing of its business. A project
that has more to say subclasses them in `scenarios/<name>/simulation.py`, and overrides what it knows better.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Self

from ensemble.contracts.schemas import Schemas
from ensemble.scenario import Command, Scenario
from ensemble.simulator.account import AwsAccount
from ensemble.simulator.chance import Chance
from ensemble.simulator.guards import GUARDS, HARD
from ensemble.simulator.hostile import hostile
from ensemble.simulator.mutation import Mutant
from ensemble.simulator.outcomes import ProviderUnavailable, drawn_outcome, is_drawable
from ensemble.simulator.topology import FunctionSpec
from ensemble.simulator.workload import drawn_workload, secrets_of, stories_of
from functions.kit.contracts import Contracts
from functions.kit.model import Service
from functions.kit.reactor import Adapters


class Course:
    """One schedule of the application: what is asked of it, and what must hold.

    It is made of an `AwsAccount`, and may look at this of it:

    - `table_of(service).items`: the rows and counters as DynamoDB holds them, by key, and `.name` for `watch`.
    - `watch({name: watcher})`, once: each write to these tables, with the item before (None: it is new) and after. The
      state of a row may be `null` (an event was remembered, and nothing decided); in the naive lane an item may have
      none. What a watcher raises ends the run.
    - `buses.accepted`: every event and command that a bus took (`ensemble.simulator.buses.Accepted`); one that was
      published twice is there twice. `is_from_outside`: no service published it. `whole`: its detail with the
      identity that services give it.
    - `published`: what was sent to SNS topics, as (topic's ARN, request).
    - `world.now`: the true time. `world.absent`: services that do not take part; nothing holds of them.

    And call this:

    - `world.violate(text)`: this does not hold, at once; the schedule ends. Texts that differ in their numbers alone
      count as the same violation.
    - `world.note(text)`: a line for the timeline.
    - `world.effect(system, perform, lost)`: a function asks a system outside. A provider's faults strike here and
      nowhere else. They raise what `lost(system)` makes: an exception that the service lets pass, so that the event
      comes back.

    `commands`: the workload, put on the archived bus, the first by name if there are several. No judgement may start
    from it: shrinking leaves commands out, and then asks again what does not hold. What was asked is what is on the
    bus, in `buses.accepted`. `secrets`: texts that may be in no log. `providers`: systems outside, by the names that
    `world.effect` is given: each is down at times.
    """

    def __init__(
        self,
        account: AwsAccount,
        commands: Sequence[Command],
        *,
        secrets: tuple[str, ...] = (),
        providers: tuple[str, ...] = (),
    ) -> None:
        self.account, self.commands = account, commands
        self.secrets, self.providers = secrets, providers

    def saved(self) -> Any:
        """Return what happened outside and was noted, to come back to."""
        return None

    def restore(self, saved: Any) -> None:
        """Come back to what was saved."""

    def outside(self) -> Hashable:
        """Return what happened outside, as far as it makes a difference to what comes."""
        return None

    def judge_idle(self) -> Iterator[str]:
        """Yield what does not hold just before a person redrives dead letters, and at rest.

        Messages may still wait then, for days: `account.queues.holds_back(service)` says whether one of a service does.
        """
        return iter(())

    def judge(self) -> Iterator[str]:
        """Yield, when all is at rest, what does not hold."""
        return iter(())


class Application:
    """The application, and what it takes to run a schedule of it.

    `race`: a workload in which a few workflows race, small enough to try every interleaving; none: the first story.
    `mutants`: its guards, and those of the kit as it uses it, each with how to take it out. `hard_mutants`: those that
    take a long search. `judges_business`: whether
    its courses judge more than what holds of any application. `publishes_to_topics`: whether its adapters use the
    topics that services declare, instead of asking some other system.
    """

    race: Sequence[Command] = ()
    mutants: Sequence[Mutant] = GUARDS
    hard_mutants: Sequence[Mutant] = HARD
    judges_business: ClassVar[bool] = False
    publishes_to_topics: ClassVar[bool] = False

    def __init__(self, services: Mapping[str, Service], schemas: Schemas, scenario: Scenario | None = None) -> None:
        self.services, self.schemas, self.scenario = services, schemas, scenario or Scenario()
        self._course: Course | None = None

    @property
    def stories(self) -> Mapping[str, Sequence[Command]]:
        """Small workloads, by name: the ways that one workflow can go. Those of the scenario, or one per command."""
        return stories_of(self.scenario, self.services.values(), self.schemas)

    def with_services(self, services: Mapping[str, Service]) -> Self:
        """Return the same application with other services."""
        return type(self)(services, self.schemas, self.scenario)

    def begin(self, account: AwsAccount, commands: Sequence[Command] | None = None) -> Course:
        """Begin a schedule: watch the account, and let the effects reach new systems outside.

        `commands`: the workload; None: the one that the seed draws, at times from senders who write ids of others. A
        service of version 0.2.0 of the kit takes over whatever they write, so they write nothing where one runs.
        """
        if commands is None:
            world = account.world
            commands = self.workload(world.chance)
            if not world.topology.earlier:
                commands = hostile(world.chance, commands, self.services.values(), world.topology.doors)
        self._course = self.course(account, commands)
        return self._course

    def workload(self, chance: Chance) -> Sequence[Command]:
        """Draw what is asked in one schedule: every command that comes from outside, on one to three workflows."""
        return drawn_workload(chance, self.scenario.opening, self.services.values(), self.schemas)

    def course(self, account: AwsAccount, commands: Sequence[Command]) -> Course:
        """Return a new course with this workload."""
        systems = {_system(one.name, kind) for one in self.services.values() for kind in one.effects}
        secrets = secrets_of(commands, self.schemas)
        return Course(account, commands, secrets=secrets, providers=tuple(sorted(systems)))

    def effects(self, function: FunctionSpec, topic: Any) -> Adapters:
        """Return the adapters of a service's effects, for whatever schedule runs.

        These draw an outcome of the type that the reaction declares; the same effect has the same outcome again.
        `topic`: the SNS client of effects that a topic of the service performs. The topic's ARN is in
        `function.variables`, as `TOPIC_<NAME>_ARN`.
        """
        service = self.services[function.service]
        declared = {kind: outcome for one in service.reactions for kind, outcome in one.effects.items()}
        return {kind: self._drawing(service.name, kind, outcome) for kind, outcome in declared.items()}

    def judge_stage(self, account: AwsAccount) -> Iterator[tuple[str, str]]:
        """Yield what does not hold of one workflow of a deployed stage, each after the name of what must hold.

        `account` has the workflow's events (`buses.accepted`), the rows that these find (`table_of(service).items`) and
        the time (`world.now`), and nothing else of what a schedule has.
        """
        return iter(())

    def older(self, service: Service, contracts: Contracts) -> tuple[Service, Contracts]:
        """Return the version of a service that was deployed before, with its contracts."""
        return service, contracts

    def _drawing(self, service: str, kind: type, outcome: Any) -> Any:
        is_drawable(outcome, f"{service}: the outcome of {kind.__name__}")
        system = _system(service, kind)

        def perform(effect: Any) -> Any:
            assert self._course is not None
            world = self._course.account.world
            name = f"outcome of {effect!r}"
            return world.effect(system, lambda: drawn_outcome(outcome, world.chance, name), ProviderUnavailable)

        return perform


def _system(service: str, kind: type) -> str:
    """Return the name of a system outside that is known by nothing but what it is asked for."""
    return f"{service}'s {kind.__name__}"
