"""DynamoDB: executes the very requests that the row store makes, and refuses to guess at any other."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from ensemble.aws.item_sizes import MAXIMUM_BYTES, item_bytes
from ensemble.simulator.answers import THROTTLED, NotSimulated, Refused
from ensemble.simulator.expressions import Item as Item
from ensemble.simulator.expressions import holds, updated

Key = str
Request = Mapping[str, Any]
Changed = Callable[["Table", Key, Item | None, Item], None]

CHECK_FAILED = "ConditionalCheckFailed"
TOKEN_SECONDS = 600
"""How long a transaction's client token makes it idempotent (DynamoDB API reference, TransactWriteItems)."""

MAXIMUM_KEYS, MAXIMUM_ANSWER_BYTES = 100, 16 * 1024 * 1024
"""What one BatchGetItem takes, and what it answers (DynamoDB API Reference, BatchGetItem)."""

MAXIMUM_ACTIONS, MAXIMUM_TRANSACTION_BYTES = 100, 4 * 1024 * 1024
"""What one transaction takes (DynamoDB Developer Guide, "Service, account, and table quotas")."""

PAGE_BYTES = 1024 * 1024
"""How much a Query looks at before it ends a page (DynamoDB Developer Guide, "Query")."""

OF_THE_KIT = "kit#"
"""What the keys of items begin with that the kit keeps for itself."""

INDEXED = ("pk", "index_partition", "index_position")
"""What the index holds of an item: the keys alone."""

TOO_LARGE = "Item size has exceeded the maximum allowed size"
EXPRESSIONS = {"ConditionExpression", "ExpressionAttributeNames", "ExpressionAttributeValues"}
ON_FAILURE = "ReturnValuesOnConditionCheckFailure"


