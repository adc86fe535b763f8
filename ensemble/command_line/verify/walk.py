"""The workflows of a stage since an instant, and which events people have dropped for good."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ensemble.command_line.stage.operations import ENDED, OPERATIONS, STARTED
from ensemble.command_line.trace.listing import Listing
from ensemble.command_line.verify.workflow import AtRest, Workflows

Dropped = frozenset[tuple[str, str]]
"""Services, each with the id of an event that was dropped from among its dead letters."""


class Walk:
    """Goes through workflows, each by a query and a few reads of rows. `fed`: the service that each queue feeds."""

    def __init__(self, workflows: Workflows, listing: Listing, fed: Mapping[str, str]) -> None:
        self._workflows, self._listing, self._fed = workflows, listing, fed

    def since(self, since: float) -> Iterator[AtRest]:
        """Yield each workflow that something came to from outside after an instant (seconds since 1970)."""
        seen = set[int]()
        for workflow, _ in self._entries(since):
            if hash(workflow) not in seen:
                seen.add(hash(workflow))
                yield self._workflows.read(workflow)

    def dropped(self, since: float) -> Dropped:
        """Return what was dropped after an instant, as the records of it say: each names some events at most."""
        operations = (workflow for workflow, type in self._entries(since) if type == STARTED)
        return frozenset(one for workflow in operations for one in self._dropped_by(self._workflows.read(workflow)))

    def _dropped_by(self, operation: AtRest) -> Iterator[tuple[str, str]]:
        for event in operation.events:
            said = event.detail
            if (event.source, event.type, said.get("operation")) == (OPERATIONS, ENDED, "drop"):
                service = self._fed.get(str(said.get("queue")))
                yield from ((service, str(id)) for id in said.get("events", ()) if service is not None)

    def _entries(self, since: float) -> Iterator[tuple[str, str]]:
        return ((workflow, type) for hour in self._listing.hours(since) for _, workflow, type in hour)
