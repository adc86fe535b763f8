"""The workflows of a stage since an instant."""

from __future__ import annotations

from collections.abc import Iterator

from ensemble.command_line.trace.listing import Listing
from ensemble.command_line.verify.workflow import AtRest, Workflows


class Walk:
    """Goes through workflows, each by a query and a few reads of rows."""

    def __init__(self, workflows: Workflows, listing: Listing) -> None:
        self._workflows, self._listing = workflows, listing

    def since(self, since: float) -> Iterator[AtRest]:
        """Yield each workflow that something came to from outside after an instant (seconds since 1970)."""
        seen = set[int]()
        for hour in self._listing.hours(since):
            for _, workflow, _ in hour:
                if hash(workflow) not in seen:
                    seen.add(hash(workflow))
                    yield self._workflows.read(workflow)
