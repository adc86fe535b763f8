"""Tables: items by their keys, and listings of them in the order of a table's or an index's keys."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ensemble.aws.dynamodb.errors import WRONG_KEY, RequestRefused, invalid, wrong_value
from ensemble.aws.dynamodb.values import Item, comparable

Key = Any
"""The key of an item as Python compares it: one value, or a tuple of them."""

Position = tuple[Any, ...]
"""Where an item is in a listing: the values of its keys there, and its key in the table."""

KEY_BYTES = {"partition": 2_048, "sort": 1_024}
"""What a key has at most (Amazon DynamoDB Developer Guide, "Quotas in Amazon DynamoDB")."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The attributes that a table or an index is keyed by, those of the partition first; `kinds`: their types."""

    names: tuple[str, ...]
    kinds: tuple[str, ...]
    partitions: int = 1

    def position(self, item: Mapping[str, Any]) -> Position | None:
        """Return the values of an item's keys; None where it lacks one, and so is not listed."""
        for name in self.names:
            if name not in item:
                return None
        return tuple(comparable(item[name]) for name in self.names)


@dataclass(frozen=True, slots=True)
class Index:
    """A secondary index. `shown`: the attributes that it holds; None: all. `is_global`: it is read with a delay."""

    name: str
    keys: Keys
    shown: frozenset[str] | None
    is_global: bool


@dataclass(frozen=True, slots=True)
class Schema:
    """What a table is: its keys, its indexes."""

    keys: Keys
    indexes: Mapping[str, Index]


def schema_of(properties: Mapping[str, Any]) -> Schema:
    """Return the schema of a table from its CloudFormation properties, or from what DescribeTable says of it."""
    kinds = {one["AttributeName"]: one["AttributeType"] for one in properties["AttributeDefinitions"]}
    keys = _keys(properties, kinds)
    both = [(one, True) for one in properties.get("GlobalSecondaryIndexes") or ()]
    both += [(one, False) for one in properties.get("LocalSecondaryIndexes") or ()]
    indexes = [_index(one, keys, kinds, is_global) for one, is_global in both]
    return Schema(keys, {index.name: index for index in indexes})


def _keys(properties: Mapping[str, Any], kinds: Mapping[str, str]) -> Keys:
    schema = sorted(properties["KeySchema"], key=lambda one: one["KeyType"] != "HASH")
    names = tuple(one["AttributeName"] for one in schema)
    partitions = sum(one["KeyType"] == "HASH" for one in schema)
    return Keys(names, tuple(kinds[name] for name in names), partitions)


def _index(properties: Mapping[str, Any], table: Keys, kinds: Mapping[str, str], is_global: bool) -> Index:
    keys, projection = _keys(properties, kinds), properties.get("Projection", {})
    type = projection.get("ProjectionType", "ALL")
    shown = {*table.names, *keys.names, *(projection.get("NonKeyAttributes", ()) if type == "INCLUDE" else ())}
    return Index(properties["IndexName"], keys, None if type == "ALL" else frozenset(shown), is_global)


@dataclass(frozen=True, slots=True)
class Span:
    """Part of a listing: from the positions that begin with `low` to those that begin with `high`.

    `is_after`: without those at `low`. `is_before`: without those at `high`. `cut`: how much of the last value counts.
    """

    low: Position = ()
    high: Position = ()
    is_after: bool = False
    is_before: bool = False
    cut: int | None = None


class Listing:
    """Items in the order of some keys: a sorted list of their positions, which is bisected and never looked through."""

    def __init__(self, keys: Keys, items: Iterable[tuple[Key, Item]]) -> None:
        self.keys = keys
        found = ((keys.position(item), key) for key, item in items)
        self._positions = sorted((*position, key) for position, key in found if position is not None)

    def change(self, key: Key, before: Item | None, after: Item | None) -> None:
        """Note that an item has come, changed or gone."""
        old = None if before is None else self.keys.position(before)
        new = None if after is None else self.keys.position(after)
        if old == new:
            return
        if old is not None:
            del self._positions[bisect_left(self._positions, (*old, key))]
        if new is not None:
            insort(self._positions, (*new, key))

    def between(self, span: Span, after: Position | None, *, backward: bool) -> Iterator[Position]:
        """Yield positions of a span in order. `after`: the position to go on from, which is not yielded."""
        positions = self._positions
        start = _first(positions, span.low, span.cut, past=span.is_after)
        end = _first(positions, span.high, span.cut, past=not span.is_before)
        if after is not None and backward:
            end = min(end, bisect_left(positions, after))
        elif after is not None:
            start = max(start, bisect_right(positions, after))
        for place in range(end - 1, start - 1, -1) if backward else range(start, end):
            yield positions[place]


def _first(positions: list[Position], bound: Position, cut: int | None, *, past: bool) -> int:
    """Return the place of the first position that is not before a bound, or of the first that is past it."""
    if not past:
        return bisect_left(positions, bound)
    last = len(bound) - 1
    if cut is None:
        return bisect_right(positions, bound, key=lambda position: position[: last + 1])
    return bisect_right(positions, bound, key=lambda position: (*position[:last], position[last][:cut]))


