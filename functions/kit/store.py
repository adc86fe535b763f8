"""The event store: keeps every event as it was on the bus, under its workflow, in the order of time.

A service that hears every event is one (`Service.stores_events`). There is no row, no reaction and nothing to read: an
event is an item of its own, put if there is none yet. What of an event cannot be read is stored under what EventBridge
says of it, its own id and time, so that nothing the bus takes is missing. An event in whose place another one is, with
the same workflow, instant and id, and other content, is stored beside it and told.

What comes from outside, with which a workflow starts or is asked for something, is listed in the table's index by when
it was stored: so workflows are found without their ids.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from math import isfinite
from operator import itemgetter
from typing import Any
from zlib import crc32

from functions.kit import clock
from functions.kit.envelope import Detail, derived_id, identified
from functions.kit.errors import ContractViolation
from functions.kit.inbox import hash_of
from functions.kit.model import TRACEPARENT, Doors, rfc3339
from functions.kit.reactor import Work
from functions.kit.rows import RowStore
from functions.kit.telemetry import traced

PLAIN_BYTES = 880
"""The longest event that is stored as text. With its keys it is still one write unit, which is 1 kB (DynamoDB Developer
Guide, "On-demand mode"); a longer one is compressed, to about half."""

INDEX_BYTES = 80
"""How much longer an item is that is listed in the index."""

LISTED_PARTITIONS = 4
"""Over how many partitions of the index the events of an hour are spread: one takes 1,000 writes a second (Amazon
DynamoDB Developer Guide, "Designing partition keys")."""

PART_BYTES = 390_000
"""The most that one item holds of an event: an item is at most 400 kB with its keys (DynamoDB Developer Guide,
"Constraints"), and an event on the bus at most 1 MB."""

WHOLE_BYTES = 4_000_000
"""More than any event has that the bus takes: what is stored and becomes longer is no event, and is not read."""

WORKFLOW_BYTES, ID_BYTES = 2_048, 512
"""The most of a correlation id and of an event's id that a key takes: DynamoDB's 2,048 bytes for a partition key, and
within its 1,024 for a sort key, beside the instant (DynamoDB Developer Guide, "Constraints")."""

_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{}]', re.DOTALL)

# Numbers stay texts: here nobody counts with them, and Python reads none of over 4,300 digits.
_decoded = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str).decode


class _Number(str):
    """A number in what is compared: 1 is not the text "1"."""

    __slots__ = ()
    __repr__ = str.__str__


def _number(text: str) -> _Number:
    """Return a number that may be written in other words too, 1.0 or 1e0, in those that are the same for all."""
    number = float(text)
    if not isfinite(number):
        return _Number(text)
    return _Number(int(number) if number.is_integer() else number)


def _in_order(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    return dict(sorted(pairs, key=itemgetter(0)))


_compared = json.JSONDecoder(
    parse_int=_Number, parse_float=_number, parse_constant=_Number, object_pairs_hook=_in_order
).decode

HASH_CHARACTERS = 16
"""How much is kept of a hash, 96 bits, in the places of what is stored beside another event, or in parts."""

OF_A_DELIVERY = ("id", "time", "replay-name")
"""What EventBridge writes anew when the same event is put again, or replayed. Who puts it does so in another trace."""


class EventStore:
    """Stores each event once, given the service's table; a duplicate finds its place taken."""

    def __init__(self, rows: RowStore) -> None:
        self._rows = rows

    def decide(self, work: Work) -> None:
        """Put the items of an event. The first comes last: it says that all are there, and whether it was new."""
        with traced(work.detail["type"], work.segment):
            first, *others = items(work.detail, stored_at=clock.timestamp())
            for item in reversed(others):
                self._rows.put_new(item)
            taken = self._rows.put_new(first)
            if taken is None or not _is_other(taken, first):
                work.is_new = taken is None
                return
            beside = first | {"position": {"S": f"{work.detail['position']}#{content_of(work.detail['body'])}"}}
            work.is_new = self._rows.put_new(beside) is None
        work.contradicts = work.is_new

    def publish(self, works: Sequence[Work]) -> list[Exception | None]:
        """There is nothing to publish."""
        return [None] * len(works)


