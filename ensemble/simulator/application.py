"""What the simulator has to be told of an application: its workload, the systems outside, and what must hold."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ensemble.simulator.account import AwsAccount
from ensemble.simulator.mutation import Mutant
from ensemble.simulator.topology import FunctionSpec
from functions.kit.contracts import Contracts
from functions.kit.model import Service
from functions.kit.reactor import Adapters


@dataclass(frozen=True, slots=True)
class Command:
    """A command that someone outside puts on the bus: `key` tells it from others, `at` is seconds from the start."""

    key: str
    at: float
    source: str
    type: str
    fields: Mapping[str, Any]


class Course(Protocol):
    """One schedule of the application: what is asked of it, and what must hold.

    It is made of an `AwsAccount`, and may look at this of it:

    - `table_of(service).items`: the rows and counters as DynamoDB holds them, by key, and `.name` for `watch`.
    - `watch({name: watcher})`, once: each write to these tables, with the item before (None: it is new) and after.
    - `buses.accepted`: every event and command that a bus took; one that was published twice is there twice.
    - `published`: what was sent to SNS topics, as (topic's ARN, request).
    - `world.now`: the true time. `world.absent`: services that do not take part; nothing holds of them.

    And tell it this:

    - `world.violate(text)`: this does not hold, at once; the schedule ends. Texts that differ in their numbers alone
      count as the same violation.
    - `world.tell(text)`: a line for the timeline.
    - `world.effect(system, perform, lost)`: a function asks a system outside. A provider's faults strike here and
      nowhere else. They raise what `lost(system)` makes: an exception that the service lets pass, so that the event
      comes back.
    """

    @property
    def commands(self) -> Sequence[Command]:
        """The workload: put on the archived bus, the first by name if there are several.

        No judgement may start from it: shrinking leaves commands out, and then asks again what does not hold. What
        was asked is what is on the bus, in `buses.accepted`.
        """
        ...

    @property
    def secrets(self) -> tuple[str, ...]:
        """Texts that may be in no log."""
        ...

    @property
    def providers(self) -> tuple[str, ...]:
        """Systems outside, by the names that `world.effect` is given: each is down at times."""
        ...

    def saved(self) -> Any:
        """Return what happened outside and was noted, to come back to."""
        ...

    def restore(self, saved: Any) -> None:
        """Come back to what was saved."""
        ...

    def outside(self) -> Hashable:
        """Return what happened outside, as far as it makes a difference to what comes."""
        ...

    def judge_idle(self) -> Iterator[str]:
        """Yield, when nothing is under way though dead letters may wait for a person, what does not hold."""
        ...

    def judge(self) -> Iterator[str]:
        """Yield, when all is at rest, what does not hold."""
        ...


class Application(Protocol):
    """The application: its services, and what it takes to run a schedule of it."""

    @property
    def services(self) -> Mapping[str, Service]:
        """Its services, by name."""
        ...

    @property
    def stories(self) -> Mapping[str, Sequence[Command]]:
        """Workloads of one order each: the ways it can go."""
        ...

    @property
    def race(self) -> Sequence[Command]:
        """A workload in which a few orders race, small enough to try every interleaving."""
        ...

    @property
    def mutants(self) -> Sequence[Mutant]:
        """Its guards, and those of the kit as it uses it, each with how to take it out."""
        ...

    def begin(self, account: AwsAccount, commands: Sequence[Command] | None = None) -> Course:
        """Begin a schedule: watch the account, and let the effects reach new systems outside.

        `commands`: the workload; None: the one that the seed draws.
        """
        ...

    def effects(self, function: FunctionSpec, topic: Any) -> Adapters:
        """Return the adapters of a service's effects, for whatever schedule runs.

        `topic`: the SNS client of effects that a topic of the service performs.
        """
        ...

    def older(self, service: Service, contracts: Contracts) -> tuple[Service, Contracts]:
        """Return the version of a service that was deployed before, with its contracts."""
        ...