class Table:
    """Items by their keys; none is ever changed in place.

    Listings are made when they are first asked for, and kept from then on.
    """

    def __init__(self, name: str, schema: Schema) -> None:
        self.name, self.schema = name, schema
        self.stored: dict[Key, Item] = {}
        self._listings: dict[str | None, Listing] = {}
        self._indexed = [
            (name, kind, index.name)
            for index in schema.indexes.values()
            for name, kind in zip(index.keys.names, index.keys.kinds, strict=True)
            if name not in schema.keys.names
        ]
        self._only = schema.keys.names[0] if schema.keys.kinds == ("S",) else None

    def get(self, key: Key) -> Item | None:
        """Return the item of a key, None where there is none."""
        return self.stored.get(key)

    def write(self, key: Key, item: Item | None) -> Item | None:
        """Put an item, or delete it; return the one before."""
        before = self.stored.get(key)
        if item is not None:
            self.stored[key] = item
        elif before is not None:
            del self.stored[key]
        for listing in self._listings.values():
            listing.change(key, before, item)
        return before

    def fill(self, items: Mapping[Key, Item]) -> None:
        """Hold these items and no others."""
        self.stored = dict(items)
        self._listings.clear()

    def listing(self, index: str | None) -> Listing:
        """Return the items in the order of an index, or of the table itself. Raises RequestRefused."""
        found = self._listings.get(index)
        if found is None:
            keys = self.schema.keys if index is None else self.index(index).keys
            found = self._listings[index] = Listing(keys, self.stored.items())
        return found

    def index(self, name: str) -> Index:
        """Return an index. Raises RequestRefused."""
        try:
            return self.schema.indexes[name]
        except KeyError:
            raise invalid(f"The table does not have the specified index: {name}") from None

    def key_of(self, key: Mapping[str, Any]) -> Key:
        """Return the key that a request names, by attributes that are the table's keys and no others.

        Raises RequestRefused.
        """
        if len(key) != len(self.schema.keys.names):
            raise invalid(WRONG_KEY)
        return self._key(key, WRONG_KEY)

    def key_in(self, item: Mapping[str, Any]) -> Key:
        """Return the key of an item, whose other attributes may be those of indexes. Raises RequestRefused."""
        key = self._key(item, None)
        for name, kind, index in self._indexed:
            if name in item and not item[name].get(kind):
                _refuse_index_key(item[name], name, kind, index)
        return key

    def _key(self, item: Mapping[str, Any], wrong: str | None) -> Key:
        only = self._only
        if only is not None and only in item and item[only].get("S"):
            value = item[only]["S"]
            if len(value) <= 512:  # of at most four bytes each
                return value
        keys = self.schema.keys
        values = [
            _key_value(item, name, kind, "partition" if place < keys.partitions else "sort", wrong)
            for place, (name, kind) in enumerate(zip(keys.names, keys.kinds, strict=True))
        ]
        return values[0] if len(values) == 1 else tuple(values)


def _key_value(item: Mapping[str, Any], name: str, kind: str, role: str, wrong: str | None) -> Any:
    if name not in item:
        raise invalid(wrong) if wrong else wrong_value(f"Missing the key {name} in the item")
    value = item[name]
    if value.keys() != {kind}:
        actual = next(iter(value), "NULL")
        raise (
            invalid(wrong) if wrong else wrong_value(f"Type mismatch for key {name} expected: {kind} actual: {actual}")
        )
    found = comparable(value)
    if kind != "N":
        _check_length(found, name, role)
    return found


def _check_length(value: str | bytes, name: str, role: str) -> None:
    if not value:
        kind = "string" if isinstance(value, str) else "binary"
        raise invalid(
            "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an "
            f"empty {kind} value. Key: {name}"
        )
    if len(value.encode() if isinstance(value, str) else value) > KEY_BYTES[role]:
        if role == "partition":
            raise wrong_value(f"Size of hashkey has exceeded the maximum size limit of{KEY_BYTES[role]} bytes")
        raise wrong_value(f"Aggregated size of all range keys has exceeded the size limit of {KEY_BYTES[role]} bytes")


def _refuse_index_key(value: Mapping[str, Any], name: str, kind: str, index: str) -> None:
    if kind not in value:
        actual = next(iter(value))
        raise wrong_value(f"Type mismatch for Index Key {name} Expected: {kind} Actual: {actual} IndexName: {index}")
    raise invalid(
        "One or more parameter values are not valid. A value specified for a secondary index key is not supported. The "
        "AttributeValue for a key attribute cannot contain an empty string value. "
        f"IndexName: {index}, IndexKey: {name}"
    )


def no_table() -> RequestRefused:
    """Return the refusal of a request for a table that is not there."""
    return RequestRefused("ResourceNotFoundException", "Requested resource not found")
