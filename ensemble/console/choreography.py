"""What is declared of who hears what, as the console asks it of an event. Pure."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Sequence
from types import MappingProxyType

from ensemble.trace.known import Happened, Hearing
from ensemble.trace.lines import Promises


class Choreography:
    """`hearings`: who hears what. `undoing`: the types of events off the happy path. `spine`: the types of the longest
    happy way, in their order. `promises`: by when workflows are to end, and with what."""

    def __init__(
        self,
        hearings: Sequence[Hearing],
        undoing: Collection[str],
        spine: Sequence[str],
        promises: Promises = MappingProxyType({}),
    ) -> None:
        self._promises = promises
        self._promised = {(service, type) for service, promise in promises.values() for type in promise.ends}
        self.undoing, self.spine = frozenset(undoing), tuple(spine)
        self._services = {one.service for one in hearings}
        self._heard: dict[tuple[str, str], list[Hearing]] = defaultdict(list)
        for one in hearings:
            self._heard[one.source, one.event].append(one)

    def heard(self, event: Happened) -> Sequence[Hearing]:
        """Return who hears an event."""
        return self._heard.get((event.source, event.type), ())

    def key_of(self, event: Happened) -> str:
        """Return the key that an event is known by; nothing where it has none."""
        keys = (event.values[one.key] for one in self.heard(event) if one.key in event.values)
        return next(keys, next(iter(event.values.values()), ""))

    def deadline(self, first: Happened) -> float:
        """Return until when the workflow is to have ended that an event begins, in seconds since 1970: infinity where
        nobody promises that."""
        if first.type not in self._promises:
            return math.inf
        _, promise = self._promises[first.type]
        return first.at + promise.within.total_seconds()

    def is_promised_end(self, event: Happened) -> bool:
        """Whether an event is one with which a service says that a workflow has ended."""
        return (event.source, event.type) in self._promised

    def is_ending(self, event: Happened) -> bool:
        """Whether it is a service's event that nobody answers with another one."""
        is_ours = event.source in self._services and event.cause is not None
        return is_ours and not any(one.publishes for one in self.heard(event))
