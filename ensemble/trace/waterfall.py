"""Where the time of a workflow went: each hop of an event to a row in parts, by what the rows remember. Pure.

A row's history says when an event came into its queue, when its handling began and when it was committed; the history
of the row that published the event says since when it could have been on its way. What no history says is one part, by
what the events say.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from ensemble.trace.history import Commit
from ensemble.trace.known import Happened, Known, Row
from ensemble.trace.steps import Reception, Step, Steps
from functions.kit.history import place_of

Place = tuple[str, str]
"""A service, and the place of an event in the histories of its rows."""


class Kind(StrEnum):
    """A part of a hop. `PUBLICATION`: from the commit that decided the event until the bus took it. `BUS`: until it was
    in the queue. `QUEUE`: until the attempt began that was committed, or the next one after a commit. `HANDLER`: until
    the commit. `HOP`: all of it, where the parts are not known."""

    PUBLICATION = "publication"
    BUS = "bus"
    QUEUE = "queue"
    HANDLER = "handler"
    HOP = "hop"


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of the hop of an event to a row of a service: from `begin` to `end`, seconds since 1970.

    `exact`: both were measured; else one is what an event says, or EventBridge, in whole seconds.
    """

    event: Happened
    service: str
    row: str
    kind: Kind
    begin: float
    end: float
    exact: bool


def waterfall_of(steps: Steps, known: Known) -> list[Segment]:
    """Return the segments of all hops, in the order of time. Those of one hop follow each other without a gap."""
    return sorted(_Waterfall(steps, known).segments(), key=lambda one: (one.begin, one.end))


class _Waterfall:
    def __init__(self, steps: Steps, known: Known) -> None:
        self._steps, self._known = steps, known
        self._events = {place_of(event.event_id): event for event in steps.events.values() if not event.is_beside}
        self._commits: dict[tuple[str, str], dict[str, list[Commit]]] = {}
        self._decided: dict[Place, float] = {}
        for row in known.rows:
            by_event = self._commits[row.service, row.key] = dict[str, list[Commit]]()
            for commit in row.history:
                by_event.setdefault(commit.place, []).append(commit)
                self._decided[row.service, commit.place] = commit.at

    def segments(self) -> Iterator[Segment]:
        for row in self._known.rows:
            for place, commits in self._commits[row.service, row.key].items():
                if place in self._events:
                    yield from self._remembered(self._events[place], row, commits)
        for step in self._steps.steps:
            if step.row is not None:
                yield from self._told(step, step.row)

    def _remembered(self, event: Happened, row: Row, commits: Sequence[Commit]) -> Iterator[Segment]:
        """Yield the parts of a hop that the row remembers. An intent and what came of it are two commits."""
        hop = _Hop(event, row.service, row.key, self._begin(event, commits[0].came))
        was_published = self._decided_at(event) is not None
        if was_published and event.taken_at is not None and event.taken_at > hop.at:
            yield from hop.until(min(event.taken_at, commits[0].came), Kind.PUBLICATION, exact=False)
            was_published = False
        yield from hop.until(commits[0].came, Kind.BUS, exact=was_published and commits[0].attempt == 1)
        for commit in commits:
            yield from hop.until(commit.begun, Kind.QUEUE)
            yield from hop.until(commit.at, Kind.HANDLER)

    def _told(self, step: Step, row: str) -> Iterator[Segment]:
        """Yield what of a hop no history says: all of it, or what is not over."""
        event, service = step.event, step.hearing.service
        commits: Sequence[Commit] = self._commits.get((service, row), {}).get(place_of(event.event_id), ())
        begin = commits[-1].at if commits else self._begin(event, self._known.now)
        if step.reception is Reception.OPEN and step.hearing.queue is not None:
            letters = (one.since for one in self._known.dead_letters if _is_of(one.service, one.event_id, step))
            end = min(letters, default=self._known.now)
            yield from _Hop(event, service, row, begin).until(end, Kind.QUEUE, exact=False)
        elif step.reception is Reception.HANDLED and step.published:
            end = min(one.at for one in step.published)
            yield from _Hop(event, service, row, begin).until(end, Kind.HOP, exact=False)

    def _begin(self, event: Happened, came: float) -> float:
        """Return since when an event was on its way to a row: a timer, since it came."""
        decided = self._decided_at(event)
        if decided is not None:
            return min(decided, came)
        return came if event.is_timer else min(event.out_at, came)

    def _decided_at(self, event: Happened) -> float | None:
        return None if event.cause is None else self._decided.get((event.source, place_of(event.cause)))


class _Hop:
    """A hop whose parts follow each other: two clocks may differ, but no part is of less than nothing."""

    def __init__(self, event: Happened, service: str, row: str, begin: float) -> None:
        self._event, self._service, self._row, self.at = event, service, row, begin

    def until(self, end: float, kind: Kind, *, exact: bool = True) -> Iterator[Segment]:
        """Yield the next part, unless it takes no time."""
        if end > self.at:
            begin, self.at = self.at, end
            yield Segment(self._event, self._service, self._row, kind, begin, end, exact)


def _is_of(service: str, event_id: str, step: Step) -> bool:
    return service == step.hearing.service and event_id == step.event.event_id
