"""What the simulator has to be told of an application: its workload, the systems outside, and what must hold."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from functions.shared.contracts import Contracts
from functions.shared.model import Service
from functions.shared.reactor import Effects
from simulator.account import AwsAccount
from simulator.topology import FunctionSpec


@dataclass(frozen=True, slots=True)
class Command:
    """A command that someone outside puts on the bus: `key` tells it from others, `at` is seconds from the start."""

    key: str
    at: float
    source: str
    type: str
    fields: Mapping[str, Any]


class Course(Protocol):
    """One schedule of the application. `secrets`: texts that may be in no log; `providers`: systems outside."""

    commands: Iterable[Command]
    secrets: tuple[str, ...]
    providers: tuple[str, ...]

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

    services: Mapping[str, Service]
    stories: Mapping[str, Sequence[Command]]
    effectful: Mapping[str, bool]
    """The services with effects, and whether a provider outside AWS performs them."""

    def begin(self, account: AwsAccount, commands: Sequence[Command] | None = None) -> Course:
        """Begin a schedule: watch the account, and let the effects reach new systems outside.

        `commands`: the workload; None: the one that the seed draws.
        """
        ...

    def effects(self, function: FunctionSpec, topic: Any) -> Effects:
        """Return the adapters of a service's effects, for whatever schedule runs. `topic`: an SNS client."""
        ...

    def older(self, service: Service, contracts: Contracts) -> tuple[Service, Contracts]:
        """Return the version of a service that was deployed before, with its contracts."""
        ...
