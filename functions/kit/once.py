"""Handles each event exactly once: decides anew after a conflict, and publishes what was decided.

The queue delivers the event again until its outbox is out: an event that the inbox knows, but whose outbox is still in
the row, publishes it. So nothing is lost between the commit and the bus, and no clock has to tell what is under way.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from functions.kit import clock
from functions.kit.errors import BreakerOpen, Kind, VersionConflict
from functions.kit.faults import kind_of
from functions.kit.publisher import Publisher
from functions.kit.reactor import Outbox, Reactor, Work
from functions.kit.rows import Row, RowStore
from functions.kit.telemetry import described, logger, traced
from functions.kit.together import FIRST_PAUSE_SECONDS, Together

ATTEMPTS = 3
"""How often an event is decided anew after a conflict, before the queue delivers it later."""

NOTHING = Outbox('{"trace_header":"","events":[]}')
"""The outbox of an event because of which nothing is published."""


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
        self._together = Together(reactor, self._decide) if reactor.is_for_batches else None

    def decide(self, work: Work) -> None:
        """Load, react and commit, or find out that it is a duplicate. What is to be published is in the work's row.

        Without effects all that is left to `publish`, which does it for a batch together; but that the event names its
        row. Raises ContractViolation when it does not, and what the reaction, an effect or DynamoDB raised;
        VersionConflict only after some attempts.
        """
        if self._together is not None:
            work.row, work.joins = Row(self._reactor.key(work.detail)), True
        else:
            self._decide(work, True)

    def publish(self, works: Sequence[Work]) -> list[Exception | None]:
        """Decide and commit what is not yet, and publish what is in the outboxes of these events; return the fault that
        each one met, or None."""
        unmet: list[Exception | None] = [None] * len(works)
        faults = unmet if self._together is None else self._together.handle(works)
        if self._publisher is None:
            return faults
        outboxes = [work.outbox if fault is None else None for work, fault in zip(works, faults, strict=True)]
        met = self._publisher.publish([outbox or NOTHING for outbox in outboxes])
        for work, outbox, fault in zip(works, outboxes, met, strict=True):
            if fault is None and outbox is not None:
                self._note_published(work)
        return [after if fault is None else fault for fault, after in zip(faults, met, strict=True)]

    def _decide(self, work: Work, assumes: bool) -> None:
        with traced(work.detail["type"], work.segment):
            work.is_new = (assumes and self._assumed(work)) or self._decided(work)

    def _assumed(self, work: Work) -> bool:
        """Try without reading the row, where there usually is none yet; say whether that did it.

        Whatever an attempt met before it wrote anything may come from the assumption, and counts for nothing; but for
        a table that does not answer, which is not asked a second time.
        """
        if not self._reactor.assumes(work.detail):
            return False
        try:
            return self._guard.handle(work, self._reactor.assume)
        except Exception as fault:
            has_no_answer = kind_of(fault) is Kind.OUTAGE and not isinstance(fault, BreakerOpen)
            if has_no_answer or not work.row.is_assumed:
                raise
            return False

    def _decided(self, work: Work) -> bool:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return self._guard.handle(work, self._reactor.load)
            except VersionConflict:
                if attempt == ATTEMPTS:
                    raise
                clock.pause(FIRST_PAUSE_SECONDS * 2 ** (attempt - 1))
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _note_published(self, work: Work) -> None:
        """Take the outbox out of the row. If that fails, it is published once more when the event comes again."""
        try:
            self._rows.published(work.row.key, work.detail["event_id"])
        except Exception as fault:
            logger.info("OutboxNotEmptied", extra=work.identity | {"reason": described(fault)})
