"""What moved between the shop and its customers: promises that are judged at rest, from the commands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from scenarios.shop.providers import order_of
from scenarios.shop.rest import Rest
from scenarios.shop.workload import SKUS
from scenarios.shop.writes import NOTHING


def who_gets_the_order_has_paid_for_it_and_nobody_else_has(rest: Rest) -> Iterator[str]:
    net: Counter[str] = Counter()
    for entry in rest.provider.ledger:
        net[order_of(entry.key)] += entry.minor_units if entry.kind == "charge" else -entry.minor_units
    for order_id in sorted(rest.orders.keys() | net.keys()):
        status = rest.orders.get(order_id, NOTHING)["status"]
        due = rest.wanted[order_id].cents if status == "completed" else 0
        if net[order_id] != due:
            yield f"{order_id} is {status} and has paid {net[order_id]} cents, not {due}"


def what_is_completed_was_shipped_once_and_nothing_else_was(rest: Rest) -> Iterator[str]:
    shipped = Counter(order_of(parcel.key) for parcel in rest.carrier.parcels)
    for order_id in sorted(rest.orders.keys() | shipped.keys()):
        status = rest.orders.get(order_id, NOTHING)["status"]
        if shipped[order_id] != (status == "completed"):
            yield f"{order_id} is {status} and was shipped {shipped[order_id]} times"


def the_tracking_number_is_the_carriers(rest: Rest) -> Iterator[str]:
    numbers = {order_of(parcel.key): parcel.tracking_number for parcel in rest.carrier.parcels}
    for event in rest.published("ShipmentCreated", "OrderCompleted"):
        order_id, told = event.detail["order_id"], event.detail["tracking_number"]
        if told != numbers.get(order_id):
            yield f"{event.type} of {order_id} has the tracking number {told}, not {numbers.get(order_id)}"


def stock_is_what_came_in_less_what_was_shipped(rest: Rest) -> Iterator[str]:
    expected: Counter[str] = Counter()
    receipts = {event.detail["receipt_id"]: event.detail for event in rest.commands if event.type == "ReceiveStock"}
    for receipt in receipts.values():
        expected[receipt["sku"]] += receipt["quantity"]
    for order_id, order in rest.orders.items():
        if order["status"] == "completed":
            expected.subtract(rest.wanted[order_id].pieces)
    counters = rest.counters("inventory")
    for sku in SKUS:
        has = counters.get(f"stock#{sku}", 0)
        if has != expected[sku]:
            yield f"{sku}: {has} in stock, not {expected[sku]}"
