"""DynamoDB tables: made, asked, looked into, and heard when they change."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ensemble.aws.account import Account
from ensemble.aws.dynamodb.values import plain
from ensemble.aws.errors import ResourceNotFound
from ensemble.laptop.dynamodb import Answer, Backend, Change, Image


class Tables:
    """All tables of a laptop. `on_change` is called, by `drain`, with each table's name and what changed, in order."""

    def __init__(self, account: Account, now: Callable[[], float]) -> None:
        self._backend = Backend(account, now)
        self._made: list[str] = []
        self.on_change: Callable[[str, list[Change]], None] = lambda _name, _changes: None

    @property
    def names(self) -> list[str]:
        """Those that were created, and that no request has deleted."""
        return [name for name in self._made if name in self._backend.tables]

    def create(self, name: str, properties: Mapping[str, Any]) -> None:
        """Create a table from the properties of its CloudFormation resource."""
        self._backend.add_table(name, properties)
        self._made.append(name)

    def answer(self, headers: Mapping[str, str], body: bytes) -> Answer:
        """Answer a request of the DynamoDB protocol."""
        return self._backend.answer(headers, body)

    def image(self, name: str, key: Mapping[str, Any]) -> Image | None:
        """Return an item by its key, both as DynamoDB writes them in JSON; None where there is none."""
        return self._backend.image(name, key)

    def images(self, name: str) -> list[Image]:
        """Return all items of a table, as DynamoDB writes them in JSON."""
        return self._backend.images(name)

    def restore(self, name: str, images: Iterable[Image]) -> int:
        """Put items in a table, which is no change of it; return how many have no key of this table."""
        return self._backend.restore(name, images)

    def drain(self) -> None:
        """Hand what changed since the last time, in tables with a stream, to `on_change`."""
        for name in self.names:
            changes = self._backend.take_changes(name)
            if changes:
                self.on_change(name, changes)

    def items(self, name: str) -> list[dict[str, Any]]:
        """Return all items of a table as plain values (numbers are Decimals). Raises ResourceNotFound."""
        if name not in self.names:
            raise ResourceNotFound(f"there is no table {name!r}; there are: {', '.join(sorted(self.names)) or 'none'}")
        return [plain({"M": item}) for item in self._backend.images(name)]
