"""What a scenario's measures may look at, on a laptop: the tables, and the sandboxes in the handlers' modules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ensemble.laptop import Laptop
from ensemble.scenario.sandboxes import Sandboxes
from infrastructure.naming import Names

COUNTER = "counter#"
"""What the key of a counter begins with, in a table."""


class LaptopLook:
    """An environment as it runs on a laptop: see `ensemble.scenario.Look`."""

    def __init__(self, laptop: Laptop, stage: str, sandboxes: Sandboxes) -> None:
        self._laptop, self._names, self._sandboxes = laptop, Names(stage), sandboxes

    def items(self, service: str) -> Sequence[Mapping[str, Any]]:
        """Return all rows and counters of a service's table."""
        return self._laptop.table_items(self._names.table(service))

    def counters(self, service: str) -> Mapping[str, int]:
        """Return what the counters of a service hold, by name."""
        items = [(str(item["pk"]), item) for item in self.items(service)]
        counters = {key.removeprefix(COUNTER): int(item["amount"]) for key, item in items if key.startswith(COUNTER)}
        return dict(sorted(counters.items()))

    def sandbox(self, name: str) -> Any:
        """Return a sandbox of the scenario. Raises ScenarioMisdeclared when none of this name runs."""
        return self._sandboxes[name]

    def handler(self, service: str) -> Any:
        """Return the module of a service's handler, loaded if it was not yet."""
        function = self._laptop.function(self._names.consumer(service))
        if not function.is_loaded:
            self._laptop.load(function.name)
        return function.module
