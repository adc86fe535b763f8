"""What becomes of a queue's record that was not handled: it waits in its queue, or it goes to the DLQ with a reason.

Waiting spends nothing. A record that waits is hidden for some seconds; now and then it is sent again as a delayed copy
that carries its history in one attribute, and the original is forgotten, so that its receives begin anew. Of a record
that is received more often than that, the function died while it handled it, or never began: it is sent again *marked*,
is then handled last in its batch and by itself, and is given up if the function dies again.

Copies are few, and a record of which a newer copy exists makes none (`copies.py`): their number would grow.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from enum import Enum, auto
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any
from zlib import crc32

from functions.kit import clock
from functions.kit.errors import Kind, StateUnreadable, Unavailable
from functions.kit.faults import kind_of

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

    from functions.kit.copies import Copies, CopiesUntold

Record = dict[str, Any]

HISTORY = "history"
"""The message attribute that a copy carries its history in."""

REDRIVES = "redrives"
"""The message attribute by which whoever redrives a dead letter says how often that was done. It stays with the event,
also when it is a dead letter once more."""

FIRST_COPY, FEWER_COPIES, MOST_HIDES = 3, 3, 200
"""The first copy is made at this wait, each next one at so many times the waits, but after this many at the latest."""

LONGEST_DELAY_SECONDS = 60
"""Short enough that nothing that is due after an outage comes too late because of it."""

LONGEST_COPY_DELAY_SECONDS = 900
"""The longest that SQS delays a message (Amazon SQS API Reference, SendMessage, DelaySeconds)."""

TRIES = 5
TRY_AGAIN_SECONDS = (2, 8, 30, 60)
"""How often an event is tried that meets a fault which nobody declared, and the pauses between; the last repeats."""

APART_SECONDS = 120
"""Over how long marked records that came together are spread, so that one cannot take another down with it."""

PATIENCE_SECONDS = 13 * 24 * 60 * 60.0
"""How long an event waits unless its reaction says otherwise: a day less than a queue's retention can be."""

LARGEST_MESSAGE, ROOM_FOR_ATTRIBUTES = 1_048_576, 9_000
"""Bytes of a message with its attributes (Amazon SQS API Reference, SendMessage and MessageAttributeValue), and what of
them the longest reason and the longest `redrives` take. A record without that room is not sent again: it goes to the
DLQ, with no reason."""

DEAD_LETTER_SUFFIX = "-dlq"
LONGEST_REASON = 500
"""Characters of a dead letter's reason."""


@dataclass(frozen=True, slots=True)
class History:
    """What a copy knows of the records before it.

    `since`: when it began to wait (seconds since 1970). `waits`, `attempts`: how often it waited, and met a fault which
    nobody declared. `marked`: the function died at it before. `copies`: how often it was sent again.
    """

    since: float = 0.0
    waits: int = 0
    attempts: int = 0
    marked: bool = False
    copies: int = 0


NEW = History()
"""That of a record that was never sent again."""

GIVEN_UP = 10**9
"""The `copies` of a dead letter: it is newer than all that wait with it."""


@dataclass(frozen=True, slots=True)
class Policy:
    """How long (seconds) the reaction to an event lets it wait, and how often it is tried after an undeclared fault."""

    patience: float = PATIENCE_SECONDS
    tries: int = TRIES

    @classmethod
    def of(cls, patience: timedelta | None, tries: int | None) -> Policy:
        """Return what a reaction declares, or else what is usual."""
        longest = PATIENCE_SECONDS if patience is None else min(patience.total_seconds(), PATIENCE_SECONDS)
        return cls(longest, TRIES if tries is None else tries)


class Settled(Enum):
    """What became of a record that was not handled. `DROPPED`: a newer copy of it exists, and it is forgotten."""

    HIDDEN, COPIED, GIVEN_UP, DROPPED = auto(), auto(), auto(), auto()


