"""The core lane: reactions, commit protocol and publishing, without the shell of Powertools and without telemetry."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from ensemble.simulator.adapters import adapters
from ensemble.simulator.afflictions import Afflicted
from ensemble.simulator.application import Application
from ensemble.simulator.clients import Client
from ensemble.simulator.invocation import Handler
from ensemble.simulator.kit import WORKING_TREE, Kit, Kits
from ensemble.simulator.topology import FunctionSpec
from ensemble.simulator.world import World
from functions.kit.consumer import Consumer
from functions.kit.contracts import Contracts
from functions.kit.reactor import Reactor, Work
from functions.kit.rows import RowStore
from functions.kit.settings import ConsumerSettings

LOGGED, COUNTED = ("info", "warning", "error"), ("add_metric", "flush_metrics")
"""What of the logger and of the metrics the kit calls."""


class CoreLane:
    """Makes environments that have a `Consumer` and nothing around it.

    A function of another kit than the working tree's has all around it that its kit puts there, but for the clients.
    """

    name = "core"
    calls_of_a_record = 5
    is_naive = False

    def __init__(self, application: Application) -> None:
        self._application = application
        self._world: World | None = None
        self._secrets: tuple[str, ...] = ()
        self._kits = Kits(self._joined)
        self._services = Afflicted(application.services, self._present)

    def environment(self, function: FunctionSpec, *, older: bool) -> Handler:
        """Return a new environment's handler."""
        client: Any = Client(self._request)
        kit = self._kits.of(function)
        if kit is not WORKING_TREE:  # it is an older version already
            return kit.handler(function, adapters(self._application, function, client, kit))  # type: ignore[no-any-return]
        settings = ConsumerSettings.from_environment(function.variables)
        service, contracts = self._services[function.service], contracts_of(function.bundle)
        if older:
            service, contracts = self._application.older(service, contracts)
        made = Consumer(
            service,
            contracts,
            RowStore(client, settings.table_name, settings.id_memory_seconds),
            adapters(self._application, function, client),
            settings,
            lambda: client,
            client if service.emits else None,
            Unguarded,
        )
        return made.handle  # type: ignore[return-value]

    def _present(self) -> World:
        assert self._world is not None
        return self._world

    def _request(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        return self._present().request(operation, parameters)

    @contextmanager
    def running(self, world: World, secrets: tuple[str, ...]) -> Iterator[None]:
        """Run functions in this world, on its clock and without telemetry, but look into what they would log."""
        self._world, self._secrets = world, secrets
        with self._kits.joined():
            yield

    @contextmanager
    def _joined(self, kit: Kit) -> Iterator[None]:
        """Let a kit read the world's clock, ask the world, and log and count nothing."""
        world, secrets = self._world, self._secrets
        assert world is not None

        def look(message: object, *, extra: Mapping[str, Any] | None = None) -> None:
            text = f"{message} {extra}"
            for secret in secrets:
                if secret in text:
                    world.violate(f"a sensitive value is logged: {text}")
                    return

        clock, clients = kit.clock, kit.clients
        now, pause, make = clock.now, getattr(clock, "pause", None), clients._client  # version 0.2.0 pauses nowhere
        logger, metrics = vars(kit.telemetry.logger), vars(kit.telemetry.metrics)
        logger.update(dict.fromkeys(LOGGED, look))
        metrics.update(dict.fromkeys(COUNTED, lambda **_: None))
        at_instants = getattr(kit.telemetry, "_at_instants", None)  # version 0.2.0 counts at no other instant
        kit.telemetry._at_instants = deque(maxlen=0)
        clock.now, clock.pause = world.clock, world.pause
        clients._client = lambda _: Client(self._request)
        try:
            yield
        finally:
            clock.now, clock.pause, clients._client = now, pause, make
            for name in LOGGED:
                del logger[name]
            for name in COUNTED:
                del metrics[name]
            kit.telemetry._at_instants = at_instants


class Unguarded:
    """Handles an event by the same calls of the reactor in the same order as Powertools' guard, without Powertools."""

    def __init__(self, reactor: Reactor) -> None:
        self._reactor = reactor

    def handle(self, work: Work, load: Callable[[Work], None]) -> bool:
        """Load, react and commit; return whether the event was new. Raises VersionConflict."""
        load(work)
        if self._reactor.knows(work):
            return False
        self._reactor.commit(work, self._reactor.react(work))
        return True


@cache
def contracts_module(bundle: Path) -> ModuleType:
    """Return the module of contracts that was compiled into a bundle."""
    module = ModuleType("functions.contracts")
    exec((bundle / "functions" / "contracts.py").read_text(encoding="utf-8"), module.__dict__)
    return module


@cache
def contracts_of(bundle: Path) -> Contracts:
    """Return the contracts of a bundle."""
    return Contracts.of(contracts_module(bundle))
