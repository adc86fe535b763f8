"""One schedule of the shop, and what must hold of it: at every write, and at rest."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from shop_simulation.providers import CARRIER, PROVIDER, Carrier, Provider
from shop_simulation.workload import SKUS, pieces, secrets
from simulator.account import AwsAccount
from simulator.application import Command
from simulator.buses import event_id
from simulator.dynamodb import Item

SAID = {"OrderCompleted": "completed", "OrderCancelled": "cancelled"}
"""What an order publishes when it ends."""

TELLS = {
    "OrderPlaced": ("placed",),
    "OrderCancellationRequested": ("cancelling",),
    "InventoryReserved": ("reserved",),
    "InventoryRejected": ("rejected",),
    "InventoryReleased": ("released",),
    "PaymentCharged": ("charged",),
    "PaymentFailed": ("failed", "voided"),
    "PaymentRefunded": ("refunded",),
    "ShipmentCreated": ("shipped",),
    "ShipmentFailed": ("declined",),
}
"""Which step each event tells, by the status that a row has after it."""

ENDS = tuple(SAID.values())
NOTHING = {"status": "nothing"}
"""What stands for the state of a row that remembers events, but no state."""


class ShopCourse:
    """Watches the order, inventory, payment and shipping tables while the schedule runs, and judges it at its end."""

    providers = (PROVIDER, CARRIER)

    def __init__(self, account: AwsAccount, commands: Sequence[Command]) -> None:
        self._account = account
        self._violate = account.world.violate
        self.commands = commands
        self.secrets = secrets(commands)
        self._asked: set[str] = set()
        self._steps: set[tuple[str, str]] = set()
        self.provider, self.carrier = Provider(account.world, self._is_cancelled), Carrier(account.world)
        self._tables = {
            name: account.table_of(name) for name in ("order", "inventory", "payment", "shipping", "analytics")
        }
        watchers: dict[str, Callable[[Item | None, Item], None]] = {
            "order": self._order_changed,
            "inventory": self._stock_changed,
            "payment": self._payment_changed,
            "shipping": self._shipment_changed,
        }
        account.watch({self._tables[name].name: self._noting(watcher) for name, watcher in watchers.items()})

    @property
    def _cancels(self) -> frozenset[str]:
        """The ids that the order service knows the cancellations on the bus by."""
        return frozenset(event_id(event) for event in self._account.buses.accepted if event.type == "CancelOrder")

    def _is_cancelled(self, order_id: str) -> bool:
        state = _state(self._tables["order"].items.get(f"order_id#{order_id}"))
        return state is not None and state["status"] == "cancelled"

    # At every write

    def _noting(self, watcher: Callable[[Item | None, Item], None]) -> Callable[[Item | None, Item], None]:
        """Note also which steps an order has made: the statuses that its rows had."""

        def watch(before: Item | None, after: Item) -> None:
            becomes = _state(after)
            if becomes is not None:
                self._steps.add((after["pk"]["S"].partition("#")[2], becomes["status"]))
            watcher(before, after)

        return watch

    def _order_changed(self, before: Item | None, after: Item) -> None:
        was, becomes = _state(before), _state(after) or NOTHING
        if was is None or was["status"] == "placed":
            order_id = after["pk"]["S"].partition("#")[2]
            cancels = self._cancels
            if not cancels.isdisjoint(_handled(after)) and cancels.isdisjoint(_handled(before)):
                self._asked.add(order_id)
        if was is not None and was["status"] in ENDS and becomes["status"] != was["status"]:
            self._violate(f"{after['pk']['S']} was {was['status']} and becomes {becomes['status']}")

    def _stock_changed(self, before: Item | None, after: Item) -> None:
        if "amount" in after and int(after["amount"]["N"]) < 0:
            self._violate(f"{after['pk']['S']} is negative")

    def _payment_changed(self, before: Item | None, after: Item) -> None:
        was, becomes = _state(before), _state(after) or NOTHING
        if was is not None and was["status"] == "voided" and becomes["status"] != "voided":
            self._violate(f"{after['pk']['S']} was voided by a cancellation and becomes {becomes['status']}")

    def _shipment_changed(self, before: Item | None, after: Item) -> None:
        was, becomes = _state(before), _state(after) or NOTHING
        if was is not None and was.get("tracking_number") and not becomes.get("tracking_number"):
            self._violate(f"{after['pk']['S']} forgets its tracking number")

    # For an exploration

    def saved(self) -> Any:
        """Return what happened outside and was noted, to come back to."""
        return self.provider.saved(), self.carrier.saved(), set(self._asked), set(self._steps)

    def restore(self, saved: Any) -> None:
        """Come back to what was saved."""
        provider, carrier, asked, steps = saved
        self.provider.restore(provider)
        self.carrier.restore(carrier)
        self._asked, self._steps = set(asked), set(steps)

    def outside(self) -> Hashable:
        """Return what happened outside, as far as it makes a difference to what comes."""
        return tuple(self.provider.ledger), tuple(self.carrier.parcels)

    # When nothing is under way

    def judge_idle(self) -> Iterator[str]:
        """Yield what does not hold while dead letters still wait for a person."""
        for key, item in self._rows("order").items():
            order = _state(item) or NOTHING
            if (
                order["status"] == "placed"
                and datetime.fromisoformat(order["deadline"]).timestamp() < self._account.world.now
            ):
                yield f"{key} is still placed after its deadline"

    # At rest

    def judge(self) -> Iterator[str]:
        """Yield what does not hold now that all is at rest."""
        orders = {key.partition("#")[2]: _state(item) or NOTHING for key, item in self._rows("order").items()}
        unended = list(self._ends(orders))
        if unended:
            yield from unended
            return
        yield from self._steps_told()
        yield from self._answered(orders)
        yield from self._money(orders)
        yield from self._parcels(orders)
        yield from self._stock(orders)
        if "analytics" not in self._account.world.absent:
            yield from self._counted(orders)
        if "notification" not in self._account.world.absent:
            yield from self._mails(orders)

    def _rows(self, service: str) -> dict[str, Item]:
        return {key: item for key, item in self._tables[service].items.items() if "version" in item}

    def _ends(self, orders: dict[str, Any]) -> Iterator[str]:
        """Every order ends, in one way, and says so once."""
        told = Counter((detail["order_id"], type) for type in SAID for detail in self._distinct(type).values())
        for order_id, order in orders.items():
            if order["status"] not in ENDS:
                yield f"{order_id} ends as {order['status']}"
                continue
            for type, status in SAID.items():
                wanted = int(status == order["status"] and _was_placed(order))
                if told[order_id, type] != wanted:
                    yield f"{order_id} is {order['status']} and there are {told[order_id, type]} {type}, not {wanted}"

    def _steps_told(self) -> Iterator[str]:
        """Every step that was made was told, once: no event is lost and none is doubled."""
        for type, statuses in TELLS.items():
            told = Counter(detail["order_id"] for detail in self._distinct(type).values())
            made = {order_id for order_id, status in self._steps if status in statuses}
            for order_id in sorted(made | told.keys()):
                if told[order_id] != 1:
                    yield f"{order_id} was {' or '.join(statuses)}, and there are {told[order_id]} {type}"

    def _answered(self, orders: dict[str, Any]) -> Iterator[str]:
        """Whoever asks in time for a cancellation gets it, or is told that it is too late."""
        told = {event.detail["order_id"] for event in self._published("CancellationRejected")}
        for order_id in sorted(self._asked - told):
            if orders[order_id]["status"] == "completed":
                yield f"{order_id} was to be cancelled, and completes without a word"

    def _money(self, orders: dict[str, Any]) -> Iterator[str]:
        net: Counter[str] = Counter()
        for entry in self.provider.ledger:
            order_id = entry.key.partition("/")[0]
            net[order_id] += entry.minor_units if entry.kind == "charge" else -entry.minor_units
        for order_id in sorted(orders.keys() | net.keys()):
            order = orders.get(order_id, NOTHING)
            due = order["total"]["minor_units"] if order["status"] == "completed" else 0
            if net[order_id] != due:
                yield f"{order_id} is {order['status']} and has paid {net[order_id]} cents, not {due}"

    def _parcels(self, orders: dict[str, Any]) -> Iterator[str]:
        shipped = Counter(parcel.key.partition("/")[0] for parcel in self.carrier.parcels)
        for order_id in sorted(orders.keys() | shipped.keys()):
            status = orders.get(order_id, NOTHING)["status"]
            if shipped[order_id] != (status == "completed"):
                yield f"{order_id} is {status} and was shipped {shipped[order_id]} times"

    def _stock(self, orders: dict[str, Any]) -> Iterator[str]:
        expected: Counter[str] = Counter()
        fields = {
            command.fields["order_id"]: command.fields for command in self.commands if command.type == "PlaceOrder"
        }
        for detail in {event.detail["receipt_id"]: event.detail for event in self._published("ReceiveStock")}.values():
            expected[detail["sku"]] += detail["quantity"]
        for order_id, order in orders.items():
            if order["status"] == "completed":
                expected.subtract(pieces(dict(fields[order_id])))
        items = self._tables["inventory"].items
        for sku in SKUS:
            item = items.get(f"counter#stock#{sku}")
            has = int(item["amount"]["N"]) if item else 0
            if has != expected[sku]:
                yield f"{sku}: {has} in stock, not {expected[sku]}"

    def _counted(self, orders: dict[str, Any]) -> Iterator[str]:
        """The totals are those of the orders, however often their events were delivered or replayed."""
        items = self._tables["analytics"].items
        placed = [order for order in orders.values() if _was_placed(order)]
        completed = [order for order in placed if order["status"] == "completed"]
        for name, number in (
            ("orders_placed", len(placed)),
            ("orders_completed", len(completed)),
            ("orders_cancelled", len(placed) - len(completed)),
            ("revenue_EUR", sum(order["total"]["minor_units"] for order in completed)),
        ):
            item = items.get(f"counter#{name}")
            counted = int(item["amount"]["N"]) if item else 0
            if counted != number:
                yield f"analytics counted {counted} {name}, not {number}"

    def _mails(self, orders: dict[str, Any]) -> Iterator[str]:
        told = {request["MessageAttributes"]["key"]["StringValue"] for _, request in self._account.published}
        for key in sorted(told):
            order_id, _, type = key.partition("/")
            if all(event.detail["order_id"] != order_id for event in self._published(type)):
                yield f"the customer of {order_id} is told of {type}, which there is not"
        ends = {status: type for type, status in SAID.items()}
        for order_id, order in orders.items():
            if _was_placed(order) and f"{order_id}/{ends[order['status']]}" not in told:
                yield f"the customer of {order_id} was not told that it is {order['status']}"

    def _distinct(self, type: str) -> dict[str, Any]:
        """Return the details of the published events of a type, by event id: a relay may publish one twice."""
        return {event.detail["event_id"]: event.detail for event in self._published(type)}

    def _published(self, *types: str) -> list[Any]:
        return [event for event in self._account.buses.accepted if event.type in types]


def _was_placed(order: Mapping[str, Any]) -> bool:
    """Whether it is more than a tombstone."""
    return bool(order.get("deadline"))


def _handled(item: Item | None) -> list[str]:
    return [] if item is None or "handled" not in item else list(item["handled"]["SS"])


def _state(item: Item | None) -> Any:
    return None if item is None or "state" not in item else _decoded(item["state"]["S"])


@lru_cache(maxsize=256)
def _decoded(text: str) -> Any:
    """Return a state, which nobody changes: each is looked at several times, as it is written and as it is replaced."""
    return json.loads(text)
