"""The ways that one order can go, each as the commands that make it go so when nothing is wrong."""

from __future__ import annotations

from typing import Any

from ensemble.simulator.application import Command

STOCK = Command(
    "ReceiveStock", 0.0, "warehouse", "ReceiveStock", {"receipt_id": "opening", "sku": "sku-1", "quantity": 5}
)


def _order(quantity: int = 2, token: str = "tok_visa", country: str = "DE", name: str = "order-1") -> Command:
    fields: dict[str, Any] = {
        "order_id": name,
        "customer_id": "customer-1",
        "email": f"secret-{name}@example.com",
        "items": [{"sku": "sku-1", "quantity": quantity, "unit_price": 12.5}],
        "payment_token": token,
        "address": {"country": country, "postcode": "10115", "street": f"Secret Street of {name}"},
    }
    return Command(f"PlaceOrder {name}", 10.0, "storefront", "PlaceOrder", fields)


def _cancel(at: float, name: str = "order-1") -> Command:
    return Command(f"CancelOrder {name}", at, "storefront", "CancelOrder", {"order_id": name})


STORIES = {
    "fulfilled": [STOCK, _order()],
    "out of stock": [STOCK, _order(quantity=6)],
    "card declined": [STOCK, _order(token="tok_declined")],
    "carrier refuses": [STOCK, _order(country="XX")],
    "cancelled before": [STOCK, _cancel(9.0), _order()],
    "cancelled on the way": [STOCK, _order(), _cancel(10.3)],
    "cancelled too late": [STOCK, _order(), _cancel(11.0)],
}
"""By name, as told in reports."""

RACE = [STOCK, _order(quantity=3), _order(quantity=3, name="order-2"), _cancel(10.0)]
"""Two orders racing for the same stock, and for one of them a cancellation."""
