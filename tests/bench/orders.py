"""Orders that the laptop AWS takes from PlaceOrder to OrderCompleted, with all services consuming, per CPU second."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path
from typing import Any

from ensemble.laptop import Laptop, VirtualClock
from tests.bench.report import Figure, Spread
from tests.bench.synthesis import synthesize
from tests.bench.workload import ARTICLES, order

SECTION = "orders"
ROUNDS = 5
ORDERS_PER_ROUND = 40
AT_LEAST = 15
BUS = "dev-ensemble"


def measure(folder: Path) -> Iterator[Figure]:
    """Run the synthesized shop on the virtual clock, which never waits."""
    synthesize(folder)
    numbers = count(1)
    with Laptop(folder / "assembly-dev", clock=VirtualClock(start="2026-01-01T00:00:00Z")) as laptop:
        laptop.put_events([_entry("warehouse", "ReceiveStock", _receipt(sku)) for sku in ARTICLES])
        ends = Ends(laptop)
        _per_second(ends, list(islice(numbers, 1)))  # loads the handlers
        rounds = [_per_second(ends, list(islice(numbers, ORDERS_PER_ROUND))) for _ in range(ROUNDS)]
    yield Figure(SECTION, "orders per CPU second", Spread.of(rounds), at_least=AT_LEAST)


class Ends:
    """A laptop, and which orders completed on it."""

    def __init__(self, laptop: Laptop) -> None:
        self.laptop = laptop
        self.completed: set[str] = set()
        laptop.on_event(self._note)

    def _note(self, bus: str, event: dict[str, Any]) -> None:
        if event["detail-type"] == "OrderCompleted":
            self.completed.add(event["detail"]["order_id"])


def _per_second(ends: Ends, numbers: list[int]) -> float:
    """Put all orders at once and see them through. Raises RuntimeError when one does not complete."""
    orders = [order(number) for number in numbers]
    started = time.process_time()
    for placed in orders:
        ends.laptop.put_events([_entry("storefront", "PlaceOrder", placed)])
    ends.laptop.run_until_idle()
    seconds = time.process_time() - started
    missing = {placed["order_id"] for placed in orders} - ends.completed
    if missing or ends.laptop.dead_letters():
        raise RuntimeError(f"not completed: {sorted(missing)}; dead letters: {ends.laptop.dead_letters()}")
    return len(orders) / seconds


def _receipt(sku: str) -> dict[str, Any]:
    return {"receipt_id": f"receipt-{sku}", "sku": sku, "quantity": 10_000}


def _entry(source: str, type: str, detail: dict[str, Any]) -> dict[str, str]:
    return {"EventBusName": BUS, "Source": source, "DetailType": type, "Detail": json.dumps(detail)}
