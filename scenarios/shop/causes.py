"""Why an order is cancelled: for a cause that lies outside the services, never for none. Watched at every write."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from ensemble.simulator.account import AwsAccount
from ensemble.simulator.buses import Accepted, event_id
from functions.kit.model import rfc3339
from scenarios.shop.providers import Carrier, Provider
from scenarios.shop.stock import Stock
from scenarios.shop.writes import Write

PATIENCE = timedelta(minutes=15)
"""How long an order may be under way before it is cancelled."""

ENOUGH = 300.0
"""Seconds from the last fault within which whatever waited for its end has gone all its way."""


Judge = Callable[[Write, str], Iterator[str]]
"""Yields what is wrong with a write about an order."""


class Causes:
    """Notes each cause there is to cancel an order, and violates the schedule when a step is made without its own.

    `reasons`: the true ones, by order. `begun_by`: the id of the command that placed an order, `workflows`:
    those that the first command about it may have been of. `late_without_a_fault`:
    the orders that were under way at their deadline though nothing had gone wrong, or had been mended in time.
    """

    def __init__(self, account: AwsAccount, stock: Stock, provider: Provider, carrier: Carrier) -> None:
        self.account, self._stock, self.provider, self.carrier = account, stock, provider, carrier
        self.reasons: dict[str, set[str]] = defaultdict(set)
        self.begun_by: dict[str, str] = {}
        self.workflows: dict[str, set[str]] = {}
        self.late_without_a_fault: set[str] = set()

    def saw(self, write: Write) -> None:
        """Note and judge a write to a row."""
        judge = self.judges.get((write.service, write.comes_to or ""))
        if judge is not None:
            for violation in judge(write, write.subject):
                self.account.world.violate(violation)

    @property
    def judges(self) -> Mapping[tuple[str, str], Judge]:
        """What judges a row of a service that comes to a status."""
        return {
            ("order", "placed"): self._why_placed,
            ("order", "cancelling"): self._why_cancelling,
            ("order", "cancelled"): self._why_cancelled,
            ("inventory", "rejected"): self._why_rejected,
            ("payment", "failed"): self._why_failed,
            ("payment", "voided"): self._why_voided,
            ("shipping", "declined"): self._why_declined,
        }

    # Order

    def _why_placed(self, write: Write, order_id: str) -> Iterator[str]:
        commands = self.handled(write, "PlaceOrder")
        if not commands:
            yield f"{order_id} is placed, which nobody asked for"
            return
        self.begun_by[order_id] = event_id(commands[0])
        self._begin(order_id, commands)
        deadlines = {rfc3339(datetime.fromisoformat(command.time) + PATIENCE) for command in commands}
        if write.becomes["deadline"] not in deadlines:
            yield f"{order_id} is given until {write.becomes['deadline']}, not {' or '.join(sorted(deadlines))}"

    def _why_cancelling(self, write: Write, order_id: str) -> Iterator[str]:
        commands = self.handled(write, "CancelOrder")
        if commands:
            self.reasons[order_id].add(commands[0].detail.get("reason", "cancelled by the customer"))
        elif self.account.world.now < self._deadline(order_id):
            yield f"{order_id} is to be cancelled, which nobody asked for, before its deadline"
        else:
            self.reasons[order_id].add("deadline")
            if self.all_was_well_before(self._deadline(order_id)):
                self.late_without_a_fault.add(order_id)

    def all_was_well_before(self, deadline: float) -> bool:
        """Whether nothing was wrong for long enough before a deadline, and nothing waits for a person."""
        world = self.account.world
        if not world.faults:
            return True
        if world.has_windows or self.account.queues.dead():
            return False
        return deadline - world.troubled_until > ENOUGH

    def _why_cancelled(self, write: Write, order_id: str) -> Iterator[str]:
        commands = self.handled(write, "CancelOrder")
        if write.was["status"] == "nothing" and not commands:
            yield f"{order_id} is cancelled before it is placed, which nobody asked for"
        elif commands:
            self._begin(order_id, commands)

    def _begin(self, order_id: str, commands: list[Accepted]) -> None:
        """Note the workflow of an order; a command sent twice with one id may have been sent with two of them."""
        self.workflows.setdefault(order_id, {command.whole["correlation_id"] for command in commands})

    def _deadline(self, order_id: str) -> float:
        placed = [event for event in self.account.buses.accepted if event_id(event) == self.begun_by.get(order_id)]
        return (datetime.fromisoformat(placed[0].time) + PATIENCE).timestamp() if placed else 0.0

    # Stock, payment and shipment

    def _why_rejected(self, write: Write, order_id: str) -> Iterator[str]:
        if order_id in self._stock.short_for:
            self.reasons[order_id].add("out of stock")
        else:
            yield f"{order_id} is rejected, and there was enough in stock for it"

    def _why_failed(self, write: Write, order_id: str) -> Iterator[str]:
        if order_id in self.provider.declined:
            self.reasons[order_id].add(self.provider.declined[order_id])
        else:
            yield f"the payment of {order_id} fails, and the provider did not decline it"

    def _why_voided(self, write: Write, order_id: str) -> Iterator[str]:
        if not self.handled(write, "ShipmentFailed"):
            yield f"the payment of {order_id} is voided, and not because its shipment failed"

    def _why_declined(self, write: Write, order_id: str) -> Iterator[str]:
        if order_id in self.carrier.declined:
            self.reasons[order_id].add(self.carrier.declined[order_id])
        elif not self.handled(write, "OrderCancellationRequested"):
            yield f"{order_id} is not shipped, and neither did the carrier decline it nor was it to be cancelled"

    # For an exploration

    def saved(self) -> Any:
        """Return what was noted, to come back to."""
        return _copied(self.reasons), dict(self.begun_by), dict(self.workflows)

    def restore(self, saved: Any) -> None:
        """Come back to what was saved."""
        reasons, begun_by, workflows = saved
        self.reasons, self.begun_by, self.workflows = _copied(reasons), dict(begun_by), dict(workflows)

    def handled(self, write: Write, type: str) -> list[Accepted]:
        """Return the events of a type that this very commit handled, about the order that it is about."""
        return [
            event
            for event in self.account.buses.accepted
            if event.type == type and event.detail["order_id"] == write.subject and event.place in write.handled
        ]


def _copied(reasons: Mapping[str, set[str]]) -> dict[str, set[str]]:
    return defaultdict(set, {order_id: set(some) for order_id, some in reasons.items()})
