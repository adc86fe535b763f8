"""What there is when a schedule has come to rest: rows, events, and what was noted on the way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import Any

from ensemble.simulator.account import AwsAccount
from ensemble.simulator.buses import Accepted, event_id
from ensemble.simulator.dynamodb import Item
from ensemble.simulator.row_items import totals
from scenarios.shop.causes import Causes
from scenarios.shop.expected import Expected
from scenarios.shop.providers import Carrier, Provider
from scenarios.shop.writes import Steps, amount_of, state_of


class Told:
    """What events and rows tell of orders at rest.

    `orders` has the state of each order, `events` each event that services published, once: a consumer may put one
    twice. `commands` has the events that came from outside. `made` has (order, status) for each step that is known.
    """

    def __init__(self, account: AwsAccount, made: Set[tuple[str, str]]) -> None:
        self.account, self.made = account, made
        self.orders = {
            key.partition("#")[2]: state_of(item) for key, item in self.items("order").items() if "version" in item
        }
        accepted = account.buses.accepted
        self.events = list({event_id(event): event for event in accepted if not event.is_from_outside}.values())
        self.commands = [event for event in accepted if event.is_from_outside]

    @property
    def of_orders(self) -> Sequence[Accepted]:
        """The events that services published about orders."""
        return [event for event in self.events if "order_id" in event.detail]

    def items(self, service: str) -> Mapping[str, Item]:
        """Return the items of a service's table, by key."""
        return self.account.table_of(service).items

    def counters(self, service: str) -> dict[str, int]:
        """Return what the counters of a service hold, by name, but for those that hold nothing."""
        amounts = {
            key.partition("#")[2]: amount_of(item) for key, item in self.items(service).items() if "amount" in item
        }
        return {name: amount for name, amount in amounts.items() if amount}

    def totals(self, service: str) -> dict[str, int]:
        """Return the totals of a service, each by its name and its item."""
        kept = totals(self.items(service)).items()
        return {f"{name}#{item}": amount for item, amounts in kept for name, amount in amounts.items() if amount}

    def published(self, *types: str) -> Sequence[Accepted]:
        """Return the events of these types."""
        return [event for event in self.events if event.type in types]

    def takes_part(self, service: str) -> bool:
        """Say whether a service that only listens was there in this schedule."""
        return service not in self.account.world.absent


class Rest(Told):
    """The account at rest, beside what was `expected` and noted; each promise of the shop is judged on it."""

    def __init__(
        self,
        account: AwsAccount,
        expected: Mapping[str, Expected],
        steps: Steps,
        causes: Causes,
        provider: Provider,
        carrier: Carrier,
    ) -> None:
        super().__init__(account, steps.made)
        self.expected, self.steps, self.causes = expected, steps, causes
        self.provider, self.carrier = provider, carrier


def was_placed(order: Mapping[str, Any]) -> bool:
    """Say whether an order is more than a tombstone."""
    return bool(order.get("deadline"))
