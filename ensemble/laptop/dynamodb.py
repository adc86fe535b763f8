"""moto's DynamoDB, made to fit a laptop: its own state, quick answers, cheap transactions, changes with both images.

The only module that reaches into moto. It is not started (`mock_aws`), so nothing else in the process is mocked.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

from moto.core.exceptions import JsonRESTError
from moto.core.model_instances import model_data
from moto.core.request import Request
from moto.core.responses import ActionResult
from moto.core.utils import camelcase_to_underscores
from moto.dynamodb.exceptions import MockValidationException
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import Item
from moto.dynamodb.models.table import StreamShard, Table
from moto.dynamodb.models.utilities import dynamo_json_dump
from moto.dynamodb.responses import DynamoHandler

from ensemble.aws.account import STREAM_LABEL

Image = dict[str, Any]
Answer = tuple[int, dict[str, str], bytes]

QUICK_OPERATIONS = frozenset(
    {"BatchGetItem", "GetItem", "PutItem", "Query", "Scan", "TransactGetItems", "TransactWriteItems", "UpdateItem"}
)


@dataclass(frozen=True, slots=True)
class Change:
    """What a write did to one item: its images before and after, None where there was or is no item."""

    keys: Image
    old: Image | None
    new: Image | None


class _Shard(StreamShard):
    """A stream shard that keeps both images of each change, and leaves out writes that change nothing.

    moto's own keeps neither of these, and looks for functions to call at each record.
    """

    def __init__(self, table: Table) -> None:
        super().__init__(table.account_id, table)
        self.changes: list[Change] = []

    def add(self, old: Item | None, new: Item | None) -> None:
        """Keep a change."""
        before, after = _image(old), _image(new)
        if before == after:
            return
        image = after or before or {}
        self.changes.append(Change({name: image[name] for name in self.table.table_key_attrs}, before, after))


class _Table(Table):
    """A table that is copied for a transaction's rollback without copying its items.

    moto copies all items for each transaction: 118 ms at 4,000 items. That is needed only because an update
    changes the stored item; `Backend` makes it change a copy.
    """

    def __deepcopy__(self, memo: dict[int, Any]) -> Table:
        twin = copy.copy(self)
        twin.items = copy.copy(self.items)
        if self.has_range_key:
            twin.items.update({key: dict(items) for key, items in self.items.items()})
        if isinstance(self.stream_shard, _Shard):
            shard = copy.copy(self.stream_shard)
            shard.table, shard.changes = twin, list(self.stream_shard.changes)
            twin.stream_shard = shard
        return twin


class Backend(DynamoDBBackend):
    """moto's DynamoDB for one laptop, apart from those that moto itself keeps for the process."""

    def __init__(self, region: str, account_id: str) -> None:
        super().__init__(region, account_id)
        self._handler = _handler_of(self)
        self._endpoint = f"https://dynamodb.{region}.amazonaws.com/"

    def add_table(self, name: str, properties: Mapping[str, Any]) -> None:
        """Create a table from the properties of its CloudFormation resource."""
        stream = properties.get("StreamSpecification")
        with _untracked():
            table = self.create_table(
                name,
                schema=properties["KeySchema"],
                throughput=None,
                attr=properties["AttributeDefinitions"],
                global_indexes=properties.get("GlobalSecondaryIndexes"),
                indexes=properties.get("LocalSecondaryIndexes"),
                streams=dict(stream) if stream else None,
                billing_mode="PAY_PER_REQUEST",
                sse_specification=None,
                tags=[],
                deletion_protection_enabled=False,
                warm_throughput=None,
            )
            table.__class__ = _Table  # type: ignore[type-abstract]
            if stream:
                table.stream_shard, table.latest_stream_label = _Shard(table), STREAM_LABEL

    def take_changes(self, table_name: str) -> list[Change]:
        """Return what changed in a table with a stream since the last time, in order."""
        shard = self.tables[table_name].stream_shard
        if not isinstance(shard, _Shard) or not shard.changes:
            return []
        changes, shard.changes = shard.changes, []
        return changes

    def image(self, table_name: str, key: Mapping[str, Any]) -> Image | None:
        """Return an item by its key, both as DynamoDB writes them in JSON; None where there is none."""
        return _image(self.tables[table_name].get_item(*self.get_keys_value(self.tables[table_name], dict(key))))

    def images(self, table_name: str) -> list[Image]:
        """Return all items of a table, as DynamoDB writes them in JSON."""
        return [image for item in self.tables[table_name].all_items() if (image := _image(item)) is not None]

    def restore(self, table_name: str, images: Iterable[Image]) -> int:
        """Put items in a table, which is no change of it; return how many have no key of this table."""
        table, refused = self.tables[table_name], 0
        with _untracked():
            for image in images:
                try:
                    table.put_item(image)
                except MockValidationException:
                    refused += 1
        self.take_changes(table_name)
        return refused

    def answer(self, headers: Mapping[str, str], body: bytes) -> Answer:
        """Answer a request of the DynamoDB protocol: the usual ones past moto's layers for all protocols of AWS."""
        with _untracked():
            operation = headers.get("x-amz-target", "").rpartition(".")[2]
            if operation in QUICK_OPERATIONS and b'"B":' not in body and b'"BS":' not in body:
                return self._answer_quickly(operation, json.loads(body))
            return self._answer_usually(headers, body)

    def _answer_usually(self, headers: Mapping[str, str], body: bytes) -> Answer:
        request = Request.from_primitives("POST", self._endpoint, headers, body)
        status, answered, content = self._handler.dispatch(request, self._endpoint, request.headers)
        return status, answered, content.encode() if isinstance(content, str) else content

    def _answer_quickly(self, operation: str, parameters: dict[str, Any]) -> Answer:
        handler = self._handler()
        handler.body = handler.params = parameters
        headers = {"content-type": "application/x-amz-json-1.0"}
        try:
            result = cast("ActionResult", getattr(handler, camelcase_to_underscores(operation))())
        except JsonRESTError as error:
            return error.code, headers, error.description.encode()
        return 200, headers, dynamo_json_dump(result.result).encode()

    def update_item(self, table_name: str, key: dict[str, dict[str, Any]], *args: Any, **kwargs: Any) -> Item:
        """Update a copy of the stored item, put in its place."""
        table = self.get_table(table_name)
        hash_key, range_key = self.get_keys_value(table, key)
        stored = table.get_item(hash_key, range_key)
        if stored is not None:
            twin = copy.deepcopy(stored)
            if range_key is None:
                table.items[hash_key] = twin  # type: ignore[assignment]
            else:
                table.items[hash_key][range_key] = twin
        return _as_one_change(table, lambda: super(Backend, self).update_item(table_name, key, *args, **kwargs))


