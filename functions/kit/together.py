"""Handles a batch together: one read of its rows, and one transaction of the decisions that move counters or totals.

Ten events that add to one item of totals are eleven writes instead of twenty, and meet the other workers once instead
of ten times. A service whose reactions have effects does not wait: its events are read and committed one by one.

A row that was read ahead may be older by the few events before it. That does no harm: the commit is conditional.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from functions.kit import clock
from functions.kit.errors import Kind, TransactionTooLarge, VersionConflict
from functions.kit.faults import kind_of
from functions.kit.reactor import Reactor, Work
from functions.kit.telemetry import described, logger

ATTEMPTS = 4
"""How often decisions are tried together, before they go in two halves."""

FIRST_PAUSE_SECONDS = 0.02
"""The longest pause after the first conflict; each later one is twice as long (`clock.pause`)."""


class Together:
    """Decides the events of a batch, and commits what they decided.

    `decide` has one loaded, decided and committed, or its decision kept for later (`Work.decision`); the second
    argument says whether that may be tried without reading the row.
    """

    def __init__(self, reactor: Reactor, decide: Callable[[Work, bool], None]) -> None:
        self._reactor = reactor
        self._decide = decide
        self._faults: dict[int, Exception] = {}

    def handle(self, works: Sequence[Work]) -> list[Exception | None]:
        """Decide and commit these events, those of one row one after the other; return what each one met, or None."""
        self._faults = {}
        self._read_ahead(works)
        later = list(works)
        while later:
            later = self._turned(later)
            self._commit([work for work in works if work.decision is not None and id(work) not in self._faults])
        return [self._faults.get(id(work)) for work in works]

    def _read_ahead(self, works: Sequence[Work]) -> None:
        """Read the rows by one call. Whatever it meets: those that are missing are read one by one."""
        try:
            self._reactor.read_ahead(works)
        except Exception as fault:
            logger.info("RowsNotReadAhead", extra={"reason": described(fault)})

    def _turned(self, works: list[Work]) -> list[Work]:
        """Decide those events whose rows wait for nothing; return the others, which come when that is committed."""
        later, waiting = [], set()
        for work in works:
            key = work.row.key
            if key in waiting:
                later.append(work)
                continue
            try:
                self._decide(work, True)
            except Exception as fault:  # whatever one meets, the others are handled
                self._faults[id(work)] = fault
            if work.decision is not None:
                waiting.add(key)
        return later

    def _commit(self, wave: list[Work]) -> None:
        """Commit decisions of different rows in one transaction; in two halves if it is too large for one, or meets
        others again and again: what goes by itself, one after the other, would meet more of them."""
        if len(wave) < 2:
            self._each(wave)
            return
        try:
            self._all(wave)
        except (TransactionTooLarge, VersionConflict):
            half = len(wave) // 2
            self._commit(wave[:half])
            self._commit(wave[half:])
        except Exception as fault:
            if kind_of(fault) is Kind.OUTAGE:  # by itself none would fare better
                self._faults |= {id(work): fault for work in wave}
            else:  # such as a counter that holds enough for some
                self._each(wave)

    def _all(self, wave: list[Work]) -> None:
        """Commit them; after a conflict a few times again, decided anew if a row has changed.

        Raises VersionConflict, and what else the transaction met.
        """
        for attempt in range(ATTEMPTS):
            ready = [work for work in wave if work.decision is not None]
            try:
                if ready:
                    self._reactor.commit_together(ready)
                return
            except VersionConflict as conflict:
                if attempt == ATTEMPTS - 1:
                    raise
                is_passing = conflict.is_passing
            clock.pause(FIRST_PAUSE_SECONDS * 2**attempt)
            if not is_passing:
                self._anew(ready)

    def _anew(self, works: list[Work]) -> None:
        """Decide them again, with their rows as they are now."""
        self._read_ahead(works)
        for work in works:
            work.decision = None
            try:
                self._decide(work, False)
            except Exception as fault:
                self._faults[id(work)] = fault

    def _each(self, wave: list[Work]) -> None:
        """Commit each by itself, as it was decided, and decided anew if its row has changed since."""
        for work in wave:
            decision, work.decision, work.joins = work.decision, None, False
            if decision is None:
                continue
            try:
                try:
                    self._reactor.commit(work, decision)
                except VersionConflict:
                    self._decide(work, False)
            except Exception as fault:
                self._faults[id(work)] = fault
