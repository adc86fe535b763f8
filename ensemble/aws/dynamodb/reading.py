"""GetItem, BatchGetItem, TransactGetItems, Query and Scan."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any
from zlib import crc32

from ensemble.aws.dynamodb.capacity import TRANSACTIONAL, consumed, read_units
from ensemble.aws.dynamodb.conditions import Condition, condition
from ensemble.aws.dynamodb.errors import invalid, know
from ensemble.aws.dynamodb.projections import Projection, projected, projection
from ensemble.aws.dynamodb.spans import span_of
from ensemble.aws.dynamodb.syntax import NAMES, VALUES, Placeholders, check_placeholders, resolved
from ensemble.aws.dynamodb.tables import Index, Key, Keys, Position, Span, Table
from ensemble.aws.dynamodb.updates import refuse_overlaps
from ensemble.aws.dynamodb.values import Item, checked
from ensemble.aws.item_sizes import item_bytes

Request = Mapping[str, Any]
Answer = dict[str, Any]
TableOf = Callable[[str], Table]

PAGE_BYTES = 1_024 * 1_024
"""How much a Query or a Scan looks at before it ends a page (Amazon DynamoDB Developer Guide, "Query")."""

MAXIMUM_KEYS, MAXIMUM_ANSWER_BYTES = 100, 16 * 1_024 * 1_024
"""What one BatchGetItem takes, and what it answers (DynamoDB API Reference, BatchGetItem)."""

MAXIMUM_GETS, MAXIMUM_GOT_BYTES = 100, 4 * 1_024 * 1_024
"""What one TransactGetItems takes and returns (DynamoDB API Reference, TransactGetItems)."""


def get_item(table: Table, request: Request) -> Answer:
    """Answer GetItem. Raises RequestRefused."""
    know(request)
    show = _shown(request)
    item = table.get(table.key_of(request["Key"]))
    answer = {} if item is None else {"Item": show(item)}
    if "ReturnConsumedCapacity" in request:
        units = read_units(0 if item is None else item_bytes(item), bool(request.get("ConsistentRead")))
        for one in consumed(request, {table.name: units}):
            answer["ConsumedCapacity"] = one
    return answer


def batch_get_item(table_of: TableOf, request: Request) -> Answer:
    """Answer BatchGetItem: what makes the answer too large is left for later. Raises RequestRefused."""
    know(request)
    if sum(len(asked["Keys"]) for asked in request["RequestItems"].values()) > MAXIMUM_KEYS:
        raise invalid("Too many items requested for the BatchGetItem call")
    responses, left, total, units = dict[str, list[Item]](), Answer(), 0, dict[str, float]()
    for name, asked in request["RequestItems"].items():
        know(asked)
        table, show = table_of(name), _shown(asked)
        keys = {table.key_of(key): key for key in asked["Keys"]}
        if len(keys) < len(asked["Keys"]):
            raise invalid("Provided list of item keys contains duplicates")
        responses[name], unprocessed, units[name] = [], [], 0.0
        for key, named in keys.items():
            item = table.get(key)
            size = 0 if item is None else item_bytes(item)
            total += size
            if total > MAXIMUM_ANSWER_BYTES:
                unprocessed.append(named)
                continue
            units[name] += read_units(size, bool(asked.get("ConsistentRead")))
            if item is not None:
                responses[name].append(show(item))
        if unprocessed:
            left[name] = {**asked, "Keys": unprocessed}
    answer: Answer = {"Responses": responses, "UnprocessedKeys": left}
    return _with_units(answer, request, units)


def transact_get_items(table_of: TableOf, request: Request) -> Answer:
    """Answer TransactGetItems. Raises RequestRefused."""
    know(request)
    gets = [one["Get"] for one in request["TransactItems"]]
    if len(gets) > MAXIMUM_GETS:
        raise invalid(f"Member must have length less than or equal to {MAXIMUM_GETS}")
    responses, total, units, known = list[Answer](), 0, dict[str, float](), set[tuple[str, Key]]()
    for get in gets:
        know(get)
        table, show = table_of(get["TableName"]), _shown(get)
        key = table.key_of(get["Key"])
        if (table.name, key) in known:
            raise invalid("Transaction request cannot include multiple operations on one item")
        known.add((table.name, key))
        item = table.get(key)
        size = 0 if item is None else item_bytes(item)
        total += size
        units[table.name] = units.get(table.name, 0.0) + TRANSACTIONAL * read_units(size, consistent=True)
        responses.append({} if item is None else {"Item": show(item)})
    if total > MAXIMUM_GOT_BYTES:
        raise invalid("The aggregated size of all the items cannot exceed 4 MB")
    return _with_units({"Responses": responses}, request, units)


def query(table: Table, request: Request) -> Answer:
    """Answer Query: a page of a partition of the table or of an index, in order. Raises RequestRefused."""
    know(request)
    if not request.get("KeyConditionExpression"):
        raise invalid("Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.")
    index, keys = _index(table, request)
    read = condition(request["KeyConditionExpression"], "KeyConditionExpression")
    filter = _filter(request, read)
    span, start = span_of(keys, read, request), _start(table, index, request)
    backward = request.get("ScanIndexForward") is False
    found = table.listing(request.get("IndexName")).between(span, start, backward=backward)
    return _page(table, index, found, filter, request)


def scan(table: Table, request: Request) -> Answer:
    """Answer Scan: a page of the table or of an index, in the order of its keys. Raises RequestRefused."""
    know(request)
    index, _ = _index(table, request)
    filter, start = _filter(request), _start(table, index, request)
    found = table.listing(request.get("IndexName")).between(Span(), start, backward=False)
    if "TotalSegments" in request or "Segment" in request:
        found = _segment(found, request)
    return _page(table, index, found, filter, request)


def _shown(request: Request) -> Callable[[Item], Item]:
    """Return what takes of an item what a request asks for."""
    text = request.get("ProjectionExpression")
    if text is None:
        if NAMES in request:
            check_placeholders(request, [], "")
        return _whole
    read = projection(text)
    check_placeholders(request, [read], "ProjectionExpression")
    return _parts(read, request)


def _whole(item: Item) -> Item:
    return item


def _parts(read: Projection, request: Request) -> Callable[[Item], Item]:
    paths = [resolved(path, request.get(NAMES, {})) for path in read.paths]
    refuse_overlaps(paths, "ProjectionExpression")
    return lambda item: projected(item, paths)


def _with_units(answer: Answer, request: Request, units: Mapping[str, float]) -> Answer:
    said = consumed(request, units)
    return {**answer, "ConsumedCapacity": said} if said else answer


def _index(table: Table, request: Request) -> tuple[Index | None, Keys]:
    """Return the index that a request reads, None for the table itself, and what that is keyed by."""
    name = request.get("IndexName")
    if name is None:
        return None, table.schema.keys
    index = table.index(name)
    if index.is_global and request.get("ConsistentRead"):
        raise invalid("Consistent reads are not supported on global secondary indexes")
    return index, index.keys


def _filter(request: Request, *read: Condition) -> Callable[[Item], bool] | None:
    """Return the filter of a request, and hold its placeholders against all its expressions."""
    text, shown = request.get("FilterExpression"), request.get("ProjectionExpression")
    filter = None if text is None else condition(text, "FilterExpression")
    all: list[Placeholders] = [
        *read,
        *([] if filter is None else [filter]),
        *([] if shown is None else [projection(shown)]),
    ]
    check_placeholders(request, all, "FilterExpression" if filter is not None else "KeyConditionExpression")
    if filter is None:
        return None
    names, values = request.get(NAMES, {}), checked(request.get(VALUES, {}))
    return lambda item: filter.holds(item, names, values)


def _start(table: Table, index: Index | None, request: Request) -> Position | None:
    """Return the position that a request goes on from. Raises RequestRefused."""
    start = request.get("ExclusiveStartKey")
    if start is None:
        return None
    keys = table.schema.keys if index is None else index.keys
    names = dict.fromkeys((*keys.names, *table.schema.keys.names))
    if start.keys() != names.keys() or any(
        start[name].keys() != {kind} for name, kind in zip(keys.names, keys.kinds, strict=True)
    ):
        raise invalid("The provided starting key is invalid")
    position = keys.position(start)
    assert position is not None
    return *position, table.key_of({name: start[name] for name in table.schema.keys.names})


def _page(
    table: Table,
    index: Index | None,
    found: Iterator[Position],
    filter: Callable[[Item], bool] | None,
    request: Request,
) -> Answer:
    """Return a page: it ends with the item that fills it, or that reaches the limit, and says from where to go on."""
    limit, total, scanned = request.get("Limit"), 0, 0
    if limit is not None and limit < 1:
        raise invalid(
            "1 validation error detected: Value at 'limit' failed to satisfy constraint: Member must be at least 1"
        )
    items, last = list[Item](), None
    for position in found:
        item = _held(index, table.stored[position[-1]])
        scanned, total = scanned + 1, total + item_bytes(item)
        if filter is None or filter(item):
            items.append(item)
        if total > PAGE_BYTES or scanned == limit:
            last = item
            break
    answer: Answer = {"Count": len(items), "ScannedCount": scanned}
    if request.get("Select") != "COUNT":
        text = request.get("ProjectionExpression")
        show = _whole if text is None else _parts(projection(text), request)
        answer = {"Items": [show(item) for item in items], **answer}
    if last is not None:
        names = dict.fromkeys((*table.schema.keys.names, *(() if index is None else index.keys.names)))
        answer["LastEvaluatedKey"] = {name: last[name] for name in names}
    if "ReturnConsumedCapacity" in request:
        for one in consumed(request, {table.name: read_units(total, bool(request.get("ConsistentRead")))}):
            answer["ConsumedCapacity"] = one
    return answer


def _held(index: Index | None, item: Item) -> Item:
    """Return what an index holds of an item."""
    if index is None or index.shown is None:
        return item
    return {name: value for name, value in item.items() if name in index.shown}


def _segment(found: Iterator[Position], request: Request) -> Iterator[Position]:
    """Yield what lies in one segment of a parallel scan."""
    if "TotalSegments" not in request or "Segment" not in request:
        missing = "Segment" if "Segment" not in request else "TotalSegments"
        there = "TotalSegments" if missing == "Segment" else "Segment"
        raise invalid(
            f"The {missing} parameter is required but was not present in the request when {there} parameter is present"
        )
    segment, total = request["Segment"], request["TotalSegments"]
    if segment >= total:
        raise invalid("The Segment parameter is zero-based and must be less than parameter TotalSegments")
    return (position for position in found if crc32(repr(position[-1]).encode()) % total == segment)