@contextmanager
def _untracked() -> Iterator[None]:
    """Let moto forget the models made meanwhile, ours too: it keeps each one, and so each old item and each copy of a
    table, as long as the process."""
    known = [(model, len(model.instances_tracked)) for model in _MODELS]  # type: ignore[attr-defined]
    try:
        yield
    finally:
        for model, number in known:
            del model.instances_tracked[number:]  # type: ignore[attr-defined]


_MODELS = (*model_data["dynamodb"].values(), _Table, _Shard)


def _as_one_change(table: Table, update: Callable[[], Item]) -> Item:
    """Do an update; one that makes the item is two writes to moto, and one to the stream of a real table."""
    shard = table.stream_shard
    if not isinstance(shard, _Shard):
        return update()
    before = len(shard.changes)
    item = update()
    made = shard.changes[before:]
    if len(made) > 1:
        shard.changes[before:] = [Change(made[0].keys, made[0].old, made[-1].new)]
    return item


def _image(item: Item | None) -> Image | None:
    """Return an item as a stream shows it, sharing nothing with the table."""
    return None if item is None else json.loads(dynamo_json_dump(item.attrs))


def _handler_of(backend: DynamoDBBackend) -> type[DynamoHandler]:
    class Handler(DynamoHandler):
        @property
        def dynamodb_backend(self) -> DynamoDBBackend:
            return backend

    return Handler
