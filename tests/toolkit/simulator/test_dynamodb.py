"""The simulated DynamoDB and moto give the same answers to the requests that the row store makes."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ensemble.aws.dynamodb.tables import schema_of
from ensemble.simulator.answers import NotSimulated, Refused
from ensemble.simulator.clients import Client
from ensemble.simulator.dynamodb import DynamoDb, Item, Table
from functions.kit.errors import EnsembleError
from functions.kit.model import Index
from functions.kit.rows import Commit, Row, RowStore
from tests.toolkit.aws.dynamodb import worlds

DUE = "due#1"
NOON = 1_767_268_800.0
TABLE = {
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    "AttributeDefinitions": [
        {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "index_partition", "index_position")
    ],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "index",
            "KeySchema": [
                {"AttributeName": "index_partition", "KeyType": "HASH"},
                {"AttributeName": "index_position", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }
    ],
    "StreamSpecification": {"StreamViewType": "NEW_IMAGE"},
}
Image = dict[str, Any]


class Moto(worlds.Moto):
    """moto's DynamoDB behind the client of the core lane."""

    def __init__(self) -> None:
        super().__init__(TABLE)
        self.client: Any = Client(self._request)

    def _request(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        status, answer = self.ask(operation, **parameters)
        if status != 200:
            reasons = [{"Code": "None"} | reason for reason in answer.get("CancellationReasons", [])]
            raise Refused(answer["__type"].rpartition("#")[2], reasons=reasons, item=answer.get("Item"))
        return answer


class Simulated:
    """The simulated DynamoDB behind the same client."""

    def __init__(self) -> None:
        self.now = NOON
        self._changes: list[tuple[Image | None, Image | None]] = []
        self.dynamodb = DynamoDb(lambda: self.now, self._changed)
        self.dynamodb.add("rows", schema_of(TABLE))
        self.client: Any = Client(self._request)

    def _changed(self, table: Table, key: str, before: Item | None, after: Item) -> None:
        self._changes.append((before, after))

    def _request(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        return self.dynamodb.answer(operation, parameters)

    def items(self) -> list[Item]:
        return worlds.in_order(list(self.dynamodb.tables["rows"].stored.values()))

    def changes(self) -> list[tuple[Image | None, Image | None]]:
        changes, self._changes = self._changes, []
        return changes


@pytest.mark.parametrize("seed", range(25))
def test_a_row_store_gets_the_same_answers_from_the_simulated_dynamodb_as_from_moto(seed: int) -> None:
    moto, simulated = Moto(), Simulated()

    for number in range(40):
        assert _act(simulated, seed, number) == _act(moto, seed, number), f"action {number}"


def _act(service: Moto | Simulated, seed: int, number: int) -> Any:
    """Do one random thing that a row store does; return what it returned or raised, and what is stored then."""
    chance = random.Random(f"{seed} {number}")
    rows = RowStore(service.client, "rows", 3_600)
    key = f"loan_id#{chance.randrange(3)}"
    try:
        if chance.random() < 0.2:
            result: Any = list(rows.due(DUE, "2026-01-01", f"2026-01-01T12:{chance.randrange(60):02}", None))
        elif chance.random() < 0.2:
            rows.published(key, chance.choice("abcdef"))
            result = "marked"
        elif chance.random() < 0.2:
            result = rows.load(key)
        else:
            result = rows.commit(_commit(chance, rows.load(key)), NOON)
    except (EnsembleError, ClientError) as error:
        result = type(error).__name__
    return result, service.items()


def _commit(chance: random.Random, loaded: Row) -> Commit:
    """Return a commit on the loaded row, or on one that another worker has changed meanwhile."""
    stale = chance.random() < 0.25
    row = Row(
        loaded.key,
        loaded.version + (chance.choice((-1, 1)) if stale else 0) if loaded.version else int(stale),
        {"status": chance.choice("abc"), "note": "ü"},
        dict.fromkeys(chance.sample("abcdef", chance.randrange(4)), "30000"),
        "workflow",
        dict.fromkeys(chance.sample("abcdef", chance.randrange(3)), "{}"),
    )
    due = Index(chance.choice((DUE, "elsewhere")), f"2026-01-01T12:{chance.randrange(60):02}")
    moves = {name: chance.randrange(-4, 5) for name in chance.sample(("x", "y", "z"), chance.randrange(4))}
    totals = {"day": {name: chance.randrange(5) for name in chance.sample(("a", "b.c"), chance.randrange(3))}}
    return Commit(row, chance.choice((None, due)), chance.choice((None, 3_600.0)), moves, totals)


def ask(service: Moto | Simulated, operation: str, request: Mapping[str, Any]) -> Any:
    """Return what a request comes to, or the code and the item of its refusal, and what is stored then."""
    try:
        result = getattr(service.client, operation)(**request)
    except ClientError as error:
        result = [error.response["Error"]["Code"], error.response.get("Item")]
        result += [[reason["Code"] for reason in error.response.get("CancellationReasons", [])]]
    else:
        for name in ("ResponseMetadata", "ConsumedCapacity", "ItemCollectionMetrics", "Attributes"):
            result.pop(name, None)
    return result, service.items()


def update(key: str, expression: str, **more: Any) -> dict[str, Any]:
    return {"TableName": "rows", "Key": {"pk": {"S": key}}, "UpdateExpression": expression, **more}


def a_row(key: str, version: int, *causes: str, position: str = "2026-01-01T12:00") -> Item:
    unpublished = {cause: {"S": "[]"} for cause in causes}
    index = {"index_partition": {"S": "due#3"}, "index_position": {"S": position}}
    return {"pk": {"S": key}, "version": {"N": str(version)}, "unpublished": {"M": unpublished}, **index}


MARK = {
    "UpdateExpression": "REMOVE unpublished.#cause ADD version :one",
    "ConditionExpression": "attribute_exists(unpublished.#cause)",
    "ExpressionAttributeValues": {":one": {"N": "1"}},
}
BETWEEN = "index_partition = :partition AND index_position BETWEEN :after AND :until"


@pytest.mark.parametrize("seed", range(10))
def test_marks_totals_and_first_puts_come_to_the_same_in_the_simulated_dynamodb_as_in_moto(seed: int) -> None:
    moto, simulated = Moto(), Simulated()

    for number in range(30):
        chance = random.Random(f"{seed} {number}")
        request = _request(chance)
        assert ask(simulated, *request) == ask(moto, *request), f"action {number}: {request}"


def _request(chance: random.Random) -> tuple[str, dict[str, Any]]:
    key, causes = f"loan_id#{chance.randrange(3)}", chance.sample(("a-1", "b.2", "c#3"), chance.randrange(1, 4))
    row = a_row(key, chance.randrange(1, 4), *causes, position=f"2026-01-01T12:{chance.randrange(60):02}")
    seen = {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"} if chance.random() < 0.5 else {}
    first = {"TableName": "rows", "Item": row, "ConditionExpression": "attribute_not_exists(pk)", **seen}
    next = {
        "TableName": "rows",
        "Item": row,
        "ConditionExpression": "version = :loaded",
        "ExpressionAttributeValues": {":loaded": {"N": str(chance.randrange(1, 5))}},
    }
    mark = {"TableName": "rows", "Key": {"pk": {"S": key}}, **MARK, "ExpressionAttributeNames": {"#cause": causes[0]}}
    totals = update(
        "totals#day",
        "ADD #0 :0, #1 :1",
        ExpressionAttributeNames={"#0": "total:orders", "#1": "total:cents.EUR"},
        ExpressionAttributeValues={":0": {"N": "1"}, ":1": {"N": str(chance.randrange(-5, 900))}},
    )
    both = {"TransactItems": [{"Put": chance.choice((first, next))}, {"Update": totals}]}
    times = sorted(f"2026-01-01T12:{chance.randrange(60):02}" for _ in range(2))
    values = dict(zip((":partition", ":after", ":until"), ({"S": one} for one in ("due#3", *times)), strict=True))
    due = {
        "TableName": "rows",
        "IndexName": "index",
        "KeyConditionExpression": BETWEEN,
        "ExpressionAttributeValues": values,
    }
    keys = [{"pk": {"S": f"loan_id#{number}"}} for number in chance.choices(range(4), k=2)]
    return chance.choice(
        (
            ("batch_get_item", {"RequestItems": {"rows": {"Keys": keys, "ConsistentRead": True}}}),
            ("put_item", first),
            ("put_item", next),
            ("update_item", mark),
            ("update_item", totals),
            ("transact_write_items", both),
            ("query", due),
        )
    )


def read_together(service: Simulated, *keys: str) -> Any:
    asked = {"Keys": [{"pk": {"S": key}} for key in keys]}
    return ask(service, "batch_get_item", {"RequestItems": {"rows": asked}})[0]


def test_a_hundred_items_and_16_megabytes_are_read_together_and_the_rest_is_left() -> None:
    """By AWS (DynamoDB API Reference, BatchGetItem)."""
    service = Simulated()
    for number in range(50):
        service.client.put_item(TableName="rows", Item={"pk": {"S": str(number)}, "state": {"S": "x" * 400_000}})

    found = read_together(service, *map(str, range(50)))

    assert [item["pk"]["S"] for item in found["Responses"]["rows"]] == [str(number) for number in range(41)]
    assert [key["pk"]["S"] for key in found["UnprocessedKeys"]["rows"]["Keys"]] == [str(one) for one in range(41, 50)]
    assert read_together(service, *map(str, range(50, 150))) == {"Responses": {"rows": []}, "UnprocessedKeys": {}}
    assert read_together(service, *map(str, range(50, 151)))[0] == "ValidationException"


def test_what_is_left_for_later_of_a_batch_is_refused_only_when_it_is_all() -> None:
    """By AWS (DynamoDB API Reference, BatchGetItem)."""
    request = {"RequestItems": {"rows": {"Keys": [{"pk": {"S": "a"}}, {"pk": {"S": "b"}}]}}}
    dynamodb = Simulated().dynamodb

    left = dynamodb.batch_get_item(request, {"b"})["UnprocessedKeys"]
    assert left == {"rows": {"Keys": [{"pk": {"S": "b"}}]}}
    with pytest.raises(Refused):
        dynamodb.batch_get_item(request, {"a", "b"})


@pytest.mark.parametrize(("length", "code"), [(409_600, None), (409_601, "ValidationException")])
def test_an_item_has_400_kilobytes_at_most_its_names_included(length: int, code: str | None) -> None:
    """By AWS (DynamoDB Developer Guide, "DynamoDB Item sizes and formats"); moto's limit is lower."""
    item = {"pk": {"S": "a"}, "state": {"S": "x" * (length - len("pk" + "a" + "state"))}}

    found, _ = ask(Simulated(), "put_item", {"TableName": "rows", "Item": item})

    assert found == ({} if code is None else [code, None, []])


def test_a_transaction_takes_a_hundred_actions_and_no_item_twice() -> None:
    """By AWS (DynamoDB API reference, TransactWriteItems)."""
    service = Simulated()

    def refused(*keys: str) -> Any:
        puts = [{"Put": {"TableName": "rows", "Item": {"pk": {"S": key}}}} for key in keys]
        return ask(service, "transact_write_items", {"TransactItems": puts})[0]

    assert refused(*map(str, range(100))) == {}
    assert refused(*map(str, range(101)))[0] == "ValidationException"
    assert refused("a", "b", "a")[0] == "ValidationException"


def test_a_transaction_takes_four_megabytes() -> None:
    """By AWS (DynamoDB Developer Guide, "Service, account, and table quotas")."""
    service, large = Simulated(), {"S": "x" * 400_000}

    def put(number: int) -> Any:
        items = [{"pk": {"S": str(one)}, "state": large} for one in range(number)]
        puts = [{"Put": {"TableName": "rows", "Item": item}} for item in items]
        return ask(service, "transact_write_items", {"TransactItems": puts})[0]

    assert put(10) == {}
    assert put(11)[0] == "ValidationException"


def test_an_item_of_a_transaction_that_is_too_large_is_the_reason_why_it_is_cancelled() -> None:
    """By AWS (DynamoDB API reference, TransactWriteItems, "Cancellation reasons")."""
    puts = [
        {"Put": {"TableName": "rows", "Item": {"pk": {"S": str(one)}, "state": {"S": "x" * one}}}}
        for one in (1, 500_000)
    ]

    found = ask(Simulated(), "transact_write_items", {"TransactItems": puts})

    assert found == (["TransactionCanceledException", None, ["None", "ValidationError"]], [])


def test_a_query_is_answered_in_pages() -> None:
    service = Simulated()
    rows = [a_row(f"loan_id#{number:0900}", 1) for number in range(2_500)]
    for row in rows:
        service.client.put_item(TableName="rows", Item=row)
    values = {":partition": {"S": "due#3"}, ":after": {"S": "2026"}, ":until": {"S": "2027"}}
    request = {"TableName": "rows", "IndexName": "index", "KeyConditionExpression": BETWEEN}

    pages = list(service.client.get_paginator("query").paginate(**request, ExpressionAttributeValues=values))

    assert len(pages) == 3
    assert [item["pk"] for page in pages for item in page["Items"]] == [row["pk"] for row in rows]
    assert all("state" not in item for page in pages for item in page["Items"])


def test_an_item_that_is_written_as_it_was_makes_no_stream_record() -> None:
    item = {"pk": {"S": "a"}, "v": {"S": "1"}}

    service = Simulated()
    service.client.put_item(TableName="rows", Item=item)
    service.client.put_item(TableName="rows", Item=dict(item))

    assert service.changes() == [(None, item)]


def test_a_transaction_repeated_with_its_token_is_carried_out_once() -> None:
    """By AWS (DynamoDB API reference, TransactWriteItems, ClientRequestToken); moto does not look at the token."""
    service = Simulated()
    update = {
        "TableName": "rows",
        "Key": {"pk": {"S": "counter#x"}},
        "UpdateExpression": "ADD amount :move",
        "ExpressionAttributeValues": {":move": {"N": "2"}},
    }
    request = {"TransactItems": [{"Update": update}], "ClientRequestToken": "token"}

    service.dynamodb.answer("TransactWriteItems", request)
    service.dynamodb.answer("TransactWriteItems", request)
    once = service.dynamodb.tables["rows"].items["counter#x"]["amount"]
    service.now += 601
    service.dynamodb.answer("TransactWriteItems", request)

    assert once == {"N": "2"}
    assert service.dynamodb.tables["rows"].items["counter#x"]["amount"] == {"N": "4"}


def test_an_item_that_has_expired_is_as_good_as_gone() -> None:
    """By AWS it goes within days and may be read until then (DynamoDB Developer Guide, "Time to live")."""
    service = Simulated()
    RowStore(service.client, "rows", 60).commit(Commit(Row("loan_id#1", state={}), keep_seconds=60.0), NOON)

    service.now += 61

    assert RowStore(service.client, "rows", 60).load("loan_id#1").version == 0


def test_an_index_can_be_read_as_it_was_before_the_last_change() -> None:
    service = Simulated()
    rows = RowStore(service.client, "rows", 60)
    listed = rows.commit(Commit(Row("loan_id#1", state={}), index=Index(DUE, "1")), NOON)
    rows.commit(Commit(listed), NOON)
    query = {
        "TableName": "rows",
        "IndexName": "index",
        "KeyConditionExpression": BETWEEN,
        "ExpressionAttributeValues": {":partition": {"S": DUE}, ":after": {"S": "0"}, ":until": {"S": "2"}},
    }

    assert service.dynamodb.answer("Query", query)["Items"] == []
    assert [item["pk"] for item in service.dynamodb.query_stale(query)["Items"]] == [{"S": "loan_id#1"}]


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        ("GetItem", {"TableName": "rows", "Key": {"pk": {"S": "a"}}, "AttributesToGet": ["pk"]}),
        ("DeleteItem", {"TableName": "rows", "Key": {"pk": {"S": "a"}}}),
        ("CreateTable", {"TableName": "others"}),
    ],
)
def test_a_request_that_is_not_simulated_is_not_guessed_at(operation: str, request_: Any) -> None:
    with pytest.raises(NotSimulated):
        Simulated().dynamodb.answer(operation, request_)


def test_a_table_that_is_not_there_is_an_error_as_aws_says_it() -> None:
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        Simulated().client.get_item(TableName="nowhere", Key={"pk": {"S": "a"}})
