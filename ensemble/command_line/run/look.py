"""What a scenario's measures may look at, on a laptop: the tables, and the sandboxes in the handlers' modules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ensemble.aws.service_resources import consumer_of
from ensemble.command_line.errors import StartingFailed
from ensemble.laptop import Laptop
from ensemble.scenario.sandboxes import Sandboxes
from infrastructure.naming import Names

COUNTER, TOTALS, TOTAL = "counter#", "totals#", "total:"
"""What the key of a counter begins with, that of an item of totals, and the name of each total in it."""


def names_of(laptop: Laptop) -> Names:
    """Return the names of the stage that the laptop runs, by what its functions are called.

    Raises StartingFailed when none of them is a service's.
    """
    for name, function in laptop.functions.items():
        if consumer_of(function.handler) is not None:
            prefix, stage, _ = name.split("-", 2)
            return Names(prefix, stage)
    raise StartingFailed("no service runs: the stacks have no function of one")


def table_of(laptop: Laptop, names: Names, service: str) -> str:
    """Return the name of the table that a service has: of its rows, or of the events that it stores."""
    store = names.store(service)
    return store if store in laptop.tables else names.table(service)


class LaptopLook:
    """A stage as it runs on a laptop: see `ensemble.scenario.Look`."""

    def __init__(self, laptop: Laptop, sandboxes: Sandboxes) -> None:
        self._laptop, self._names, self._sandboxes = laptop, names_of(laptop), sandboxes

    def items(self, service: str) -> Sequence[Mapping[str, Any]]:
        """Return all rows and counters of a service's table."""
        return self._laptop.table_items(table_of(self._laptop, self._names, service))

    def counters(self, service: str) -> Mapping[str, int]:
        """Return what the counters of a service hold, by name."""
        items = [(str(item["pk"]), item) for item in self.items(service)]
        counters = {key.removeprefix(COUNTER): int(item["amount"]) for key, item in items if key.startswith(COUNTER)}
        return dict(sorted(counters.items()))

    def totals(self, service: str) -> Mapping[str, Mapping[str, int]]:
        """Return the totals of a service, by item and name."""
        items = [(str(item["pk"]), item) for item in self.items(service)]
        return {
            key.removeprefix(TOTALS): {
                name.removeprefix(TOTAL): int(item[name]) for name in sorted(item) if name.startswith(TOTAL)
            }
            for key, item in sorted(items, key=lambda one: one[0])
            if key.startswith(TOTALS)
        }

    def sandbox(self, name: str) -> Any:
        """Return a sandbox of the scenario. Raises ScenarioMisdeclared when none of this name runs."""
        return self._sandboxes[name]

    def handler(self, service: str) -> Any:
        """Return the module of a service's handler, loaded if it was not yet."""
        function = self._laptop.function(self._names.consumer(service))
        if not function.is_loaded:
            self._laptop.load(function.name)
        return function.module
