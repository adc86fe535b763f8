"""PutItem, UpdateItem, DeleteItem, BatchWriteItem and TransactWriteItems."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ensemble.aws.dynamodb.capacity import TRANSACTIONAL, consumed, write_units
from ensemble.aws.dynamodb.conditions import condition
from ensemble.aws.dynamodb.errors import TOO_LARGE, RequestRefused, invalid, know, wrong_value
from ensemble.aws.dynamodb.projections import projected
from ensemble.aws.dynamodb.syntax import NAMES, VALUES, Path, check_placeholders
from ensemble.aws.dynamodb.tables import Key, Table
from ensemble.aws.dynamodb.updates import update
from ensemble.aws.dynamodb.values import Item, checked
from ensemble.aws.item_sizes import MAXIMUM_BYTES, item_bytes

Request = Mapping[str, Any]
Answer = dict[str, Any]
TableOf = Callable[[str], Table]
Written = Callable[[Table, Key, Item | None, Item | None], None]
"""Is called with an item before and after each write."""

MAXIMUM_ACTIONS, MAXIMUM_TRANSACTION_BYTES = 100, 4 * 1_024 * 1_024
"""What one transaction takes (Amazon DynamoDB Developer Guide, "Service, account, and table quotas")."""

MAXIMUM_BATCH = 25
"""Writes of one BatchWriteItem (DynamoDB API Reference, BatchWriteItem)."""

ON_FAILURE, CONDITION = "ReturnValuesOnConditionCheckFailure", "ConditionExpression"
RETURNED = {
    "Put": ("NONE", "ALL_OLD"),
    "Update": ("NONE", "ALL_OLD", "ALL_NEW", "UPDATED_OLD", "UPDATED_NEW"),
    "Delete": ("NONE", "ALL_OLD"),
}
UPDATED_TOO_LARGE = "Item size to update has exceeded the maximum allowed size"
NOT_25 = "Too many items requested for the BatchWriteItem call"
NO_WRITE = "The batch write request list for a table cannot be null or empty"
CHECK_FAILED, CHECK_MESSAGE = "ConditionalCheckFailed", "The conditional request failed"


@dataclass(slots=True)
class Action:
    """One write of a request, held against the rules, not yet carried out.

    `before`: the item as it is. `item`: what is to be put. `paths`: what an update writes.
    """

    kind: str
    table: Table
    key: Key
    request: Request
    before: Item | None
    item: Item | None = None
    paths: list[Path] = field(default_factory=list)

    def meets_condition(self) -> bool:
        """Whether its condition holds of the item as it is."""
        text, request = self.request.get(CONDITION), self.request
        if text is None:
            return True
        return condition(text).holds(self.before or {}, request.get(NAMES, {}), request.get(VALUES, {}))

    def shown(self) -> Item | None:
        """Return the item as it is, if the request asks to see it when its condition fails."""
        return self.before if self.request.get(ON_FAILURE) == "ALL_OLD" else None

    def after(self) -> Item | None:
        """Return the item after it. Raises RequestRefused, also for one that is too large."""
        match self.kind:
            case "Put":
                item = self.item
            case "Update":
                item = self._updated()
            case "Delete":
                return None
            case _:
                return self.before
        if item is not None and item_bytes(item) > MAXIMUM_BYTES:
            raise invalid(TOO_LARGE if self.kind == "Put" else UPDATED_TOO_LARGE)
        return item

    def _updated(self) -> Item:
        item = self.before or dict(checked(self.request["Key"]))
        text = self.request.get("UpdateExpression")
        if text is None:
            return item
        new = update(text).applied(item, self.request, self.paths)
        self.table.key_in(new)
        return new


def action(kind: str, table: Table, request: Request) -> Action:
    """Return a write, held against the rules of its kind. Raises RequestRefused."""
    know(request)
    request = _with_checked_values(request)
    _check_expressions(request)
    if kind == "Put":
        item = checked(request["Item"])
        key = table.key_in(item)
        return Action(kind, table, key, request, table.get(key), item)
    key, paths = table.key_of(request["Key"]), list[Path]()
    if kind == "Update" and "UpdateExpression" in request:
        paths = update(request["UpdateExpression"]).paths(request.get(NAMES, {}))
        for path in paths:
            if path[0] in table.schema.keys.names:
                raise wrong_value(f"Cannot update attribute {path[0]}. This attribute is part of the key")
    return Action(kind, table, key, request, table.get(key), None, paths)


def _with_checked_values(request: Request) -> Request:
    values = request.get(VALUES)
    if not values:
        return request
    new = checked(values)
    return request if new is values else {**request, VALUES: new}


def _check_expressions(request: Request) -> None:
    read: list[Any] = []
    kind = CONDITION
    if CONDITION in request:
        read.append(condition(request[CONDITION]))
    if "UpdateExpression" in request:
        kind = "UpdateExpression"
        read.append(update(request["UpdateExpression"]))
    if read or NAMES in request or VALUES in request:
        check_placeholders(request, read, kind)


def write_one(kind: str, table: Table, request: Request, written: Written) -> Answer:
    """Answer PutItem, UpdateItem or DeleteItem. Raises RequestRefused."""
    wanted = request.get("ReturnValues", "NONE")
    if wanted not in RETURNED[kind]:
        raise invalid("Return values set to invalid value")
    one = action(kind, table, request)
    if not one.meets_condition():
        raise RequestRefused(f"{CHECK_FAILED}Exception", CHECK_MESSAGE, item=one.shown())
    after = one.after()
    written(table, one.key, table.write(one.key, after), after)
    answer = {} if wanted == "NONE" else _returned(wanted, one, after)
    if "ReturnConsumedCapacity" in request:
        for said in consumed(request, {table.name: _units(one.before, after)}):
            answer["ConsumedCapacity"] = said
    return answer


def _returned(wanted: str, one: Action, after: Item | None) -> Answer:
    """Return the attributes that a request asks to see."""
    item = (one.before if wanted.endswith("OLD") else after) or {}
    if wanted.startswith("UPDATED"):
        item = projected(item, one.paths) if one.paths else {}
    return {"Attributes": item} if item else {}


def _units(before: Item | None, after: Item | None) -> float:
    return write_units(max(0 if item is None else item_bytes(item) for item in (before, after)))


def batch_write_item(table_of: TableOf, request: Request, written: Written) -> Answer:
    """Answer BatchWriteItem: puts and deletions, each by itself. Raises RequestRefused when one of them is wrong."""
    know(request)
    actions = [
        action(kind.removesuffix("Request"), table_of(name), parameters)
        for name, writes in request["RequestItems"].items()
        for write in writes
        for kind, parameters in write.items()
    ]
    if not actions or len(actions) > MAXIMUM_BATCH:
        raise invalid(NOT_25 if actions else NO_WRITE)
    if len({(one.table.name, one.key) for one in actions}) < len(actions):
        raise invalid("Provided list of item keys contains duplicates")
    images = [one.after() for one in actions]
    units = dict[str, float]()
    for one, after in zip(actions, images, strict=True):
        before = one.table.write(one.key, after)
        units[one.table.name] = units.get(one.table.name, 0.0) + _units(before, after)
        written(one.table, one.key, before, after)
    return _with_units({"UnprocessedItems": {}}, request, units)


def transact_write_items(table_of: TableOf, request: Request, written: Written) -> Answer:
    """Answer TransactWriteItems: all writes or none. Raises RequestRefused with the reason of each write.

    Whether it was carried out before, by its token, is for whoever has a clock.
    """
    know(request)
    parts = [(kind, part) for one in request["TransactItems"] for kind, part in one.items()]
    if len(parts) > MAXIMUM_ACTIONS:
        raise invalid(f"Member must have length less than or equal to {MAXIMUM_ACTIONS}")
    if any(len(one) != 1 for one in request["TransactItems"]):
        raise invalid("TransactItems can only contain one of Check, Put, Update or Delete")
    actions = [action(kind, table_of(part["TableName"]), part) for kind, part in parts]
    if len({(one.table.name, one.key) for one in actions}) < len(actions):
        raise invalid("Transaction request cannot include multiple operations on one item")
    images, reasons = _outcomes(actions)
    if any(reason["Code"] != "None" for reason in reasons):
        codes = ", ".join(reason["Code"] for reason in reasons)
        message = f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]"
        raise RequestRefused("TransactionCanceledException", message, reasons)
    if sum(0 if image is None else item_bytes(image) for image in images) > MAXIMUM_TRANSACTION_BYTES:
        raise invalid("Collection size cannot exceed 4 MB")
    units = dict[str, float]()
    for one, after in zip(actions, images, strict=True):
        if one.kind == "ConditionCheck":
            continue
        before = one.table.write(one.key, after)
        written(one.table, one.key, before, after)
        if "ReturnConsumedCapacity" in request:
            units[one.table.name] = units.get(one.table.name, 0.0) + TRANSACTIONAL * _units(before, after)
    return _with_units({}, request, units)


def _outcomes(actions: list[Action]) -> tuple[list[Item | None], list[Answer]]:
    """Return what each action would leave, and why it cancels its transaction: "None" if it does not."""
    images, reasons = list[Item | None](), list[Answer]()
    for one in actions:
        image, reason = None, Answer(Code="None")
        if one.meets_condition():
            try:
                image = one.after()
            except RequestRefused as refusal:
                reason = {"Code": "ValidationError", "Message": refusal.message}
        else:
            item = one.shown()
            reason = {"Code": CHECK_FAILED, "Message": CHECK_MESSAGE} | ({} if item is None else {"Item": item})
        images.append(image)
        reasons.append(reason)
    return images, reasons


def _with_units(answer: Answer, request: Request, units: Mapping[str, float]) -> Answer:
    said = consumed(request, units)
    return {**answer, "ConsumedCapacity": said} if said else answer