class Waiting:
    """Lets records wait, or gives them up. Its SQS client is made at the first failure: most invocations need none."""

    def __init__(self, queues: Callable[[], SQSClient], copies: Copies | CopiesUntold) -> None:
        self._queues = queues
        self._copies = copies

    def settle(self, record: Record, fault: Exception, reason: str, policy: Policy) -> Settled:
        """Let a record that met a fault wait, or give it up. Its queue may forget all but a hidden one."""
        history, kind = history_of(record), kind_of(fault)
        if kind is Kind.PERHAPS:
            history = replace(history, attempts=history.attempts + 1)
        delay = _delay(record, history, kind, fault.retry_after if isinstance(fault, Unavailable) else None)
        waited = receives(record)
        copies = kind is Kind.PERHAPS or history.marked or history.waits + waited >= next_copy(history.waits)
        gives_up = kind is Kind.NEVER or (kind is Kind.PERHAPS and history.attempts >= policy.tries)
        gives_up = gives_up or (copies and not _has_room(record))
        gives_up = gives_up or clock.now() + delay - since_of(record) > policy.patience
        if (gives_up or copies) and self._copies.has_newer(record):
            return Settled.DROPPED
        if gives_up:
            spent = "" if kind is Kind.NEVER else f" ({_spent(record, history)})"
            self.dead_letter(record, reason[: LONGEST_REASON - len(spent)] + spent)
            return Settled.GIVEN_UP
        if copies:
            # What was marked counts anew, so that it is marked again soon if the function dies at it again. What was
            # left to newer code was not tried.
            marked = history.marked and isinstance(fault, StateUnreadable)
            waits = 0 if history.marked and not marked else history.waits + waited
            self._copy(record, replace(history, waits=waits, marked=marked), delay, reason)
            return Settled.COPIED
        self._hide(record, delay)
        return Settled.HIDDEN

    def mark(self, record: Record, reason: str) -> None:
        """Send a record again, marked, so that it comes at another time than what it came with."""
        history = history_of(record)
        if self._copies.has_newer(record):
            return
        if not _has_room(record):
            self.dead_letter(record, "")
            return
        waits = history.waits if history.marked else history.waits + receives(record)
        self._copy(record, replace(history, waits=waits, marked=True), 1 + _spread(record, APART_SECONDS), reason)

    def forget(self, record: Record) -> None:
        """Delete a record that was handled before the function ends: what comes next may end it."""
        self._client.delete_message(QueueUrl=self._url(record), ReceiptHandle=record["receiptHandle"])

    def dead_letter(self, record: Record, reason: str) -> None:
        """Send the record, as it came, to its queue's DLQ with the reason as an attribute. Its history ends here: when
        it is redriven it is tried as if it were new."""
        text = "".join(one if one.isprintable() else " " for one in reason[:LONGEST_REASON])
        self._send(record, DEAD_LETTER_SUFFIX, {"reason": text} if _has_room(record) else {}, 0)
        if history_of(record).since:  # else none waits with it, and most dead letters are such
            self._copies.sent(record, (since_of(record), GIVEN_UP), text)

    def _hide(self, record: Record, delay: int) -> None:
        self._client.change_message_visibility(
            QueueUrl=self._url(record), ReceiptHandle=record["receiptHandle"], VisibilityTimeout=delay
        )

    def _copy(self, record: Record, history: History, delay: int, reason: str) -> None:
        kept = replace(history, since=since_of(record), copies=history.copies + 1)
        self._send(record, "", {HISTORY: json.dumps(asdict(kept))}, min(delay, LONGEST_COPY_DELAY_SECONDS))
        self._copies.sent(record, (kept.since, kept.copies), reason)

    def _send(self, record: Record, suffix: str, attributes: dict[str, str], delay: int) -> None:
        trace = record["attributes"].get("AWSTraceHeader")
        attributes = _redrives(record) | attributes
        self._client.send_message(
            QueueUrl=self._url(record) + suffix,
            MessageBody=record["body"],
            DelaySeconds=delay,
            MessageAttributes={name: {"DataType": "String", "StringValue": text} for name, text in attributes.items()},
            MessageSystemAttributes=({"AWSTraceHeader": {"DataType": "String", "StringValue": trace}} if trace else {}),
        )

    @cached_property
    def _client(self) -> SQSClient:
        return self._queues()

    def _url(self, record: Record) -> str:
        *_, account, name = record["eventSourceARN"].split(":")
        return f"{self._client.meta.endpoint_url}/{account}/{name}"


