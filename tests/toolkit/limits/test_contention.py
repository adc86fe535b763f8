"""Writers of one item meet as they do in DynamoDB."""

from __future__ import annotations

from typing import Any

import pytest

from ensemble.aws.dynamodb.tables import Index, Keys, Schema
from ensemble.limits.contention import BURST, CONFLICT, THROTTLED, Contention
from ensemble.limits.items import Write, writes_of
from ensemble.limits.quotas import ITEM_WRITES
from ensemble.simulator.dynamodb import DynamoDb, Item

TABLE, KEY = "table", "counter#one"
PLACE = (TABLE, KEY)
BY_POSITION = Index("index", Keys(("index_partition", "index_position"), ("S", "S")), None, is_global=True)
SCHEMA = Schema(Keys(("pk",), ("S",)), {"index": BY_POSITION})


def of_one(units: int = 1) -> Write:
    return Write(PLACE, units, {})


@pytest.fixture
def dynamodb() -> DynamoDb:
    made = DynamoDb(lambda: 0.0, lambda *_: None)
    made.add(TABLE, SCHEMA)
    return made


def put(item: Item) -> dict[str, Any]:
    return {"TableName": TABLE, "Item": item}


def test_what_comes_while_a_transaction_holds_an_item_conflicts_and_what_comes_after_it_does_not() -> None:
    contention = Contention()
    assert contention.reasons([of_one()], 0.0) is None
    contention.hold([of_one()])

    other = Write((TABLE, "another"), 1, {})
    assert contention.reasons([other, of_one()], 0.0) == ["None", CONFLICT]

    contention.let_go([of_one()])
    assert contention.reasons([other, of_one()], 0.0) is None


def test_an_item_takes_so_many_units_a_second_and_no_more() -> None:
    contention, taken, now = Contention(), 0, 0.0
    for step in range(4_000):
        now = step / 2_000
        taken += contention.reasons([of_one()], now) is None

    assert taken == pytest.approx(ITEM_WRITES * (now + BURST), rel=0.01)
    assert contention.reasons([of_one(), of_one()], now) == [THROTTLED, THROTTLED]


def test_a_write_in_a_transaction_takes_twice_the_units(dynamodb: DynamoDb) -> None:
    item: Item = {"pk": {"S": KEY}, "state": {"S": "x" * 1_500}}

    (alone,) = writes_of(dynamodb, "PutItem", put(item))
    (together,) = writes_of(dynamodb, "TransactWriteItems", {"TransactItems": [{"Put": put(item)}]})

    assert (alone.units, together.units) == (2, 4)


def test_an_entry_of_the_index_takes_a_unit_when_it_comes_and_when_it_goes(dynamodb: DynamoDb) -> None:
    listed: Item = {"pk": {"S": KEY}, "index_partition": {"S": "due#1"}, "index_position": {"S": "now"}}
    later: Item = listed | {"index_position": {"S": "later"}}
    partition = (TABLE, "index due#1")

    (comes,) = writes_of(dynamodb, "PutItem", put(listed))
    dynamodb.tables[TABLE].write(KEY, listed)
    (stays,) = writes_of(dynamodb, "PutItem", put(listed))
    (moves,) = writes_of(dynamodb, "PutItem", put(later))
    (goes,) = writes_of(dynamodb, "PutItem", put({"pk": {"S": KEY}}))

    assert [dict(one.listed) for one in (comes, stays, moves, goes)] == [
        {partition: 1},
        {},
        {partition: 2},
        {partition: 1},
    ]


def test_a_read_writes_nothing(dynamodb: DynamoDb) -> None:
    assert writes_of(dynamodb, "GetItem", {"TableName": TABLE, "Key": {"pk": {"S": KEY}}}) == []
