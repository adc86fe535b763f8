"""DynamoDB as the model has it, and what may go wrong here: stale indexes, keys left for later, items that expire."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from ensemble.aws.dynamodb import reading
from ensemble.aws.dynamodb.database import Database
from ensemble.aws.dynamodb.errors import NotModelled, RequestRefused
from ensemble.aws.dynamodb.tables import Key, Schema
from ensemble.aws.dynamodb.tables import Table as Model
from ensemble.aws.dynamodb.values import Item as Item
from ensemble.simulator.answers import THROTTLED, NotSimulated, Refused

Request = Mapping[str, Any]
Changed = Callable[["Table", str, Item | None, Item], None]

OF_THE_KIT = "kit#"
"""What the keys of items begin with that the kit keeps for itself."""

EXPIRES = "expires_at"
"""The attribute by which items expire."""


class Table(Model):
    """A table whose expired items are as good as gone.

    `items`: all but those that the kit keeps for itself, by their key, or their keys with a # between them. The others
    are no workflow's, and nobody who judges one looks at them. `listed_before`: items as an index had them before their
    last change.
    """

    def __init__(self, name: str, schema: Schema, now: Callable[[], float]) -> None:
        super().__init__(name, schema)
        self._now = now
        self.items: dict[str, Item] = {}
        self.listed_before: dict[Key, Item] = {}
        self._listed_by = {index.keys.names[0] for index in schema.indexes.values()}

    def get(self, key: Key) -> Item | None:
        """Return the item unless it has expired: the simulated DynamoDB deletes it at once."""
        item = self.stored.get(key)
        if item is not None and EXPIRES in item and int(item[EXPIRES]["N"]) < self._now():
            return None
        return item

    def write(self, key: Key, item: Item | None) -> Item | None:
        """Put an item; return the one before."""
        if item is None:
            raise NotSimulated("the simulator does not know what follows from the deletion of an item")
        before = super().write(key, item)
        if before is not None and not self._listed_by.isdisjoint(before):
            self.listed_before[key] = before
        text = text_of(key)
        if not text.startswith(OF_THE_KIT):
            self.items[text] = item
        return before

    def fill(self, items: Mapping[Key, Item]) -> None:
        """Hold these items and no others."""
        super().fill(items)
        texts = ((text_of(key), item) for key, item in items.items())
        self.items = {text: item for text, item in texts if not text.startswith(OF_THE_KIT)}

    def before(self) -> Model:
        """Return the table as it was before each listed item's last change."""
        earlier = Model(self.name, self.schema)
        earlier.fill(self.stored | self.listed_before)
        return earlier


class DynamoDb:
    """All tables. `changed` is called with each item's image before and after it is changed.

    `now` returns seconds since 1970.
    """

    def __init__(self, now: Callable[[], float], changed: Changed) -> None:
        self._now, self._changed = now, changed
        self._database = Database(now, self._written)
        self.tables: dict[str, Table] = {}

    def add(self, name: str, schema: Schema) -> Table:
        """Make a table."""
        table = Table(name, schema, self._now)
        self.tables[name] = self._database.tables[name] = table
        return table

    def answer(self, operation: str, request: Request) -> dict[str, Any]:
        """Answer a request. Raises Refused, and NotSimulated for what the model does not know."""
        return _asked(self._database.answer, operation, request)

    def batch_get_item(self, request: Request, left: Collection[str]) -> dict[str, Any]:
        """Answer BatchGetItem of one table, but for the items of a `pk` that are `left` for later.

        Raises Refused; so it does when all are left.
        """
        ((name, asked),) = request["RequestItems"].items()
        kept = [key for key in asked["Keys"] if key["pk"]["S"] not in left]
        if not kept:
            raise Refused(THROTTLED)
        answer = self.answer("BatchGetItem", {"RequestItems": {name: {**asked, "Keys": kept}}})
        unprocessed = answer["UnprocessedKeys"].get(name, {"Keys": []})["Keys"]
        unprocessed = [*(key for key in asked["Keys"] if key["pk"]["S"] in left), *unprocessed]
        return {**answer, "UnprocessedKeys": {name: {**asked, "Keys": unprocessed}} if unprocessed else {}}

    def query_stale(self, request: Request) -> dict[str, Any]:
        """Answer Query as the index was before each item's last change, since it is read with a delay."""
        return _asked(reading.query, self.tables[request["TableName"]].before(), request)

    def _written(self, table: Model, key: Key, before: Item | None, after: Item | None) -> None:
        assert isinstance(table, Table)
        assert after is not None
        if before != after:
            self._changed(table, text_of(key), before, after)


def text_of(key: Key) -> str:
    """Return a key as text: its parts with a # between them."""
    return key if type(key) is str else "#".join(key)


def _asked(ask: Callable[..., dict[str, Any]], *about: Any) -> dict[str, Any]:
    try:
        return ask(*about)
    except RequestRefused as refusal:
        raise Refused(refusal.code, refusal.message, refusal.reasons, refusal.item) from None
    except NotModelled as unknown:
        raise NotSimulated(str(unknown)) from None