def history_of(record: Record) -> History:
    """Return what a record carries of its history; that of a new one is empty."""
    attributes = record.get("messageAttributes")
    if not attributes or HISTORY not in attributes:
        return NEW
    return _history(attributes[HISTORY].get("stringValue", ""))


@lru_cache(maxsize=128)  # it is asked for several times in an invocation
def _history(text: str) -> History:
    try:
        told = json.loads(text)
        counts = (int(told["waits"]), int(told["attempts"]), bool(told["marked"]), int(told["copies"]))
        return History(float(told["since"]), *counts)
    except (KeyError, TypeError, ValueError, OverflowError):  # one that anybody sent to the queue
        return NEW


def _redrives(record: Record) -> dict[str, str]:
    """Return what a record says of its redrives, as an attribute of the next one."""
    said = record.get("messageAttributes", {}).get(REDRIVES, {}).get("stringValue")
    return {REDRIVES: said} if said else {}


def _has_room(record: Record) -> bool:
    """Whether a message with the record's body can have attributes."""
    return len(record["body"].encode("utf-8", "surrogatepass")) <= LARGEST_MESSAGE - ROOM_FOR_ATTRIBUTES


def receives(record: Record) -> int:
    """Return how often the record was received, this time included."""
    return int(record["attributes"]["ApproximateReceiveCount"])


def next_copy(waits: int) -> int:
    """Return at which wait a record is copied that was last copied after so many."""
    return max(FIRST_COPY, min(FEWER_COPIES * waits, waits + MOST_HIDES))


def is_suspect(record: Record) -> bool:
    """Whether a record was received more often than its waits explain: the function died, or never began with it."""
    history = history_of(record)
    return not history.marked and history.waits + receives(record) > next_copy(history.waits)


def parted(records: Sequence[Record]) -> tuple[list[Record], list[Record]]:
    """Return what of a batch is begun with now, what may end the function last, and what is set apart: sent again,
    marked."""
    begun: list[Record] = []
    apart: list[Record] = []
    for record in records:
        (apart if is_suspect(record) else begun).append(record)
    return sorted(begun, key=lambda record: history_of(record).marked), apart


def since_of(record: Record) -> float:
    """Return since when a record waits, by the clock of SQS: since it, or what it is a copy of, was received first."""
    first = float(record["attributes"]["ApproximateFirstReceiveTimestamp"]) / 1_000
    return history_of(record).since or first


def came_at(record: Record) -> float:
    """Return when a record came into its queue, by the clock of SQS; a copy: when what it is a copy of was received."""
    sent = float(record["attributes"]["SentTimestamp"]) / 1_000
    return min(sent, history_of(record).since or sent)


def _spent(record: Record, history: History) -> str:
    waits = history.waits + receives(record) - 1
    return f"waited {clock.now() - since_of(record):,.0f} s, {waits} times; tried {history.attempts} times"


def _delay(record: Record, history: History, kind: Kind, wanted: float | None) -> int:
    """Return for how many seconds a record waits: doubling up to a minute, each record somewhat different.

    `wanted`: in how many seconds what is down is asked again. It is then given a few seconds to answer.
    """
    if kind is Kind.PERHAPS:
        return TRY_AGAIN_SECONDS[min(history.attempts, len(TRY_AGAIN_SECONDS)) - 1]
    if wanted is not None:
        return min(LONGEST_COPY_DELAY_SECONDS, int(wanted) + 1 + _spread(record, 5))
    waits = history.waits + receives(record)
    delay = min(LONGEST_DELAY_SECONDS, 1 << min(waits, 16))
    return max(1, delay * (750 + _spread(record, 251)) // 1_000)


def _spread(record: Record, upto: int) -> int:
    """Return a number from 0 to below `upto` that differs by record and receive, and is the same in the same run."""
    return crc32(f"{record['messageId']}/{receives(record)}".encode()) % upto
