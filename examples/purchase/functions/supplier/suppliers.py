"""The suppliers in memory. A real one's client takes its place: it has the same method."""

from __future__ import annotations

from collections.abc import Collection

from functions.supplier.domain import OrderAnswer, PlaceOrder

MISSING = frozenset({"typewriter"})
"""What no supplier has."""


class Suppliers:
    """Deliver all that is not missing. A key that they have seen gets the same answer and is no further order."""

    def __init__(self, missing: Collection[str]) -> None:
        self.missing = frozenset(missing)
        self.orders: dict[str, PlaceOrder] = {}

    @property
    def sold(self) -> int:
        """What has been ordered, in euro cents."""
        return sum(order.cents for order in self.orders.values())

    def place(self, wanted: PlaceOrder) -> OrderAnswer:
        """The adapter of the effect PlaceOrder."""
        if wanted.item in self.missing:
            return OrderAnswer(None)
        self.orders.setdefault(wanted.key, wanted)
        return OrderAnswer(f"order-{[*self.orders].index(wanted.key) + 1}")
