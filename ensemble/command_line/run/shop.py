"""Where the shop of an environment keeps what the stories are measured by: its bus, its stock, its money."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from ensemble.laptop import Laptop
from infrastructure.naming import Names

STOCK = "counter#stock#"


class Shop:
    """The shop as it runs on a laptop."""

    def __init__(self, laptop: Laptop, environment: str) -> None:
        self._laptop = laptop
        names = Names(environment)
        self._inventory, self._payment = names.table("inventory"), names.consumer("payment")
        self.bus = names.bus

    def stock(self) -> Mapping[str, int]:
        """Return the pieces in stock by article."""
        items = self._laptop.table_items(self._inventory)
        counters = {str(item["pk"]): int(item["amount"]) for item in items if str(item["pk"]).startswith(STOCK)}
        return {key.removeprefix(STOCK): amount for key, amount in sorted(counters.items())}

    def money(self) -> Decimal:
        """Return what was charged less what was refunded, in euros, by the payment provider's own ledger."""
        payment = self._laptop.function(self._payment)
        ledger = payment.module.gateway.ledger if payment.is_loaded else ()
        signs = {"charge": 1, "refund": -1}
        return sum((signs[entry.kind] * Decimal(entry.minor_units) / 100 for entry in ledger), Decimal(0))