class Table:
    """A table by itself: items by their key, which is `pk` or, of a stored event, `pk` and `position` with a # between
    them; never changed in place.

    `of_the_kit`: those that the kit keeps for itself. They are no workflow's, and nobody who judges one looks at them.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.items: dict[Key, Item] = {}
        self.of_the_kit: dict[Key, Item] = {}
        self.listed_before: dict[Key, Item] = {}

    def place(self, key: Key) -> dict[Key, Item]:
        """Return where the item of a key is."""
        return self.of_the_kit if key.startswith(OF_THE_KIT) else self.items


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
        item = self._living(self._table(request), _key(request))
        return {} if item is None else {"Item": item}

    def batch_get_item(self, request: Request, left: Collection[Key] = ()) -> dict[str, Any]:
        """Answer BatchGetItem of one table, but for the keys that are `left` for later, and what makes it too large.

        Raises Refused; so it does when all keys are left.
        """
        _know(request, {"RequestItems"})
        ((name, asked),) = request["RequestItems"].items()
        _know(asked, {"Keys", "ConsistentRead"})
        table, keys = self._table({"TableName": name}), [key["pk"]["S"] for key in asked["Keys"]]
        if len(keys) > MAXIMUM_KEYS:
            raise Refused("ValidationException", "Too many items requested for the BatchGetItem call")
        if len(set(keys)) < len(keys):
            raise Refused("ValidationException", "Provided list of item keys contains duplicates")
        if len(left) == len(keys):
            raise Refused(THROTTLED)
        answered, unprocessed, total = [], [], 0
        for key in keys:
            item = self._living(table, key)
            total += 0 if item is None else item_bytes(item)
            if key in left or total > MAXIMUM_ANSWER_BYTES:
                unprocessed.append({"pk": {"S": key}})
            elif item is not None:
                answered.append(item)
        rest = {name: {**asked, "Keys": unprocessed}} if unprocessed else {}
        return {"Responses": {name: answered}, "UnprocessedKeys": rest}

    def put_item(self, request: Request) -> dict[str, Any]:
        """Answer PutItem. Raises Refused."""
        return self._write_one(self._put, request)

    def update_item(self, request: Request) -> dict[str, Any]:
        """Answer UpdateItem. Raises Refused."""
        return self._write_one(self._update, request)

    def _write_one(self, prepare: Callable[[Request], tuple[Table, Key, Item]], request: Request) -> dict[str, Any]:
        table, key = self._table(request), _key(request)
        if not self._holds(request, table, key):
            item = self._shown(request, table, key)
            raise Refused("ConditionalCheckFailedException", "The conditional request failed", item=item)
        written = prepare(request)
        if item_bytes(written[2]) > MAXIMUM_BYTES:
            raise Refused("ValidationException", TOO_LARGE)
        self._write(*written)
        return {}

    def transact_write_items(self, request: Request) -> dict[str, Any]:
        """Answer TransactWriteItems: all writes or none. Raises Refused with the reason of each write."""
        _know(request, {"TransactItems", "ClientRequestToken"})
        token = request.get("ClientRequestToken")
        if token and self._tokens.get(token, 0.0) > self._now():
            return {}
        actions = [(kind, parameters) for one in request["TransactItems"] for kind, parameters in one.items()]
        self._fit([parameters for _, parameters in actions])
        reasons = [self._reason(kind, parameters) for kind, parameters in actions]
        if any(reason["Code"] != "None" for reason in reasons):
            raise Refused("TransactionCanceledException", "Transaction cancelled", reasons)
        writes = [self._prepared(kind, parameters) for kind, parameters in actions]
        if sum(item_bytes(item) for _, _, item in writes) > MAXIMUM_TRANSACTION_BYTES:
            raise Refused("ValidationException", "Collection size cannot exceed 4 MB")
        if token:
            self._tokens[token] = self._now() + TOKEN_SECONDS
        for write in writes:
            self._write(*write)
        return {}

    def _fit(self, parameters: list[Request]) -> None:
        """Raise Refused when there are too many actions for one transaction, or two on one item."""
        if len(parameters) > MAXIMUM_ACTIONS:
            raise Refused("ValidationException", f"Member must have length less than or equal to {MAXIMUM_ACTIONS}")
        if len({(one["TableName"], _key(one)) for one in parameters}) < len(parameters):
            raise Refused("ValidationException", "Transaction request cannot include multiple operations on one item")

    def _reason(self, kind: str, parameters: Request) -> dict[str, Any]:
        """Return why an action cancels its transaction, in AWS's words; "None" if it does not."""
        table, key = self._table(parameters), _key(parameters)
        if not self._holds(parameters, table, key):
            item = self._shown(parameters, table, key)
            return {"Code": CHECK_FAILED} | ({} if item is None else {"Item": item})
        if item_bytes(self._prepared(kind, parameters)[2]) > MAXIMUM_BYTES:
            return {"Code": "ValidationError", "Message": TOO_LARGE}
        return {"Code": "None"}

    def _prepared(self, kind: str, parameters: Request) -> tuple[Table, Key, Item]:
        return {"Put": self._put, "Update": self._update}[kind](parameters)

    def query(self, request: Request, *, stale: bool = False) -> dict[str, Any]:
        """Answer Query of the index, in order of position, a page of it at most.

        `stale`: as the index was before each item's last change, since it is read with a delay.
        """
        known = {"TableName", "IndexName", "KeyConditionExpression", "ExpressionAttributeValues"}
        _know(request, known | {"ExpressionAttributeNames", "ExclusiveStartKey", "Limit"})
        condition, partition = request["KeyConditionExpression"], _partition_of(request)
        listed = self.listed(self._table(request), partition, stale=stale)
        found = [one for one in map(_indexed, listed) if holds(condition, one, request)]
        page, is_last = _page(_after(found, request.get("ExclusiveStartKey")), request.get("Limit"))
        answer = {"Items": page, "Count": len(page), "ScannedCount": len(page)}
        return answer if is_last else answer | {"LastEvaluatedKey": page[-1]}

    def listed(self, table: Table, partition: str, *, stale: bool = False) -> list[Item]:
        """Return the items of a partition of the index, in order of position."""
        all = (table.items | table.listed_before if stale else table.items).values()
        return sorted((item for item in all if _partition(item) == partition), key=_position)

    def _table(self, request: Request) -> Table:
        try:
            return self.tables[request["TableName"]]
        except KeyError:
            raise Refused("ResourceNotFoundException", f"no table {request['TableName']}") from None

    def _living(self, table: Table, key: Key) -> Item | None:
        """Return the item unless it has expired: the simulated DynamoDB deletes it at once."""
        item = table.place(key).get(key)
        if item is not None and "expires_at" in item and int(item["expires_at"]["N"]) < self._now():
            return None
        return item

    def _put(self, request: Request) -> tuple[Table, Key, Item]:
        _know(request, {"TableName", "Item", ON_FAILURE, *EXPRESSIONS})
        return self._table(request), _key(request), request["Item"]

    def _update(self, request: Request) -> tuple[Table, Key, Item]:
        _know(request, {"TableName", "Key", "UpdateExpression", ON_FAILURE, *EXPRESSIONS})
        table, key = self._table(request), _key(request)
        item = self._living(table, key) or {"pk": {"S": key}}
        return table, key, updated(request["UpdateExpression"], item, request)

    def _holds(self, request: Request, table: Table, key: Key) -> bool:
        """Return whether the condition of a write holds."""
        condition = request.get("ConditionExpression")
        return condition is None or holds(condition, self._living(table, key), request)

    def _shown(self, request: Request, table: Table, key: Key) -> Item | None:
        """Return the item as it is, if the request asks to see it when its condition fails."""
        return self._living(table, key) if request.get(ON_FAILURE) == "ALL_OLD" else None

    def _write(self, table: Table, key: Key, item: Item) -> None:
        items = table.place(key)
        before = items.get(key)
        items[key] = item
        if before is not None and "index_partition" in before:
            table.listed_before[key] = before
        if before != item:
            self._changed(table, key, before, item)


def _key(request: Request) -> Key:
    key = request["Item"] if "Item" in request else request["Key"]
    return "#".join(key[name]["S"] for name in ("pk", "position") if name in key)


def _partition(item: Item) -> str | None:
    return item["index_partition"]["S"] if "index_partition" in item else None


def _position(item: Item) -> tuple[str, str]:
    return item["index_position"]["S"], item["pk"]["S"]


def _indexed(item: Item) -> Item:
    return {name: item[name] for name in INDEXED}


def _partition_of(request: Request) -> str:
    """Return the partition that a query looks into: every query names one."""
    name = request["KeyConditionExpression"].partition("index_partition = ")[2].split(" ")[0]
    if not name:
        raise _unknown(f"the key condition {request['KeyConditionExpression']!r}")
    return str(request["ExpressionAttributeValues"][name]["S"])


def _after(items: list[Item], start: Item | None) -> list[Item]:
    return items if start is None else [item for item in items if _position(item) > _position(start)]


def _page(items: list[Item], limit: int | None) -> tuple[list[Item], bool]:
    """Return what of the items is in one page, and whether it is all of them."""
    total = 0
    for number, item in enumerate(items, 1):
        total += item_bytes(item)
        if number < len(items) and (total > PAGE_BYTES or number == limit):
            return items[:number], False
    return items, True


def _know(request: Request, parameters: set[str]) -> None:
    if not request.keys() <= parameters:
        raise _unknown(f"the parameters {sorted(request.keys() - parameters)}")


def _unknown(what: str) -> NotSimulated:
    return NotSimulated(f"the simulated DynamoDB does not know {what}")
