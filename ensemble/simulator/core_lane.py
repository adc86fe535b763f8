"""The core lane: reactions, commit protocol and relay, without the shell of Powertools and without telemetry."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import patch

from ensemble.simulator.adapters import adapters
from ensemble.simulator.application import Application
from ensemble.simulator.clients import Client
from ensemble.simulator.invocation import Handler
from ensemble.simulator.topology import FunctionSpec
from ensemble.simulator.world import World
from functions.kit import clock, consumer, telemetry
from functions.kit.consumer import Consumer
from functions.kit.contracts import Contracts, Detail
from functions.kit.errors import VersionConflict
from functions.kit.idempotency import ATTEMPTS
from functions.kit.reactor import Reactor
from functions.kit.relay import Relay
from functions.kit.rows import RowStore
from functions.kit.settings import ConsumerSettings, RelaySettings

UNTRACED = nullcontext()


class CoreLane:
    """Makes environments that have a `Consumer` or a `Relay` and nothing around it."""

    name = "core"
    calls_of_a_record = 3
    is_naive = False

    def __init__(self, application: Application) -> None:
        self._application = application
        self._world: World | None = None
        self.pools: dict[tuple[str, bool], deque[Handler]] = {}

    def environment(self, function: FunctionSpec, *, older: bool) -> Handler:
        """Return a new environment's handler."""
        client: Any = Client(self._request)
        if function.is_relay:
            relay = Relay(client, RelaySettings.from_environment(function.variables))
            return lambda event, _: relay.handle(event)
        settings = ConsumerSettings.from_environment(function.variables)
        service, contracts = self._application.services[function.service], contracts_of(function.bundle)
        if older:
            service, contracts = self._application.older(service, contracts)
        made = Consumer(
            service,
            contracts,
            RowStore(client, settings.table_name, settings.row_memory_seconds),
            adapters(self._application, function, client),
            settings,
            lambda: client,
            Unguarded,
        )
        return made.handle  # type: ignore[return-value]

    def _request(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        assert self._world is not None
        return self._world.request(operation, parameters)

    @contextmanager
    def running(self, world: World, secrets: tuple[str, ...]) -> Iterator[None]:
        """Run functions in this world, on its clock and without telemetry, but look into what they would log."""
        self._world = world

        def look(message: object, *, extra: Mapping[str, Any] | None = None) -> None:
            text = f"{message} {extra}"
            if any(secret in text for secret in secrets):
                world.violate(f"a sensitive value is logged: {text}")

        now, logger, metrics = clock.now, vars(telemetry.logger), vars(telemetry.metrics)
        logger.update(dict.fromkeys(("info", "warning", "error"), look))
        metrics["add_metric"] = lambda **_: None
        clock.now = lambda: world.clock
        try:
            with patch.object(consumer, "traced", lambda _: UNTRACED):
                yield
        finally:
            clock.now = now
            for name in ("info", "warning", "error"):
                del logger[name]
            del metrics["add_metric"]


class Unguarded:
    """Handles an event by the same calls of the reactor in the same order as Powertools' guard, without Powertools."""

    def __init__(self, reactor: Reactor) -> None:
        self._reactor = reactor

    def handle(self, detail: Detail) -> bool:
        """Load, react and commit; return whether the event was new."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                row = self._reactor.load(detail)
                if detail["event_id"] in row.inbox:
                    return False
                row, decision = self._reactor.react(row, detail)
                self._reactor.commit(row, decision, detail)
                return True
            except VersionConflict:
                if attempt == ATTEMPTS:
                    raise
        raise AssertionError("unreachable: the last attempt returns or raises")


@cache
def contracts_module(bundle: Path) -> ModuleType:
    """Return the module of contracts that was compiled into a bundle."""
    module = ModuleType("functions.contracts")
    exec((bundle / "functions" / "contracts.py").read_text(encoding="utf-8"), module.__dict__)
    return module


@cache
def contracts_of(bundle: Path) -> Contracts:
    """Return the contracts of a bundle."""
    module = contracts_module(bundle)
    return Contracts(module.SOURCES, module.NEWEST, module.READERS, module.UPCASTERS, module.WRITERS)
