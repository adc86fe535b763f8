"""The payment provider and the carrier, each reached through the simulated world, where faults wait."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from functions.payment.domain import Outcome as Charged
from functions.payment.sandbox import Entry, ProviderTimeout, SandboxProvider
from functions.shipping.carrier import CarrierTimeout, SandboxCarrier
from functions.shipping.domain import Outcome as Shipped
from functions.shipping.domain import Ship
from simulator.world import World

PROVIDER, CARRIER = "payment provider", "carrier"


class Provider(SandboxProvider):
    """The sandbox's provider behind a network; it forgets keys after a day, by true time."""

    def __init__(self, world: World, is_cancelled: Callable[[str], bool]) -> None:
        super().__init__(lambda: world.now)
        self._world, self._is_cancelled = world, is_cancelled

    def charge(self, key: str, minor_units: int, currency: str, token: str) -> Charged:
        def ask() -> Charged:
            outcome = super(Provider, self).charge(key, minor_units, currency, token)
            self._world.tell(f"  charges {key}: {'accepted' if outcome.accepted else outcome.reason}")
            return outcome

        return self._world.effect(PROVIDER, ask, ProviderTimeout)

    def refund(self, key: str, minor_units: int, currency: str, charge_key: str) -> None:
        def ask() -> None:
            super(Provider, self).refund(key, minor_units, currency, charge_key)
            self._world.tell(f"  refunds {key}")

        self._world.effect(PROVIDER, ask, ProviderTimeout)

    def find(self, key: str) -> Entry | None:
        found: list[Entry | None] = []
        self._world.effect(PROVIDER, lambda: found.append(super(Provider, self).find(key)), ProviderTimeout)
        return found[0]

    def _record(self, entry: Entry, answer: Charged) -> None:
        super()._record(entry, answer)
        order_id = entry.key.partition("/")[0]
        if entry.kind == "charge" and self._is_cancelled(order_id):
            self._world.violate(f"{order_id} is charged after it was cancelled")
        moved = [one.kind for one in self.ledger if one.key.partition("/")[0] == order_id]
        if moved not in (["charge"], ["charge", "refund"]):
            self._world.violate(f"the money of {order_id} moves more than once each way: {', '.join(moved)}")

    def saved(self) -> Any:
        """Return what was moved, to come back to."""
        return list(self.ledger), dict(self._moved), dict(self._answers)

    def restore(self, saved: Any) -> None:
        """Come back to what was saved."""
        ledger, moved, answers = saved
        self.ledger, self._moved, self._answers = list(ledger), dict(moved), dict(answers)


class Carrier(SandboxCarrier):
    """The sandbox's carrier behind a network."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self._world = world

    def ship(self, ship: Ship) -> Shipped:
        def ask() -> Shipped:
            outcome = super(Carrier, self).ship(ship)
            self._world.tell(f"  ships {ship.key}: {'taken' if outcome.accepted else outcome.reason}")
            return outcome

        return self._world.effect(CARRIER, ask, CarrierTimeout)

    def saved(self) -> Any:
        """Return the parcels, to come back to."""
        return dict(self._parcels)

    def restore(self, saved: Any) -> None:
        """Come back to what was saved."""
        self._parcels = dict(saved)