def filed(body: str, doors: Doors) -> Detail:
    """Return what a queue's record holds and where it belongs: its type, id, workflow, position and the whole body, and
    whether it comes from outside: what a service publishes has made a hop.

    What comes from outside has the identity that its hearers give it; if they refuse to, the one that its sender wrote.
    Raises ContractViolation when it holds no EventBridge event.
    """
    try:
        event = _event(body)
        bridge_id, time = _encodable(str(event["id"])), _instant(event["time"])
    except (ValueError, KeyError, TypeError):
        time = None
    if time is None:
        raise ContractViolation("the record is not an EventBridge event")
    detail = event.get("detail")
    said = detail if isinstance(detail, dict) else {}
    said = said | _identity(event, said, doors)
    event_id = _text(said.get("event_id"), ID_BYTES) or derived_id(bridge_id)
    instant = _instant(said.get("timestamp")) or time
    return {
        "event_id": event_id,
        "type": _encodable(str(event.get("detail-type"))),
        "timestamp": instant,
        "hops": 0 if str(said.get("hops", 0)) == "0" else 1,
        TRACEPARENT: said.get(TRACEPARENT),
        "correlation_id": _cut(said.get("correlation_id"), WORKFLOW_BYTES) or event_id,
        "position": f"{instant}#{event_id}",
        "body": body,
        "is_from_outside": str(said.get("hops", 0)) == "0",
    }


def _identity(event: dict[str, Any], said: dict[str, Any], doors: Doors) -> Detail:
    """Return the identity that we give an event from outside; none to what was not, or cannot be given one."""
    door = event.get("source"), event.get("detail-type")
    try:
        return identified({**event, "detail": said}, doors[door])  # type: ignore[index]
    except (ContractViolation, KeyError, TypeError):
        return {}


def listed_partition(hour: str, number: int) -> str:
    """Return a partition of the index: of an hour in UTC, as RFC 3339 begins with it (2026-01-31T23)."""
    return f"stored#{hour}#{number}"


def _listing(detail: Detail, stored_at: str) -> dict[str, Any]:
    number = crc32(detail["correlation_id"].encode()) % LISTED_PARTITIONS
    partition = listed_partition(stored_at[: len("2026-01-31T23")], number)
    return {"index_partition": {"S": partition}, "index_position": {"S": stored_at}}


def items(detail: Detail, stored_at: str) -> Iterator[dict[str, Any]]:
    """Yield the items of an event: one, and more of what is compressed and still too much for one.

    `stored_at`: the instant by which it is listed, if it comes from outside.
    """
    key, position = {"pk": {"S": detail["correlation_id"]}}, detail["position"]
    plain = detail["body"].encode("utf-8", "backslashreplace")
    listing = _listing(detail, stored_at) if detail["is_from_outside"] else {}
    first = {**key, "position": {"S": position}, "type": {"S": detail["type"]}, **listing}
    if len(plain) <= PLAIN_BYTES - (INDEX_BYTES if listing else 0):
        yield {**first, "event": {"S": plain.decode()}}
        return
    packed = zlib.compress(plain)
    if len(packed) <= PART_BYTES:
        yield {**first, "event": {"B": packed}}
        return
    parts = f"{position}#{hash_of(detail['body'], HASH_CHARACTERS)}"
    content = {"content": {"S": content_of(detail["body"])}, "parts": {"S": parts}}
    yield {**first, **content, "event": {"B": packed[:PART_BYTES]}}
    for part, start in enumerate(range(PART_BYTES, len(packed), PART_BYTES), start=1):
        place = {"S": f"{parts}#{part}"}
        yield {**key, "position": place, "event": {"B": packed[start : start + PART_BYTES]}}


