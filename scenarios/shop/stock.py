"""What is in stock at every moment, and for which orders it was too little when inventory looked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from ensemble.scenario import Command
from ensemble.simulator.account import AwsAccount
from scenarios.shop.expected import Expected
from scenarios.shop.writes import state_of


class Stock:
    """Counts by the commands: what was delivered, less what is set aside for orders.

    `short_for` has the orders for which there was too little when their stock was last to be taken. It is noted then,
    not when the rejection is written: meanwhile more may have come in.
    """

    def __init__(self, account: AwsAccount, expected: Mapping[str, Expected], commands: Sequence[Command]) -> None:
        self._table, self._expected = account.table_of("inventory"), expected
        self._deliveries = {
            command.fields["receipt_id"]: command.fields for command in commands if command.type == "ReceiveStock"
        }
        self.short_for: set[str] = set()
        account.look_at("TransactWriteItems", self._look)

    def _look(self, request: Mapping[str, Any]) -> None:
        """Look at a transaction just before it is carried out: an order's stock moves in one with its row."""
        for write in request["TransactItems"]:
            put = write.get("Put")
            if put is None or put["TableName"] != self._table.name:
                continue
            kind, _, order_id = put["Item"]["pk"]["S"].partition("#")
            if kind == "order_id" and order_id in self._expected:
                (self.short_for.add if self._is_short(order_id) else self.short_for.discard)(order_id)

    def _is_short(self, order_id: str) -> bool:
        in_stock = self._in_stock()
        return any(in_stock[sku] < quantity for sku, quantity in self._expected[order_id].pieces.items())

    def _in_stock(self) -> Counter[str]:
        stock: Counter[str] = Counter()
        for key, item in self._table.items.items():
            status, subject = state_of(item)["status"], key.partition("#")[2]
            if status == "received":
                stock[self._deliveries[subject]["sku"]] += self._deliveries[subject]["quantity"]
            elif status == "reserved":
                stock.subtract(self._expected[subject].pieces)
        return stock

    def saved(self) -> Any:
        """Return what was noted, to come back to."""
        return set(self.short_for)

    def restore(self, saved: Any) -> None:
        """Come back to what was saved."""
        self.short_for = set(saved)
