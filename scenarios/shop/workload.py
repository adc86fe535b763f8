"""What customers and the warehouse ask of the shop in one schedule."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ensemble.scenario import Command
from ensemble.simulator.chance import Chance

CROWDED, CROWD = 0.01, 24
"""How many of the schedules have a crowd, and of how many orders at the same moment."""

SKUS = ("sku-1", "sku-2", "sku-3")


def workload(chance: Chance) -> list[Command]:
    """Draw two to six orders over few articles, with cancellations, repeated commands and restocks racing them."""
    return [*_stock(chance), *_orders(chance)]


def secrets(commands: Sequence[Command]) -> tuple[str, ...]:
    """Return the sensitive values in the commands, as their schemas mark them."""
    orders = [command.fields for command in commands if command.type == "PlaceOrder"]
    found = {
        value for order in orders for value in (order["payment_token"], order["address"]["street"], order["email"])
    }
    return tuple(sorted(found))


def _stock(chance: Chance) -> Iterator[Command]:
    for sku in SKUS:
        yield _receipt(f"opening-{sku}", sku, chance.between(f"stock {sku}", 1, 12), 0.0)
    for number in range(chance.between("restocks", 0, 2)):
        sku = chance.one_of(f"restocked {number}", SKUS)
        at = chance.spread(f"restock at {number}", 0.1, 1_000)
        quantity = chance.between(f"restock {number}", 1, 5)
        yield _receipt(f"later-{number}", sku, quantity, at)
        if chance.draw(f"restock {number} again") < 0.2:
            yield _receipt(f"later-{number}", sku, quantity, at + 20, " again")


def _receipt(receipt: str, sku: str, quantity: int, at: float, again: str = "") -> Command:
    fields = {"receipt_id": receipt, "sku": sku, "quantity": quantity}
    return Command("ReceiveStock", "warehouse", fields, at=at, key=again and f"ReceiveStock {receipt}{again}")


def _orders(chance: Chance) -> Iterator[Command]:
    burst = chance.one_of("burst", (1.0, 30.0, 600.0))
    orders = chance.one_of("orders", (2, 2, 2, 2, 2, 2, 3, 3, 3, 4, 5, 6))
    if chance.draw("crowd") < CROWDED:
        orders, burst = CROWD, 0.0  # so that, if something is down, their deadlines are due at once
    for number in range(1, orders + 1):
        placed_at = 0.5 + burst * chance.draw(f"placed {number}")
        yield from _order(chance, f"order-{number}", placed_at)


def _order(chance: Chance, order_id: str, at: float) -> Iterator[Command]:
    fields = _fields(chance, order_id)
    yield Command("PlaceOrder", "storefront", fields, at=at)
    repeated, when, cancelled, early = chance.draws(f"course of {order_id}")
    if repeated < 0.15:
        yield Command("PlaceOrder", "storefront", fields, at=at + 60 * when, key=f"PlaceOrder {order_id} again")
    if cancelled < 0.45:
        delay = -0.5 if early < 0.15 else chance.spread(f"cancel {order_id}", 0.05, 2_000)
        cancel = {"order_id": order_id, "reason": "changed my mind"}
        yield Command("CancelOrder", "storefront", cancel, at=max(0.0, at + delay))
        if early > 0.9:
            yield Command("CancelOrder", "storefront", cancel, at=at + delay + 30, key=f"CancelOrder {order_id} again")


def _fields(chance: Chance, order_id: str) -> dict[str, Any]:
    token, country, channel, version = chance.draws(f"kind of {order_id}")
    fields: dict[str, Any] = {
        "order_id": order_id,
        "customer_id": f"customer of {order_id}",
        "email": f"secret-{order_id}@example.com",
        "items": [_line(chance, order_id, line) for line in range(chance.between(f"lines {order_id}", 1, 2))],
        "payment_token": "tok_declined" if token < 0.12 else f"tok_of_{order_id}",
        "address": {
            "country": "XX" if country < 0.12 else "DE",
            "postcode": "10115",
            "street": f"Secret Street of {order_id}",
        },
    }
    if channel < 0.3:
        fields["channel"] = "web"
    if version < 0.2 and "channel" not in fields:
        fields["version"] = "1.0"
    return fields


def _line(chance: Chance, order_id: str, line: int) -> dict[str, Any]:
    what = f"{order_id} line {line}"
    price = chance.one_of(f"price of {what}", (9.99, 12.5, 20, 0.1, 600, 0.125, 2.675))
    return {
        "sku": chance.one_of(f"sku of {what}", SKUS[:2] if line else SKUS),
        "quantity": chance.between(f"quantity of {what}", 1, 4),
        "unit_price": price,
    }
