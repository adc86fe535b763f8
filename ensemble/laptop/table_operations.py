"""moto's DynamoDB for the operations on tables: made, described, changed, tagged, saved; and PartiQL.

The only module that reaches into moto. It is not started (`mock_aws`), so nothing else in the process is mocked.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from moto.core.model_instances import model_data
from moto.core.request import Request
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.utilities import dynamo_json_dump
from moto.dynamodb.responses import DynamoHandler

from ensemble.aws.account import STREAM_LABEL, Account
from ensemble.aws.dynamodb.values import bytes_of

Image = dict[str, Any]

ITEMS_NEEDED = frozenset(
    {
        "BatchExecuteStatement",
        "CreateBackup",
        "ExecuteStatement",
        "ExecuteTransaction",
        "ExportTableToPointInTime",
        "ImportTable",
        "RestoreTableFromBackup",
        "RestoreTableToPointInTime",
    }
)
"""Operations for which moto is lent all items: they cost as much as there are."""


class TableOperations:
    """moto's tables, without items of their own."""

    def __init__(self, account: Account) -> None:
        self._backend = DynamoDBBackend(account.region, account.account_id)
        self._handler = _handler_of(self._backend)
        self._endpoint = f"https://dynamodb.{account.region}.amazonaws.com/"

    def create(self, name: str, properties: Mapping[str, Any]) -> None:
        """Create a table from the properties of its CloudFormation resource."""
        stream = properties.get("StreamSpecification")
        with _untracked():
            table = self._backend.create_table(
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
            if stream:
                table.stream_shard, table.latest_stream_label = None, STREAM_LABEL

    def described(self) -> dict[str, dict[str, Any]]:
        """Return what DescribeTable says of each table, by name."""
        return {name: table.describe("Table")["Table"] for name, table in self._backend.tables.items()}

    def answer(self, headers: Mapping[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        """Answer a request of the DynamoDB protocol."""
        with _untracked():
            request = Request.from_primitives("POST", self._endpoint, headers, body)
            status, answered, content = self._handler.dispatch(request, self._endpoint, request.headers)
            return status, answered, content.encode() if isinstance(content, str) else content

    @contextmanager
    def lent(self, images: Mapping[str, Iterable[Image]]) -> Iterator[dict[str, list[Image]]]:
        """Let moto have the items of tables until the block ends; then the dict has those of each table."""
        given_back = dict[str, list[Image]]()
        with _untracked():
            for name, items in images.items():
                for item in items:
                    self._backend.tables[name].put_item(json.loads(json.dumps(item), object_hook=_with_bytes))
            try:
                yield given_back
            finally:
                for name, table in self._backend.tables.items():
                    given_back[name] = [json.loads(dynamo_json_dump(item.attrs)) for item in table.all_items()]
                    table.items.clear()


def _with_bytes(value: dict[str, Any]) -> dict[str, Any]:
    """Return a value with bytes for Base64, as moto has them of a client."""
    if isinstance(value.get("B"), str):
        return {"B": bytes_of(value["B"])}
    if isinstance(value.get("BS"), list):
        return {"BS": [bytes_of(one) for one in value["BS"]]}
    return value


@contextmanager
def _untracked() -> Iterator[None]:
    """Let moto forget the models made meanwhile: it keeps each one as long as the process."""
    known = [(model, len(model.instances_tracked)) for model in _MODELS]  # type: ignore[attr-defined]
    try:
        yield
    finally:
        for model, number in known:
            del model.instances_tracked[number:]  # type: ignore[attr-defined]


_MODELS = tuple(model_data["dynamodb"].values())


def _handler_of(backend: DynamoDBBackend) -> type[DynamoHandler]:
    class Handler(DynamoHandler):
        @property
        def dynamodb_backend(self) -> DynamoDBBackend:
            return backend

    return Handler
