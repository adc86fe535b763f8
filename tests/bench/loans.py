"""Loans that the laptop AWS takes from RequestLoan to LoanGranted, with all services consuming, per CPU second."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path
from typing import Any

from ensemble.laptop import Laptop, VirtualClock
from scenarios.lending.scenario import SCENARIO
from tests.bench.report import Figure, Spread
from tests.bench.workload import TITLES, loan
from tests.conftest import NAMES, copy_lending, synthesize

SECTION = "loans"
ROUNDS = 5
LOANS_PER_ROUND = 40
AT_LEAST = 15
BUS = NAMES.bus


def measure(folder: Path) -> Iterator[Figure]:
    """Run the synthesized library on the virtual clock, which never waits."""
    project = copy_lending(folder)
    synthesize(project, project / "cdk.out")
    numbers = count(1)
    clock, settings = VirtualClock(start="2026-01-01T00:00:00Z"), SCENARIO.settings
    with Laptop(project / "cdk.out" / "assembly-dev", clock, settings=settings) as laptop:
        laptop.put_events([_entry("bindery", "AddCopies", _receipt(title)) for title in TITLES])
        ends = Ends(laptop)
        _per_second(ends, list(islice(numbers, 1)))  # loads the handlers
        rounds = [_per_second(ends, list(islice(numbers, LOANS_PER_ROUND))) for _ in range(ROUNDS)]
    yield Figure(SECTION, "loans per CPU second", Spread.of(rounds), at_least=AT_LEAST)


class Ends:
    """A laptop, and which loans were granted on it."""

    def __init__(self, laptop: Laptop) -> None:
        self.laptop = laptop
        self.granted: set[str] = set()
        laptop.on_event(self._note)

    def _note(self, bus: str, event: dict[str, Any]) -> None:
        if event["detail-type"] == "LoanGranted":
            self.granted.add(event["detail"]["loan_id"])


def _per_second(ends: Ends, numbers: list[int]) -> float:
    """Put all loans at once and see them through. Raises RuntimeError when one is not granted."""
    loans = [loan(number) for number in numbers]
    started = time.process_time()
    for requested in loans:
        ends.laptop.put_events([_entry("desk", "RequestLoan", requested)])
    ends.laptop.run_until_idle()
    seconds = time.process_time() - started
    missing = {requested["loan_id"] for requested in loans} - ends.granted
    if missing or ends.laptop.dead_letters():
        raise RuntimeError(f"not granted: {sorted(missing)}; dead letters: {ends.laptop.dead_letters()}")
    return len(loans) / seconds


def _receipt(title: str) -> dict[str, Any]:
    return {"receipt_id": f"receipt-{title}", "title": title, "copies": 10_000}


def _entry(source: str, type: str, detail: dict[str, Any]) -> dict[str, str]:
    return {"EventBusName": BUS, "Source": source, "DetailType": type, "Detail": json.dumps(detail)}
