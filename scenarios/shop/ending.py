"""How orders end, and what is said of it: promises that are judged at rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from scenarios.shop.rest import Rest, was_placed
from scenarios.shop.steps import ENDS

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
"""Which step each event tells of, by the status that a service's row comes to in it."""

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


def every_order_ends_in_one_way_and_says_so_once(rest: Rest) -> Iterator[str]:
    told = Counter((event.detail["order_id"], event.type) for event in rest.published(*ENDS.values()))
    for order_id, order in rest.orders.items():
        if order["status"] not in ENDS:
            yield f"{order_id} ends as {order['status']}"
            continue
        for status, type in ENDS.items():
            wanted = int(status == order["status"] and was_placed(order))
            if told[order_id, type] != wanted:
                yield f"{order_id} is {order['status']} and there are {told[order_id, type]} {type}, not {wanted}"


def every_step_is_told_once(rest: Rest) -> Iterator[str]:
    for type, statuses in TELLS.items():
        told = Counter(event.detail["order_id"] for event in rest.published(type))
        made = {order_id for order_id, status in rest.steps.made if status in statuses}
        for order_id in sorted(made | told.keys()):
            if told[order_id] != 1:
                yield f"{order_id} was {' or '.join(statuses)}, and there are {told[order_id]} {type}"


def whoever_asks_in_time_is_cancelled_or_told_that_it_is_too_late(rest: Rest) -> Iterator[str]:
    told = {event.detail["order_id"] for event in rest.published("CancellationRejected")}
    for order_id in sorted(rest.steps.asked_in_time - told):
        if rest.orders[order_id]["status"] == "completed":
            yield f"{order_id} was to be cancelled, and completes without a word"


def it_is_too_late_only_for_what_was_shipped(rest: Rest) -> Iterator[str]:
    for event in rest.published("CancellationRejected"):
        order_id = event.detail["order_id"]
        if rest.orders[order_id]["status"] != "completed":
            yield f"it is said to be too late to cancel {order_id}, which is {rest.orders[order_id]['status']}"


def an_order_is_late_only_when_something_goes_wrong(rest: Rest) -> Iterator[str]:
    for order_id in sorted(rest.causes.late_without_a_fault):
        yield f"{order_id} is still under way at its deadline, and nothing has gone wrong"


def every_reason_is_true(rest: Rest) -> Iterator[str]:
    for event in rest.published(*GIVES_A_REASON):
        order_id, reason = event.detail["order_id"], event.detail["reason"]
        if reason not in rest.causes.reasons.get(order_id, ()):
            yield f"{event.type} of {order_id} gives as its reason {reason!r}, which is not true"


def every_event_is_of_the_workflow_that_its_order_began(rest: Rest) -> Iterator[str]:
    for event in rest.events:
        begun_by = rest.causes.begun_by.get(event.detail["order_id"])
        if event.detail["correlation_id"] != begun_by:
            yield f"{event.type} of {event.detail['order_id']} is not of the workflow that its PlaceOrder began"
