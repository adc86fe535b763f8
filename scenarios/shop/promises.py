"""How orders end and what moved between the shop and its customers: promises that are judged at rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from ensemble.simulator.buses import event_id
from scenarios.shop.providers import order_of
from scenarios.shop.rest import Rest, Told, was_placed
from scenarios.shop.workload import SKUS
from scenarios.shop.writes import ENDS, NOTHING

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
"""Which step each event is about, by the status that a service's row comes to in it."""

LATEST = 1_800.0
"""Seconds after the last fault, or command, within which all orders have ended: a deadline and what may follow it."""

GIVES_A_REASON = (
    "OrderCancellationRequested",
    "InventoryRejected",
    "InventoryReleased",
    "PaymentFailed",
    "PaymentRefunded",
    "ShipmentFailed",
    "OrderCancelled",
)
"""The events on the way back, each of which says why."""


def every_order_ends_in_one_way_and_says_so_once(rest: Told) -> Iterator[str]:
    published = Counter((event.detail["order_id"], event.type) for event in rest.published(*ENDS.values()))
    for order_id, order in rest.orders.items():
        if order["status"] not in ENDS:
            yield f"{order_id} ends as {order['status']}"
            continue
        for status, type in ENDS.items():
            expected = int(status == order["status"] and was_placed(order))
            if published[order_id, type] != expected:
                found = published[order_id, type]
                yield f"{order_id} is {order['status']} and there are {found} {type}, not {expected}"


def every_step_is_told_once(rest: Told, tells: Mapping[str, Sequence[str]] = TELLS) -> Iterator[str]:
    for type, statuses in tells.items():
        published = Counter(event.detail["order_id"] for event in rest.published(type))
        made = {order_id for order_id, status in rest.made if status in statuses}
        for order_id in sorted(made | published.keys()):
            if published[order_id] != 1:
                yield f"{order_id} was {' or '.join(statuses)}, and there are {published[order_id]} {type}"


def whoever_asks_in_time_is_cancelled_or_told_that_it_is_too_late(rest: Rest) -> Iterator[str]:
    refused = {event.detail["order_id"] for event in rest.published("CancellationRejected")}
    for order_id in sorted(rest.steps.asked_in_time - refused):
        if rest.orders[order_id]["status"] == "completed":
            yield f"{order_id} was to be cancelled, and completes without a word"


def it_is_too_late_only_for_what_was_shipped(rest: Told) -> Iterator[str]:
    for event in rest.published("CancellationRejected"):
        order_id = event.detail["order_id"]
        if rest.orders[order_id]["status"] != "completed":
            yield f"it is said to be too late to cancel {order_id}, which is {rest.orders[order_id]['status']}"


def an_order_is_late_only_when_something_goes_wrong(rest: Rest) -> Iterator[str]:
    for order_id in sorted(rest.causes.late_without_a_fault):
        yield f"{order_id} is still under way at its deadline, and nothing has gone wrong"


def every_order_ends_soon_after_all_is_well(rest: Rest) -> Iterator[str]:
    begun = [datetime.fromisoformat(event.time).timestamp() for event in rest.commands]
    well = max([rest.account.world.troubled_until, *begun])
    if rest.steps.ended_at - well > LATEST:
        yield f"the last order ends {rest.steps.ended_at - well:.0f} s after all was well"


def every_reason_is_true(rest: Rest, types: Sequence[str] = GIVES_A_REASON) -> Iterator[str]:
    for event in rest.published(*types):
        order_id, reason = event.detail["order_id"], event.detail["reason"]
        if reason not in rest.causes.reasons.get(order_id, ()):
            yield f"{event.type} of {order_id} gives as its reason {reason!r}, which is not true"


def every_event_is_of_the_workflow_that_its_order_began(rest: Rest) -> Iterator[str]:
    found: dict[str, str] = {}
    for event in rest.of_orders:
        order_id, workflow = event.detail["order_id"], event.detail["correlation_id"]
        begun = rest.causes.workflows.get(order_id, set())
        if workflow not in begun or found.setdefault(order_id, workflow) != workflow:
            yield f"{event.type} of {order_id} is not of the workflow that its first command began"


def every_refusal_says_which_command_it_answers(rest: Told) -> Iterator[str]:
    commands = {event_id(event): event for event in rest.commands}
    for event in rest.published("OrderCommandRefused", "ReceiptRefused"):
        asked = commands[event.detail["causation_id"]]
        said = (event.detail.get("command", asked.type), event.detail.get("command_id"))
        if said != (asked.type, asked.whole.get("external_id")):
            yield f"{event.about} answers {asked.about}, and says that it answers {said[0]} {said[1]}"


def every_event_says_what_its_order_said(rest: Told) -> Iterator[str]:
    asked = {event.detail["order_id"]: event.detail for event in rest.commands if event.type == "PlaceOrder"}
    for event in rest.of_orders:
        order_id = event.detail["order_id"]
        for name in ("customer_id", "email", "payment_token", "address", "channel"):
            if name in event.detail and event.detail[name] != asked[order_id].get(name):
                yield f"{event.type} of {order_id} says another {name} than its PlaceOrder"


# What moved


def who_gets_the_order_has_paid_for_it_and_nobody_else_has(rest: Rest) -> Iterator[str]:
    net: Counter[str] = Counter()
    for entry in rest.provider.ledger:
        net[order_of(entry.key)] += entry.minor_units if entry.kind == "charge" else -entry.minor_units
    for order_id in sorted(rest.orders.keys() | net.keys()):
        status = rest.orders.get(order_id, NOTHING)["status"]
        due = rest.expected[order_id].cents if status == "completed" else 0
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
        order_id, number = event.detail["order_id"], event.detail["tracking_number"]
        if number != numbers.get(order_id):
            yield f"{event.type} of {order_id} has the tracking number {number}, not {numbers.get(order_id)}"


def stock_is_what_came_in_less_what_was_shipped(rest: Rest) -> Iterator[str]:
    expected: Counter[str] = Counter()
    receipts = {event.detail["receipt_id"]: event.detail for event in rest.commands if event.type == "ReceiveStock"}
    for receipt in receipts.values():
        expected[receipt["sku"]] += receipt["quantity"]
    for order_id, order in rest.orders.items():
        if order["status"] == "completed":
            expected.subtract(rest.expected[order_id].pieces)
    counters = rest.counters("inventory")
    for sku in SKUS:
        has = counters.get(f"stock#{sku}", 0)
        if has != expected[sku]:
            yield f"{sku}: {has} in stock, not {expected[sku]}"
