"""Handles each event exactly once: decides anew after a conflict, and publishes what was decided.

The queue delivers the event again until its outbox is out: an event that the inbox knows, but whose outbox is still in
the row, publishes it. So nothing is lost between the commit and the bus, and no clock has to tell what is under way.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from functions.kit.envelope import Detail
from functions.kit.errors import TooLittleTime, VersionConflict
from functions.kit.faults import kind_of
from functions.kit.publisher import Publisher
from functions.kit.reactor import Reactor, Work
from functions.kit.rows import RowStore
from functions.kit.telemetry import described, logger

ATTEMPTS = 3
"""How often an event is decided anew at once after a conflict, before the queue delivers it later."""

HasTime = Callable[[], bool]
"""Whether the invocation has time for one more call that fails."""


class Guard(Protocol):
    """Lets one attempt change the row once: `Idempotency`, but for a simulation that leaves Powertools out."""

    def __init__(self, reactor: Reactor) -> None: ...

    def handle(self, work: Work, load: Callable[[Work], None]) -> bool:
        """Load, react and commit; return whether the event was new. Raises VersionConflict."""
        ...


class Once:
    """Handles events exactly once; `publisher`: None for a service that publishes nothing."""

    def __init__(self, reactor: Reactor, rows: RowStore, guard: Guard, publisher: Publisher | None) -> None:
        self._reactor = reactor
        self._rows = rows
        self._guard = guard
        self._publisher = publisher

    def handle(self, detail: Detail, has_time: HasTime) -> bool:
        """Load, react, commit and publish; return whether the event was new, and not a duplicate.

        Raises what the reaction, an effect, DynamoDB or EventBridge raised; VersionConflict only after some attempts.
        """
        work = Work(detail)
        is_new = self._assumed(work) or self._decided(work)
        outbox = work.row.unpublished.get(detail["event_id"])
        if outbox is not None and self._publisher is not None:
            if not has_time():
                raise TooLittleTime("the invocation had too little time left to publish")
            self._publisher.publish(outbox)
            self._note_published(work, has_time)
        return is_new

    def _assumed(self, work: Work) -> bool:
        """Try without reading the row, where there usually is none yet; say whether that did it.

        Whatever an attempt met before it wrote anything may come from the assumption, and counts for nothing.
        """
        if not self._reactor.assumes(work.detail):
            return False
        try:
            return self._guard.handle(work, self._reactor.assume)
        except Exception:
            if not work.row.is_assumed:
                raise
            return False

    def _decided(self, work: Work) -> bool:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return self._guard.handle(work, self._reactor.load)
            except VersionConflict:
                if attempt == ATTEMPTS:
                    raise
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _note_published(self, work: Work, has_time: HasTime) -> None:
        """Take the outbox out of the row. If that fails, it is published once more when the event comes again."""
        if not has_time():
            return
        try:
            self._rows.published(work.row.key, work.detail["event_id"])
        except Exception as fault:
            logger.info("the outbox stays in its row", extra={"reason": described(fault), "kind": kind_of(fault)})