def content_of(body: str) -> str:
    """Return what tells an event from others, whenever it is delivered."""
    try:
        event = {name: value for name, value in _compared(body).items() if name not in OF_A_DELIVERY}
        if isinstance(detail := event.get("detail"), dict):
            detail.pop(TRACEPARENT, None)
        said = repr(event)
    except RecursionError:  # EventBridge's own fields come first
        said = body[body.find('"detail":') :]
    return hash_of(said, HASH_CHARACTERS)


def _is_other(taken: Mapping[str, Any], item: Mapping[str, Any]) -> bool:
    """Whether the first item of an event, as it is stored, is of another one than this first item."""
    return _content(taken) != _content(item)


def _content(item: Mapping[str, Any]) -> str:
    said: str = item["content"]["S"] if "content" in item else content_of(unpacked(*item["event"].values()))
    return said


def unpacked(*parts: str | bytes) -> str:
    """Return the text of an event, given the attribute `event` of its items, in the order of their positions.

    Raises zlib.error for what is none: a part is missing, or it is longer than an event can be.
    """
    packed = b"".join(part for part in parts if isinstance(part, bytes))
    return _inflated(packed).decode() if packed else "".join(part for part in parts if isinstance(part, str))


def _inflated(packed: bytes) -> bytes:
    inflating = zlib.decompressobj()
    plain = inflating.decompress(packed, WHOLE_BYTES)
    if not inflating.eof:
        raise zlib.error(f"what is stored is not whole, or is over {WHOLE_BYTES} bytes long")
    return plain


def whole_events(items: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the texts of the events that these items hold, all of one workflow, in the order of their positions."""
    found = {item["position"]["S"]: item for item in items}
    return [_whole(found[position], found) for position in sorted(found) if "type" in found[position]]


def _whole(first: Mapping[str, Any], found: Mapping[str, Mapping[str, Any]]) -> str:
    parts = [first]
    while "parts" in first and (further := found.get(f"{first['parts']['S']}#{len(parts)}")) is not None:
        parts.append(further)
    return unpacked(*(value for part in parts for value in part["event"].values()))


def _event(body: str) -> dict[str, Any]:
    """Read an event as deep as its detail's own fields. Raises ValueError, or TypeError for what is no object."""
    try:
        event = _decoded(body)
    except RecursionError:
        event = _decoded(shallow(body))
    if not isinstance(event, dict):
        raise TypeError(type(event).__name__)
    return event


def shallow(body: str) -> str:
    """Return the JSON text with null for all that lies deeper than the fields of the detail."""
    kept, depth, start = [], 0, 0
    for token in _TOKEN.finditer(body):
        if token[0] in ("[", "{"):
            depth += 1
            if depth == 3:
                kept.append(body[start : token.start()] + "null")
        elif token[0] in ("]", "}"):
            if depth == 3:
                start = token.end()
            depth -= 1
    return "".join((*kept, body[start:]))


def _instant(text: Any) -> str | None:
    """Return an instant with its offset in UTC, to the millisecond, so that text order is time order; None for else."""
    try:
        instant = datetime.fromisoformat(text)
        return rfc3339(instant.astimezone(UTC)) if instant.tzinfo is not None else None
    except (ValueError, TypeError, OverflowError):
        return None


def _encodable(text: str) -> str:
    """Return a text as DynamoDB takes it, with halves of surrogate pairs written out."""
    return text.encode("utf-8", "backslashreplace").decode()


def _text(value: Any, longest: int) -> str | None:
    """Return a text that is not empty and whole within so many bytes; None for anything else."""
    cut = _cut(value, longest)
    return cut if cut == value else None


def _cut(value: Any, longest: int) -> str | None:
    """Return the beginning of a text that a key can hold; None for what is no text, or an empty one."""
    if not isinstance(value, str):
        return None
    return value.encode("utf-8", "backslashreplace")[:longest].decode("utf-8", "ignore") or None
