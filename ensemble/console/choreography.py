"""What is declared of who hears what, as the console asks it of an event. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence

from ensemble.trace.known import Happened, Hearing


class Choreography:
    """`hearings`: who hears what. `undoing`: the types of events off the happy path. `spine`: the types of the longest
    happy way, in their order."""

    def __init__(self, hearings: Sequence[Hearing], undoing: Collection[str], spine: Sequence[str]) -> None:
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

    def is_ending(self, event: Happened) -> bool:
        """Whether it is a service's event that nobody answers with another one."""
        is_ours = event.source in self._services and event.cause is not None
        return is_ours and not any(one.publishes for one in self.heard(event))
