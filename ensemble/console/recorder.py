"""Records what pages would be told of a stage: a batch for each event, and the documents of what has changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ensemble.console.feed import Feed
from ensemble.console.progress import Json, Looked, Shown
from ensemble.console.recording import Tape
from ensemble.console.watching import MOST_LOOKED_AT
from ensemble.trace.known import Happened

OF_A_REASON = ("cause", "service", "row", "queue", "reason", "system")
"""What two reasons why it goes no further have in common that say the same at different times."""


class Recorder:
    """`told`: returns the document of a workflow as it is now. Instants are seconds since 1970."""

    def __init__(self, feed: Feed, tape: Tape, told: Callable[[str], Json | None]) -> None:
        self._feed, self._tape, self._told = feed, tape, told
        self._written: dict[str, Json] = {}
        self._last = float("-inf")

    def turn(
        self, events: Sequence[Happened], to_read: Iterable[str], now: float, facts: Mapping[str, Any] | None = None
    ) -> None:
        """Record what is new: events in the order in which they were stored, the documents of the workflows that have
        moved, and what else is known of the stage."""
        for event in events:
            self._tell([event], min(event.at, now))
        for workflow in dict.fromkeys(to_read):
            self._read(workflow)
        for workflow in self._feed.standing_still(now, MOST_LOOKED_AT):
            document = self._read(workflow)
            if document is not None:
                why = document["why"]
                looked = Looked(Shown(document["shown"]), why[0]["text"] if why else "", now)
                self._feed.looked_at(workflow, looked)
        self._tell([], now, facts)
        self._tape.flush()

    def _tell(self, events: Sequence[Happened], at: float, facts: Mapping[str, Any] | None = None) -> None:
        self._last = max(self._last, at)
        batch = self._feed.take(events, self._last, facts)
        if batch is not None:
            self._tape.batch(batch)

    def _read(self, workflow: str) -> Json | None:
        """Return the document of a workflow, and record it if it says something new."""
        document = self._told(workflow)
        if document is not None and _essence(document) != self._written.get(workflow):
            self._written[workflow] = _essence(document)
            self._tape.document(workflow, document)
        return document


def _essence(document: Json) -> Json:
    why = [[one[name] for name in OF_A_REASON] for one in document["why"]]
    return {**document, "now": None, "why": why}
