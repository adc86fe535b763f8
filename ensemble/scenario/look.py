"""What the measures of a scenario may look at."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Protocol

Amount = int | Decimal


class Look(Protocol):
    """What the measures may look at."""

    def items(self, service: str) -> Sequence[Mapping[str, Any]]:
        """Return all rows and counters of a service's table, as plain values; numbers are Decimals."""
        ...

    def counters(self, service: str) -> Mapping[str, int]:
        """Return what the counters of a service hold, by name."""
        ...

    def totals(self, service: str) -> Mapping[str, Mapping[str, int]]:
        """Return the totals of a service, by item and name."""
        ...

    def sandbox(self, name: str) -> Any:
        """Return a sandbox of the scenario, by its name there."""
        ...

    def handler(self, service: str) -> Any:
        """Return the module of a service's handler, where the sandbox of a system outside may lie."""
        ...


Measures = Callable[[Look], Mapping[str, Amount]]


def nothing(look: Look) -> Mapping[str, Amount]:
    """Measure nothing."""
    return {}
