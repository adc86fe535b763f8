"""The payment provider and the carrier, each reached through the simulated world, where faults wait.

Each compares what it is asked to do with what the customer ordered, and remembers which orders it declined, and why.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ensemble.simulator.world import World
from functions.kit.errors import Unavailable
from functions.payment.domain import Outcome as Charged
from functions.payment.sandbox import Entry, SandboxProvider
from functions.shipping.domain import Outcome as Shipped
from functions.shipping.domain import Ship
from scenarios.shop.carrier import CarrierInMemory
from scenarios.shop.expected import CURRENCY, Expected, pieces

PROVIDER, CARRIER = "payment provider", "carrier"


class Provider(SandboxProvider):
    """The sandbox's provider behind a network; it forgets keys after a day, by true time."""

    def __init__(self, world: World, expected: Mapping[str, Expected], is_cancelled: Callable[[str], bool]) -> None:
        super().__init__(lambda: world.now)
        self._world, self.expected, self._is_cancelled = world, expected, is_cancelled
        self.declined: dict[str, str] = {}

    def charge(self, key: str, minor_units: int, currency: str, token: str) -> Charged:
        def ask() -> Charged:
            order_id = order_of(key)
            self._compare(order_id, "charged", minor_units, currency)
            if order_id in self.expected and token != self.expected[order_id].token:
                self._world.violate(f"{order_id} is charged to a card that is not its own")
            try:
                outcome = super(Provider, self).charge(key, minor_units, currency, token)
            except Unavailable:
                if key not in self._moved:  # nothing was done: the card's bank is down, a fault like any other
                    self._world.trouble_until(self._world.now)
                raise
            if not outcome.accepted:
                self.declined[order_id] = outcome.reason
            self._world.note(f"  charges {key}: {'accepted' if outcome.accepted else outcome.reason}")
            return outcome

        return self._world.effect(PROVIDER, ask, Unavailable)

    def refund(self, key: str, minor_units: int, currency: str, charge_key: str) -> None:
        def ask() -> None:
            self._compare(order_of(key), "refunded", minor_units, currency)
            super(Provider, self).refund(key, minor_units, currency, charge_key)
            self._world.note(f"  refunds {key}")

        self._world.effect(PROVIDER, ask, Unavailable)

    def find(self, key: str) -> Entry | None:
        found: list[Entry | None] = []
        self._world.effect(PROVIDER, lambda: found.append(super(Provider, self).find(key)), Unavailable)
        return found[0]

    def _compare(self, order_id: str, how: str, minor_units: int, currency: str) -> None:
        due = self.expected[order_id].cents if order_id in self.expected else 0
        if (minor_units, currency) != (due, CURRENCY):
            self._world.violate(f"{order_id} is to be {how} {minor_units} cents in {currency}, not {due} in {CURRENCY}")

    def _record(self, entry: Entry, answer: Charged) -> None:
        super()._record(entry, answer)
        order_id = order_of(entry.key)
        if entry.kind == "charge" and self._is_cancelled(order_id):
            self._world.violate(f"{order_id} is charged after it was cancelled")
        moved = [one.kind for one in self.ledger if order_of(one.key) == order_id]
        if moved not in (["charge"], ["charge", "refund"]):
            self._world.violate(f"the money of {order_id} moves more than once each way: {', '.join(moved)}")

    def saved(self) -> Any:
        """Return what was moved and declined, to come back to."""
        return list(self.ledger), dict(self._moved), dict(self._answers), dict(self.declined)

    def restore(self, saved: Any) -> None:
        """Come back to what was saved."""
        ledger, moved, answers, declined = saved
        self.ledger, self._moved, self._answers = list(ledger), dict(moved), dict(answers)
        self.declined = dict(declined)


class Carrier(CarrierInMemory):
    """The carrier in memory behind the simulated network."""

    def __init__(self, world: World, expected: Mapping[str, Expected]) -> None:
        super().__init__()
        self._world, self._expected = world, expected
        self.declined: dict[str, str] = {}

    def ship(self, ship: Ship) -> Shipped:
        def ask() -> Shipped:
            order_id = order_of(ship.key)
            self._compare(order_id, ship)
            outcome = super(Carrier, self).ship(ship)
            if not outcome.accepted:
                self.declined[order_id] = outcome.reason
            self._world.note(f"  ships {ship.key}: {'taken' if outcome.accepted else outcome.reason}")
            return outcome

        return self._world.effect(CARRIER, ask, Unavailable)

    def _compare(self, order_id: str, ship: Ship) -> None:
        expected = self._expected.get(order_id)
        if expected is None or pieces(ship.items) != expected.pieces:
            self._world.violate(f"the parcel of {order_id} does not hold what was ordered")
        elif ship.address != expected.address:
            self._world.violate(f"the parcel of {order_id} does not go where it was ordered to")

    def saved(self) -> Any:
        """Return the parcels and what was declined, to come back to."""
        return dict(self._parcels), dict(self.declined)

    def restore(self, saved: Any) -> None:
        """Come back to what was saved."""
        parcels, declined = saved
        self._parcels, self.declined = dict(parcels), dict(declined)


def order_of(key: str) -> str:
    """Return the order that a charge, a refund, a parcel or a mail is about, by its key."""
    return key.partition("/")[0]
