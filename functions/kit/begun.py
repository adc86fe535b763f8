"""How often the function began with a marked record and gave no answer for it: then the record is given up.

Receives do not say that: a record is received as well while the function cannot begin, for want of capacity or after a
bad deployment. So it is noted in the service's table before a marked record is begun, and taken back with its answer.
"""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

from functions.kit import clock
from functions.kit.errors import FunctionDied
from functions.kit.rows import DAY_SECONDS, Commit, Row, RowStore
from functions.kit.waiting import Record, receives

BEGUN = "kit#begun#"
"""What the keys of the rows begin with that note it, before a digest of the record's body: a copy has the same."""

MOST_BEGINS = 3
"""So often a marked record is begun. The function died at it before it was marked, too, or did not begin."""

MOST_RECEIVES = 20
"""The same where nothing can be noted: an event store's function may only put events, and hardly anything ends it."""


class Begun:
    """Notes, in the service's table, with which marked records the function began."""

    def __init__(self, rows: RowStore) -> None:
        self._rows = rows

    def note(self, record: Record) -> None:
        """Note that the function begins with the record. Raises FunctionDied when it gave no answer too often."""
        row = self._rows.load(_key(record))
        times = row.state or 0
        lost = times >= MOST_BEGINS
        self._write(replace(row, state=0 if lost else times + 1))  # a redrive begins anew
        if lost:
            raise _death(times)

    def answered(self, record: Record, *, was_tried: bool = True) -> None:
        """Note that the function gave an answer; for a record that it left to newer code, that it did not begin."""
        row = self._rows.load(_key(record))
        self._write(replace(row, state=0 if was_tried else max(0, (row.state or 0) - 1)))

    def _write(self, row: Row) -> None:
        self._rows.commit(Commit(row, keep_seconds=DAY_SECONDS), clock.now())


class BegunByReceives:
    """Takes a record's receives for begins."""

    def note(self, record: Record) -> None:
        """Raise FunctionDied when the record was received too often."""
        if receives(record) > MOST_RECEIVES:
            raise _death(receives(record) - 1)

    def answered(self, record: Record, *, was_tried: bool = True) -> None:
        """There is nothing to note."""


def _key(record: Record) -> str:
    return BEGUN + sha256(record["body"].encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _death(times: int) -> FunctionDied:
    return FunctionDied(f"the function ended before it had handled the event, {times} times after it was set apart")
