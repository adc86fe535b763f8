"""What a request does to items of DynamoDB: which it touches, and how many units that takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ensemble.aws.item_sizes import item_bytes
from ensemble.simulator.dynamodb import DynamoDb, Item

KILOBYTE = 1_024
TRANSACTIONAL = 2
"""A write in a transaction takes twice the units (Amazon DynamoDB Developer Guide, "DynamoDB transactions")."""

Place = tuple[str, str]
"""An item: its table and its key; or a partition of a table's index, whose name begins with `INDEX`."""

INDEX = "index "


@dataclass(frozen=True, slots=True)
class Write:
    """A write of one item: what it takes of its place, and of the partitions of the index that list it."""

    place: Place
    units: int
    listed: Mapping[Place, int]


def writes_of(dynamodb: DynamoDb, operation: str, request: Mapping[str, Any]) -> list[Write]:
    """Return the writes of a request; none for one that writes no item."""
    if operation in ("PutItem", "UpdateItem", "DeleteItem"):
        return [_write(dynamodb, request, 1)]
    if operation == "TransactWriteItems":
        parts = (next(iter(part.values())) for part in request["TransactItems"])
        return [_write(dynamodb, part, TRANSACTIONAL) for part in parts]
    return []


def _write(dynamodb: DynamoDb, request: Mapping[str, Any], factor: int) -> Write:
    table = request["TableName"]
    after: Item | None = request.get("Item")
    key, there = str((after or request["Key"])["pk"]["S"]), dynamodb.tables[table]
    before = there.stored.get(there.key_of(request["Key"]) if after is None else there.key_in(after))
    bytes = max(item_bytes(item) if item is not None else 0 for item in (before, after))
    listed = {} if after is None else dict(_listed(table, before, after))
    return Write((table, key), factor * max(1, -(-bytes // KILOBYTE)), listed)


def _listed(table: str, before: Item | None, after: Item) -> Iterator[tuple[Place, int]]:
    """Yield what a write takes of the index: an entry that goes and one that comes are two writes (Amazon DynamoDB
    Developer Guide, "Using Global Secondary Indexes in DynamoDB"). An entry is below a kilobyte."""
    entries = [_entry(before), _entry(after)]
    if entries[0] == entries[1]:
        return
    partitions = [entry[0] for entry in entries if entry is not None]
    for partition in dict.fromkeys(partitions):
        yield (table, f"{INDEX}{partition}"), partitions.count(partition)


def _entry(item: Item | None) -> tuple[str, str] | None:
    if item is None or "index_partition" not in item:
        return None
    return item["index_partition"]["S"], item["index_position"]["S"]
