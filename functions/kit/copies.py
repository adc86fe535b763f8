"""What a service's table remembers of a record that was sent again: its newest copy, and how often it was begun.

A function that dies between a copy and the forgetting leaves two records, and so does an answer of SQS that is lost.
Each would be sent again in turn, and given up by itself, and redriven: their number would grow without end. So the
order of a copy is noted once it is sent, and a record that is older than what is noted is not sent again but forgotten:
one with the same body waits, is a dead letter, or was handled. No clock of a function tells which is older: `since` is
a time of SQS, and a redriven record has a later one. Beside it stands why it was sent again, for whoever asks: what
waits in a queue nobody can look at.

Receives do not say how often the function died at a marked record: it is received as well while the function cannot
begin, for want of capacity or after a bad deployment. So each begin is noted before, and taken back with its answer.
"""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from typing import Any

from functions.kit import clock
from functions.kit.errors import FunctionDied
from functions.kit.rows import DAY_SECONDS, Commit, Row, RowStore
from functions.kit.telemetry import described, logger
from functions.kit.waiting import Record, history_of, receives, since_of

COPIES = "kit#copies#"
"""What the keys of the rows begin with that remember it, before a digest of the record's body: a copy has the same."""

MOST_BEGINS = 3
"""So often a marked record is begun. The function died at it before it was marked, too, or did not begin."""

MOST_RECEIVES = 20
"""The same where nothing can be noted: an event store's function may only put events, and hardly anything ends it."""

MOST_KNOWN = 1_000
"""Of so many records a worker itself remembers the newest copy: a table that is out tells nothing."""

NOTHING_KNOWN = {"begins": 0, "since": 0.0, "copies": 0, "reason": ""}

Order = tuple[float, int]
"""`since` and `copies` of a history: of two records with one body the greater is the newer."""


class Copies:
    """Remembers copies in the service's table. What cannot be noted is not known later, and costs one more copy."""

    def __init__(self, rows: RowStore) -> None:
        self._rows = rows
        self._known: dict[str, Order] = {}

    def begin(self, record: Record) -> None:
        """Note that the function begins with a marked record.

        Raises FunctionDied when it gave no answer too often, and what DynamoDB raised.
        """
        row = self._row(record)
        begins = row.state["begins"]
        lost = begins >= MOST_BEGINS
        self._write(row, begins=0 if lost else begins + 1)  # a redrive begins anew
        if lost:
            raise _death(begins)

    def answered(self, record: Record, *, was_tried: bool = True) -> None:
        """Note that the function gave an answer; for a record that it left to newer code, that it did not begin.

        Raises what DynamoDB raised.
        """
        row = self._row(record)
        self._write(row, begins=0 if was_tried else max(0, row.state["begins"] - 1))

    def has_newer(self, record: Record) -> bool:
        """Whether a newer record with the same body was sent; False as well when that cannot be read."""
        if not history_of(record).since:
            return False  # the first of its life: there can be none that is not older
        order = _order(record)
        if order < self._known.get(_key(record), order):
            return True
        try:
            return order < _noted(self._row(record))
        except Exception as fault:
            logger.info("CopyNotKnown", extra={"reason": described(fault), "message_id": record["messageId"]})
            return False

    def sent(self, record: Record, order: Order, reason: str) -> None:
        """Note that the record was sent again, as what has this order, and why."""
        key = _key(record)
        known = self._known.pop(key, order)
        self._known[key] = max(known, order)
        if len(self._known) > MOST_KNOWN:
            del self._known[next(iter(self._known))]
        try:
            row = self._row(record)
            if _noted(row) < order:
                self._write(row, since=order[0], copies=order[1], reason=reason)
        except Exception as fault:
            logger.info("CopyNotNoted", extra={"reason": described(fault), "message_id": record["messageId"]})

    def _row(self, record: Record) -> Row:
        row = self._rows.load(_key(record))
        return replace(row, state=NOTHING_KNOWN | (row.state or {}))

    def _write(self, row: Row, **changed: Any) -> None:
        self._rows.commit(Commit(replace(row, state=row.state | changed), keep_seconds=DAY_SECONDS), clock.now())


class CopiesUntold:
    """Remembers nothing, and takes a record's receives for begins."""

    def begin(self, record: Record) -> None:
        """Raise FunctionDied when the record was received too often."""
        if receives(record) > MOST_RECEIVES:
            raise _death(receives(record) - 1)

    def answered(self, record: Record, *, was_tried: bool = True) -> None:
        """There is nothing to note."""

    def has_newer(self, record: Record) -> bool:
        """It is not known."""
        return False

    def sent(self, record: Record, order: Order, reason: str) -> None:
        """There is nothing to note."""


def _key(record: Record) -> str:
    return COPIES + sha256(record["body"].encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _order(record: Record) -> Order:
    return since_of(record), history_of(record).copies


def _noted(row: Row) -> Order:
    return row.state["since"], row.state["copies"]


def _death(times: int) -> FunctionDied:
    return FunctionDied(f"the function ended before it had handled the event, {times} times after it was set apart")
