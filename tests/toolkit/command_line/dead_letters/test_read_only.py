"""A forecast without writing: whoever gives it a client that refuses every write loses nothing."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from ensemble.command_line.dead_letters.read_only import ReadOnly

TABLE = "table"
ROW = {"pk": {"S": "row"}, "version": {"N": "1"}}


class Refusing:
    """A DynamoDB of one row that refuses whatever is no read."""

    def __init__(self) -> None:
        self.reads = 0

    def get_item(self, **asked: Any) -> dict[str, Any]:
        assert (asked["TableName"], asked["ConsistentRead"]) == (TABLE, True)
        self.reads += 1
        return {"Item": ROW} if asked["Key"] == {"pk": {"S": "row"}} else {}

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"{name} is asked of a table that is only read")


def put(version: int) -> dict[str, Any]:
    return {
        "TableName": TABLE,
        "Item": {"pk": {"S": "row"}, "version": {"N": "2"}},
        "ConditionExpression": "version = :loaded",
        "ExpressionAttributeValues": {":loaded": {"N": str(version)}},
    }


def test_what_is_written_is_read_again_and_the_table_gets_nothing() -> None:
    table = Refusing()
    rows = ReadOnly(table)

    rows.client().put_item(**put(1))

    assert rows.client().get_item(TableName=TABLE, Key={"pk": {"S": "row"}})["Item"]["version"] == {"N": "2"}
    assert (rows.writes, table.reads) == (1, 1)


def test_a_condition_is_judged_by_what_is_in_the_table() -> None:
    rows = ReadOnly(Refusing())

    with pytest.raises(ClientError, match="ConditionalCheckFailedException"):
        rows.client().put_item(**put(7))

    assert rows.writes == 0


def test_counters_of_a_transaction_are_read_too() -> None:
    rows = ReadOnly(Refusing())
    take = {
        "TableName": TABLE,
        "Key": {"pk": {"S": "counter#books"}},
        "UpdateExpression": "ADD amount :move",
        "ConditionExpression": "amount >= :floor",
        "ExpressionAttributeValues": {":move": {"N": "-1"}, ":floor": {"N": "1"}},
    }

    with pytest.raises(ClientError, match="TransactionCanceledException"):
        rows.client().transact_write_items(TransactItems=[{"Put": put(1)}, {"Update": take}])

    assert rows.writes == 0


def test_a_read_that_fails_is_no_forecast() -> None:
    class Forbidden(Refusing):
        def get_item(self, **_: Any) -> dict[str, Any]:
            raise ClientError({"Error": {"Code": "AccessDeniedException"}}, "GetItem")

    rows = ReadOnly(Forbidden())

    with pytest.raises(ClientError):
        rows.client().get_item(TableName=TABLE, Key={"pk": {"S": "row"}})

    assert rows.failure is not None
