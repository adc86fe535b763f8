"""What DynamoDB counts: the units of what is read or written.

Source: Amazon DynamoDB Developer Guide, "DynamoDB read and write operations", "Using Global Secondary Indexes in
DynamoDB".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ensemble.aws.item_sizes import item_bytes

Image = Mapping[str, Any]
"""An item as the API writes it."""

WRITE_BYTES, READ_BYTES = 1024, 4096


@dataclass(frozen=True, slots=True)
class Index:
    """A secondary index: the attributes of its key, and those that it shows beside the keys; None is all."""

    key: tuple[str, ...]
    shown: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class Table:
    """A table: the attributes of its key, and its indexes."""

    key: tuple[str, ...]
    indexes: tuple[Index, ...] = ()
    is_recoverable: bool = False

    def entry(self, index: Index, item: Image | None) -> dict[str, Any] | None:
        """Return what of the item is in the index; None when it is not in it."""
        if item is None or any(name not in item for name in index.key):
            return None
        names = {*self.key, *index.key} | (item.keys() if index.shown is None else index.shown)
        return {name: value for name, value in item.items() if name in names}

    def write_units(self, before: Image | None, after: Image | None) -> float:
        """Return the units of a write, those of its indexes left out: by the larger of the two items."""
        return _units(max(size_of(before), size_of(after)), WRITE_BYTES)

    def index_units(self, before: Image | None, after: Image | None) -> float:
        """Return the units of what a write changes in the indexes: an entry that moves is deleted and put."""
        return sum(self._index_units(self.entry(one, before), self.entry(one, after), one) for one in self.indexes)

    def _index_units(self, old: dict[str, Any] | None, new: dict[str, Any] | None, index: Index) -> float:
        if old == new:
            return 0
        if old is None or new is None:
            return _units(max(size_of(old), size_of(new)), WRITE_BYTES)
        if any(old[name] != new[name] for name in index.key):
            return _units(size_of(old), WRITE_BYTES) + _units(size_of(new), WRITE_BYTES)
        return _units(max(size_of(old), size_of(new)), WRITE_BYTES)

    def stored_bytes(self, item: Image, overhead: int) -> int:
        """Return how many bytes an item takes with its entries in the indexes, each with its overhead."""
        entries = [entry for one in self.indexes if (entry := self.entry(one, item)) is not None]
        return sum(size_of(one) + overhead for one in (item, *entries))


def read_units(size: int, *, is_consistent: bool) -> float:
    """Return the units of reading so many bytes at once."""
    return _units(size, READ_BYTES) * (1.0 if is_consistent else 0.5)


def size_of(item: Image | None) -> int:
    """Return the size of an item in bytes; of none, nothing."""
    return 0 if item is None else item_bytes(item)


def _units(size: int, unit: int) -> int:
    return max(1, -(-size // unit))
