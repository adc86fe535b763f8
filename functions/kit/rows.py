"""The service's table of rows: one read, one conditional write, and a transaction only where counters move."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from functions.kit.envelope import encoded
from functions.kit.errors import FloorReached, TooManyEventsForOneRow, VersionConflict
from functions.kit.model import TIMER, Index

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef as Value
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef as Write

MAXIMUM_INBOX = 200
"""More events than any one workflow sends to one service; a row that reaches it is keyed wrongly."""

CROWDED = MAXIMUM_INBOX // 2
"""From so many handled events on, a row does not remember those that change nothing: whoever repeats a command
without end must not fill the row that the workflow needs."""


@dataclass(frozen=True, slots=True)
class Row:
    """What a service knows of one workflow. `version` 0: there is no row yet. `inbox`: ids of the handled events.

    `is_intent`: it was last written before an effect, for the event that is being handled.
    """

    key: str
    version: int = 0
    state: Any = None
    inbox: frozenset[str] = frozenset()
    correlation_id: str | None = None
    is_intent: bool = False


@dataclass(frozen=True, slots=True)
class Commit:
    """All that one decision changes: the row after it, its outbox as JSON, where it is listed, counters by name."""

    row: Row
    outbox: str | None = None
    index: Index | None = None
    moves: Mapping[str, int] | None = None


class RowStore:
    """Loads rows and commits decisions, given a low-level DynamoDB client.

    `memory_seconds`: how long a row is kept after its last change; None keeps it for ever.
    """

    def __init__(self, client: DynamoDBClient, table_name: str, memory_seconds: int | None) -> None:
        self._client = client
        self._table_name = table_name
        self._memory_seconds = memory_seconds

    def load(self, key: str) -> Row:
        """Read a row consistently; the row of version 0 when there is none."""
        answer = self._client.get_item(TableName=self._table_name, Key={"pk": {"S": key}}, ConsistentRead=True)
        item = answer.get("Item")
        if item is None:
            return Row(key)
        return Row(
            key=key,
            version=int(item["version"]["N"]),
            state=json.loads(item["state"]["S"]),
            inbox=frozenset(item["inbox"]["SS"]) if "inbox" in item else frozenset(),
            correlation_id=item["correlation_id"]["S"],
        )

    def commit(self, commit: Commit, now: float) -> Row:
        """Write the row if its version is still the loaded one, and move the counters with it.

        Returns the row as it is now. Raises VersionConflict when another worker was faster, FloorReached
        when a counter holds less than is taken, TooManyEventsForOneRow when the row is keyed wrongly.
        """
        if len(commit.row.inbox) > MAXIMUM_INBOX:
            raise TooManyEventsForOneRow(f"{commit.row.key} has handled over {MAXIMUM_INBOX} events")
        put = self._put(commit, now)
        moves = {name: amount for name, amount in (commit.moves or {}).items() if amount}
        if moves:
            self._transact([{"Put": put}, *(self._move(*move) for move in sorted(moves.items()))])
        else:
            self._put_alone(put)
        return replace(commit.row, version=commit.row.version + 1, is_intent=False)

    def put_new(self, item: dict[str, Value]) -> bool:
        """Put an item that is no row, such as a stored event, unless its key is taken; return whether it was put."""
        try:
            self._client.put_item(TableName=self._table_name, Item=item, ConditionExpression="attribute_not_exists(pk)")
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            return False
        return True

    def due(self, until: str) -> Iterator[tuple[str, str]]:
        """List (key, instant) of the rows that came due by `until`, earliest first."""
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table_name,
            IndexName="index",
            KeyConditionExpression="index_partition = :due AND index_position <= :until",
            ExpressionAttributeValues={":due": {"S": TIMER}, ":until": {"S": until}},
        )
        for page in pages:
            for item in page["Items"]:
                yield item["pk"]["S"], item["index_position"]["S"]

    def _put(self, commit: Commit, now: float) -> Any:
        row = commit.row
        put: dict[str, Any] = {"TableName": self._table_name, "Item": self._item(commit, now)}
        if row.version == 0:
            return put | {"ConditionExpression": "attribute_not_exists(pk)"}
        return put | {
            "ConditionExpression": "version = :loaded",
            "ExpressionAttributeValues": {":loaded": {"N": str(row.version)}},
        }

    def _item(self, commit: Commit, now: float) -> dict[str, Value]:
        row = commit.row
        item: dict[str, Value] = {
            "pk": {"S": row.key},
            "version": {"N": str(row.version + 1)},
            "state": {"S": encoded(row.state)},
            "correlation_id": {"S": row.correlation_id or ""},
        }
        if row.inbox:
            item["inbox"] = {"SS": sorted(row.inbox)}
        if commit.outbox is not None:
            item["outbox"] = {"S": commit.outbox}
        if commit.index is not None:
            item["index_partition"] = {"S": commit.index.partition}
            item["index_position"] = {"S": commit.index.position}
        if self._memory_seconds is not None:
            item["expires_at"] = {"N": str(int(now) + self._memory_seconds)}
        return item

    def _move(self, name: str, amount: int) -> Write:
        update: dict[str, Any] = {
            "TableName": self._table_name,
            "Key": {"pk": {"S": f"counter#{name}"}},
            "UpdateExpression": "ADD amount :move",
            "ExpressionAttributeValues": {":move": {"N": str(amount)}},
        }
        if amount < 0:
            update["ConditionExpression"] = "amount >= :floor"
            update["ExpressionAttributeValues"][":floor"] = {"N": str(-amount)}
        return {"Update": update}  # type: ignore[typeddict-item]

    def _put_alone(self, put: Any) -> None:
        try:
            self._client.put_item(**put)
        except ClientError as error:
            if error.response["Error"]["Code"] in ("ConditionalCheckFailedException", "TransactionConflictException"):
                raise VersionConflict(put["Item"]["pk"]["S"]) from error
            raise

    def _transact(self, writes: list[Write]) -> None:
        """Write all or nothing. The reasons of a cancellation come in the order of the writes (DynamoDB API
        reference, TransactWriteItems), so the first is the row's."""
        try:
            self._client.transact_write_items(TransactItems=writes)
        except ClientError as error:
            if error.response["Error"]["Code"] != "TransactionCanceledException":
                raise
            row, *counters = (reason.get("Code", "None") for reason in error.response["CancellationReasons"])
            if row == "ConditionalCheckFailed" or "TransactionConflict" in (row, *counters):
                raise VersionConflict("the row or a counter changed meanwhile") from error
            if "ConditionalCheckFailed" in counters:
                raise FloorReached("a counter holds less than the decision takes") from error
            raise
