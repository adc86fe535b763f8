"""DynamoDB: executes the very requests that the row store makes, and refuses to guess at any other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ensemble.simulator.answers import NotSimulated, Refused

Item = dict[str, Any]
Key = str
Request = Mapping[str, Any]
Changed = Callable[["Table", Key, Item | None, Item], None]

CHECK_FAILED = "ConditionalCheckFailed"
TOKEN_SECONDS = 600
"""How long a transaction's client token makes it idempotent (DynamoDB API reference, TransactWriteItems)."""


class Table:
    """A table by itself: items by their key, which is `pk` or, of a stored event, `pk` and `position` with a # between
    them; never changed in place."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.items: dict[Key, Item] = {}
        self.listed_before: dict[Key, Item] = {}


class DynamoDb:
    """All tables. `changed` is called with each item's image before and after it is written.

    `now` returns seconds since 1970.
    """

    def __init__(self, now: Callable[[], float], changed: Changed) -> None:
        self._now = now
        self._changed = changed
        self.tables: dict[str, Table] = {}
        self._tokens: dict[str, float] = {}

    def add(self, name: str) -> Table:
        """Make a table."""
        self.tables[name] = table = Table(name)
        return table

    def get_item(self, request: Request) -> dict[str, Any]:
        """Answer GetItem."""
        _know(request, {"TableName", "Key", "ConsistentRead"})
        table, key = self._table(request), request["Key"]["pk"]["S"]
        item = self._living(table, key)
        return {} if item is None else {"Item": item}

    def put_item(self, request: Request) -> dict[str, Any]:
        """Answer PutItem. Raises Refused."""
        table, key, item = self._put(request)
        if not self._holds(request, table, key):
            raise Refused("ConditionalCheckFailedException", "The conditional request failed")
        self._write(table, key, item)
        return {}

    def transact_write_items(self, request: Request) -> dict[str, Any]:
        """Answer TransactWriteItems: all writes or none. Raises Refused with the reason of each write."""
        _know(request, {"TransactItems", "ClientRequestToken"})
        token = request.get("ClientRequestToken")
        if token and self._tokens.get(token, 0.0) > self._now():
            return {}
        writes, reasons = [], []
        for write in request["TransactItems"]:
            ((kind, parameters),) = write.items()
            table, key, item = {"Put": self._put, "Update": self._added}[kind](parameters)
            reasons.append("None" if self._holds(parameters, table, key) else CHECK_FAILED)
            writes.append((table, key, item))
        if CHECK_FAILED in reasons:
            raise Refused("TransactionCanceledException", "Transaction cancelled", reasons)
        if token:
            self._tokens[token] = self._now() + TOKEN_SECONDS
        for table, key, item in writes:
            self._write(table, key, item)
        return {}

    def query(self, request: Request, *, stale: bool = False) -> dict[str, Any]:
        """Answer Query of the index, in order of position: the one query that a sweep makes.

        `stale`: as the index was before each item's last change, since it is read with a delay.
        """
        _know(request, {"TableName", "IndexName", "KeyConditionExpression", "ExpressionAttributeValues"})
        if request["KeyConditionExpression"] != "index_partition = :due AND index_position <= :until":
            raise _unknown(f"the key condition {request['KeyConditionExpression']!r}")
        values = request["ExpressionAttributeValues"]
        due, until = values[":due"]["S"], values[":until"]["S"]
        listed = self.listed(self._table(request), due, stale=stale)
        items = [item for item in listed if item["index_position"]["S"] <= until]
        return {"Items": items, "Count": len(items), "ScannedCount": len(items)}

    def listed(self, table: Table, partition: str, *, stale: bool = False) -> list[Item]:
        """Return the items of a partition of the index, in order of position."""
        all = (table.items | table.listed_before if stale else table.items).values()
        items = [item for item in all if _partition(item) == partition]
        return sorted(items, key=lambda item: str(item["index_position"]["S"]))

    def _table(self, request: Request) -> Table:
        try:
            return self.tables[request["TableName"]]
        except KeyError:
            raise Refused("ResourceNotFoundException", f"no table {request['TableName']}") from None

    def _living(self, table: Table, key: Key) -> Item | None:
        """Return the item unless it has expired: the simulated DynamoDB deletes it at once."""
        item = table.items.get(key)
        if item is not None and "expires_at" in item and int(item["expires_at"]["N"]) < self._now():
            return None
        return item

    def _put(self, request: Request) -> tuple[Table, Key, Item]:
        _know(request, {"TableName", "Item", "ConditionExpression", "ExpressionAttributeValues"})
        item = request["Item"]
        return self._table(request), _key(item), item

    def _added(self, request: Request) -> tuple[Table, Key, Item]:
        _know(request, {"TableName", "Key", "UpdateExpression", "ConditionExpression", "ExpressionAttributeValues"})
        if request["UpdateExpression"] != "ADD amount :move":
            raise _unknown(f"the update {request['UpdateExpression']!r}")
        table, key = self._table(request), request["Key"]["pk"]["S"]
        item = self._living(table, key) or {"pk": {"S": key}}
        amount = _number(item, "amount", 0) + int(request["ExpressionAttributeValues"][":move"]["N"])
        return table, key, {**item, "amount": {"N": str(amount)}}

    def _holds(self, request: Request, table: Table, key: Key) -> bool:
        """Return whether the condition of a write holds."""
        condition = request.get("ConditionExpression")
        if condition is None:
            return True
        item, values = self._living(table, key), request.get("ExpressionAttributeValues", {})
        if condition == "attribute_not_exists(pk)":
            return item is None
        if condition == "version = :loaded":
            return item is not None and item.get("version") == values[":loaded"]
        if condition == "amount >= :floor":
            return item is not None and "amount" in item and _number(item, "amount", 0) >= int(values[":floor"]["N"])
        raise _unknown(f"the condition {condition!r}")

    def _write(self, table: Table, key: Key, item: Item) -> None:
        before = table.items.get(key)
        table.items[key] = item
        if before is not None and "index_partition" in before:
            table.listed_before[key] = before
        if before != item:
            self._changed(table, key, before, item)


def _key(item: Item) -> Key:
    return "#".join(item[name]["S"] for name in ("pk", "position") if name in item)


def _number(item: Item, name: str, default: int) -> int:
    return int(item[name]["N"]) if name in item else default


def _partition(item: Item) -> str | None:
    return item["index_partition"]["S"] if "index_partition" in item else None


def _know(request: Request, parameters: set[str]) -> None:
    if not request.keys() <= parameters:
        raise _unknown(f"the parameters {sorted(request.keys() - parameters)}")


def _unknown(what: str) -> NotSimulated:
    return NotSimulated(f"the simulated DynamoDB does not know {what}")
