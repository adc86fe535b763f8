"""The events in an event store's table: read back from their items, and written there again with less in them."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ensemble.command_line.stage.erasing import Erasing, subjects_in
from ensemble.contracts.schemas import Schemas
from functions.kit.model import KIT_FIELDS
from functions.kit.store import PART_BYTES, shallow, unpacked

Item = Mapping[str, Any]

OURS = frozenset(KIT_FIELDS)
"""The fields of an event that nobody erases: by these it is found."""

_NUMBERS_AS_TEXTS = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str).decode


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event as it is stored. `items`: those that hold it, the first of which is the event's own."""

    workflow: str
    type: str
    body: dict[str, Any]
    items: tuple[Item, ...]

    @property
    def positions(self) -> tuple[str, ...]:
        """The positions of its items."""
        return tuple(item["position"]["S"] for item in self.items)

    @property
    def event_id(self) -> str:
        """The id by which services know the event."""
        return self.positions[0].partition("#")[2]

    @property
    def text(self) -> str:
        """It as the bus sent it, which is what its hearers' queues are sent."""
        return unpacked(*(part for item in self.items for part in item["event"].values()))

    @property
    def time(self) -> str:
        """When the bus took it, as EventBridge says: a sender's own time may be any."""
        return str(self.body.get("time", ""))

    @property
    def fields(self) -> Any:
        """What its publisher has said: its fields without the envelope; or what else stands there."""
        detail = self.body.get("detail")
        return {name: one for name, one in detail.items() if name not in OURS} if isinstance(detail, dict) else detail

    def subjects(self, schemas: Schemas) -> frozenset[str]:
        """Return whom it says that it is about."""
        return frozenset(subjects_in(self.fields, schemas.ever(self.type)))

    def without(self, erasing: Erasing, schemas: Schemas) -> str:
        """Return its text without what is to be erased, which `erasing` counts."""
        detail = self.body.get("detail")
        left = erasing.of(self.fields, schemas.ever(self.type))
        if isinstance(detail, dict):
            left = {name: one if name in OURS else left[name] for name, one in detail.items() if name in {*OURS, *left}}
        return json.dumps({**self.body, "detail": left}, ensure_ascii=False, separators=(",", ":"))

    def holding(self, text: str) -> Iterator[Item]:
        """Yield each of its items with a part of this text: there are no fewer items then."""
        plain = text.encode("utf-8", "backslashreplace")
        if "S" in self.items[0]["event"]:
            yield {**self.items[0], "event": {"S": plain.decode()}}
            return
        packed, last = zlib.compress(plain), len(self.items) - 1
        for number, item in enumerate(self.items):
            end = None if number == last else (number + 1) * PART_BYTES
            yield {**item, "event": {"B": packed[number * PART_BYTES : end]}}


def items_of(dynamodb: Any, table: str, workflow: str) -> Iterator[Item]:
    """Yield the items that an event store's table has of a workflow, in the order of their positions."""
    pages = dynamodb.get_paginator("query").paginate(
        TableName=table,
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": workflow}},
        ConsistentRead=True,
    )
    return (item for page in pages for item in page["Items"])


def stored_in(items: Iterable[Item], unreadable: Callable[[Item, Exception], None]) -> Iterator[StoredEvent]:
    """Yield the events of the items of one workflow, or of some of its items, in the order of their positions.

    `unreadable` is told of an event that somebody has written otherwise: its first item, and what is wrong with it.
    """
    for begun in _by_event(items):
        try:
            event = _read(begun)
        except Exception as fault:  # whatever stands there, the others are read
            unreadable(begun[0], fault)
            continue
        yield event


def _by_event(items: Iterable[Item]) -> Iterator[list[Item]]:
    begun: list[Item] = []
    for item in items:
        if "type" in item and begun:
            yield begun
            begun = []
        if "type" in item or begun:
            begun.append(item)
    if begun:
        yield begun


def is_whole(item: Item) -> bool:
    """Whether an item is all of its event, as nearly all are."""
    return "type" in item and len(item.get("event", {}).get("B", b"")) < PART_BYTES


def _read(items: list[Item]) -> StoredEvent:
    return StoredEvent(
        workflow=items[0]["pk"]["S"],
        type=items[0]["type"]["S"],
        body=_body(unpacked(*(part for item in items for part in item["event"].values()))),
        items=tuple(items),
    )


def _body(text: str) -> dict[str, Any]:
    """Read an event. What is nested beyond reading is null, and a number that JSON cannot write again is a text."""
    try:
        return _decoded(text)
    except RecursionError:
        return _decoded(shallow(text))


def _decoded(text: str) -> dict[str, Any]:
    try:
        body: dict[str, Any] = json.loads(text)
        json.dumps(body, allow_nan=False)
    except ValueError:
        body = _NUMBERS_AS_TEXTS(text)
    if not isinstance(body, dict):
        raise TypeError("it is no object")
    return body
