"""A laptop's DynamoDB: the model's operations on items, moto for those on tables, and changes with both images."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ensemble.aws.account import Account
from ensemble.aws.dynamodb.database import Database
from ensemble.aws.dynamodb.errors import NotModelled, RequestRefused
from ensemble.aws.dynamodb.tables import Key, Table, schema_of
from ensemble.aws.dynamodb.values import Item, checked, equal
from ensemble.aws.item_sizes import item_bytes
from ensemble.laptop.bodies import content_of
from ensemble.laptop.table_operations import ITEMS_NEEDED, TableOperations

Image = dict[str, Any]
Answer = tuple[int, dict[str, str], bytes]

HEADERS = {"content-type": "application/x-amz-json-1.0"}
ERROR = "com.amazonaws.dynamodb.v20120810#"


@dataclass(frozen=True, slots=True)
class Change:
    """What a write did to one item: its images before and after, None where there is or was no item."""

    keys: Image
    old: Image | None
    new: Image | None


class Backend:
    """DynamoDB for one laptop. `now` returns seconds since 1970."""

    def __init__(self, account: Account, now: Callable[[], float]) -> None:
        self._database = Database(now, self._written)
        self._operations = TableOperations(account)
        self._changes: dict[str, list[Change]] = {}

    @property
    def tables(self) -> Mapping[str, Table]:
        """The tables by name, those too that clients have made."""
        return self._database.tables

    def add_table(self, name: str, properties: Mapping[str, Any]) -> None:
        """Create a table from the properties of its CloudFormation resource."""
        self._operations.create(name, properties)
        self._adopt()
        if properties.get("StreamSpecification"):
            self._changes[name] = []

    def take_changes(self, table_name: str) -> list[Change]:
        """Return what changed in a table with a stream since the last time, in order."""
        changes = self._changes.get(table_name)
        if not changes:
            return []
        self._changes[table_name] = []
        return changes

    def image(self, table_name: str, key: Mapping[str, Any]) -> Image | None:
        """Return an item by its key, both as DynamoDB writes them in JSON; None where there is none."""
        table = self.tables[table_name]
        item = table.get(table.key_of(key))
        return None if item is None else _copied(item)

    def images(self, table_name: str) -> list[Image]:
        """Return all items of a table, as DynamoDB writes them in JSON."""
        return [_copied(item) for item in self.tables[table_name].stored.values()]

    def restore(self, table_name: str, images: Iterable[Image]) -> int:
        """Put items in a table, which is no change of it; return how many have no key of this table."""
        table, refused = self.tables[table_name], 0
        for image in images:
            try:
                table.write(table.key_in(image), checked(image))
            except RequestRefused:
                refused += 1
        return refused

    def answer(self, headers: Mapping[str, str], body: bytes) -> Answer:
        """Answer a request of the DynamoDB protocol."""
        operation = headers.get("x-amz-target", "").rpartition(".")[2]
        if operation not in self._database.operations:
            return self._of_tables(operation, headers, body)
        try:
            return 200, HEADERS, json.dumps(self._database.answer(operation, content_of(body))).encode()
        except RequestRefused as refusal:
            return refusal.status, HEADERS, json.dumps(_refusal(refusal)).encode()
        except (NotModelled, RecursionError) as unknown:
            return 400, HEADERS, json.dumps(_refusal(RequestRefused("ValidationException", str(unknown)))).encode()

    def _of_tables(self, operation: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Let moto answer, which has the tables and no items: those that the operation needs are lent to it."""
        if operation not in ITEMS_NEEDED:
            answer = self._operations.answer(headers, body)
            self._adopt()
            return self._counted(answer)
        with self._operations.lent({name: table.stored.values() for name, table in self.tables.items()}) as given_back:
            answer = self._operations.answer(headers, body)
        self._adopt()
        for name, images in given_back.items():
            self._take_back(self.tables[name], images)
        return self._counted(answer)

    def _take_back(self, table: Table, images: Iterable[Image]) -> None:
        """Write what moto has changed of a table's items."""
        items = {table.key_in(image): checked(image) for image in images}
        for key in [*items, *(table.stored.keys() - items.keys())]:
            before, after = table.get(key), items.get(key)
            if before != after:
                self._written(table, key, table.write(key, after), after)

    def _adopt(self) -> None:
        """Have the tables that moto has, with its keys and indexes of them."""
        described = self._operations.described()
        for name, properties in described.items():
            schema, known = schema_of(properties), self.tables.get(name)
            if known is None or known.schema != schema:
                made = self._database.add(name, schema)
                made.fill({} if known is None else known.stored)
        for name in self.tables.keys() - described.keys():
            del self._database.tables[name]
            self._changes.pop(name, None)

    def _counted(self, answer: Answer) -> Answer:
        """Return an answer about a table with the number and the size of its items, which moto does not know."""
        status, headers, body = answer
        content = json.loads(body) if status == 200 and body else {}
        about = content.get("Table") or content.get("TableDescription")
        if not about or about["TableName"] not in self.tables:
            return answer
        items = self.tables[about["TableName"]].stored.values()
        about |= {"ItemCount": len(items), "TableSizeBytes": sum(map(item_bytes, items))}
        return status, headers, json.dumps(content).encode()

    def _written(self, table: Table, key: Key, before: Item | None, after: Item | None) -> None:
        changes = self._changes.get(table.name)
        if changes is None or before == after:
            return
        if before is not None and after is not None and equal({"M": before}, {"M": after}):
            return
        image = after if after is not None else before or {}
        changes.append(Change({name: image[name] for name in table.schema.keys.names}, before, after))


def _copied(item: Item) -> Image:
    """Return an item that whoever gets it may change: a stored one never changes."""
    return json.loads(json.dumps(item))  # type: ignore[no-any-return]


def _refusal(refusal: RequestRefused) -> dict[str, Any]:
    """Return a refusal as the protocol carries it."""
    body: dict[str, Any] = {"__type": ERROR + refusal.code}
    if refusal.reasons:
        return {**body, "CancellationReasons": list(refusal.reasons), "Message": refusal.message}
    body["message"] = refusal.message
    return body if refusal.item is None else {**body, "Item": refusal.item}
