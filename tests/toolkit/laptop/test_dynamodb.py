"""DynamoDB on a laptop: its changes, its tables, and what it costs."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from moto.core.model_instances import model_data

from ensemble.aws.account import Account
from ensemble.aws.errors import ResourceNotFound
from ensemble.laptop import Laptop
from ensemble.laptop.dynamodb import Backend, Change
from tests.toolkit.laptop.assemblies import table
from tests.toolkit.laptop.clients import client
from tests.toolkit.laptop.small import laptop_with

KEY = {"pk": {"S": "a"}}
COUNT = {"UpdateExpression": "ADD n :one", "ExpressionAttributeValues": {":one": {"N": "1"}}}


@pytest.fixture
def backend() -> Backend:
    return made()


def made() -> Backend:
    backend = Backend(Account(), lambda: 0.0)
    by_position = {
        "IndexName": "by_position",
        "KeySchema": [{"AttributeName": "v", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "KEYS_ONLY"},
    }
    by_range = {
        "IndexName": "by_range",
        "KeySchema": [{"AttributeName": "v", "KeyType": "HASH"}, {"AttributeName": "w", "KeyType": "RANGE"}],
        "Projection": {"ProjectionType": "KEYS_ONLY"},
    }
    properties = table(StreamSpecification={"StreamViewType": "NEW_IMAGE"})["Properties"]
    attributes = [
        *properties["AttributeDefinitions"],
        *({"AttributeName": name, "AttributeType": "S"} for name in "vw"),
    ]
    backend.add_table(
        "rows", properties | {"AttributeDefinitions": attributes, "GlobalSecondaryIndexes": [by_position, by_range]}
    )
    return backend


def ask(backend: Backend, operation: str, **request: Any) -> tuple[int, dict[str, Any]]:
    headers = {"x-amz-target": f"DynamoDB_20120810.{operation}", "content-type": "application/x-amz-json-1.0"}
    status, _, body = backend.answer(headers, json.dumps({"TableName": "rows"} | request).encode())
    return status, json.loads(body)


def put(backend: Backend, key: str, **values: str) -> tuple[int, dict[str, Any]]:
    item = {"pk": {"S": key}} | {name: {"S": value} for name, value in values.items()}
    return ask(backend, "PutItem", Item=item)


def test_each_write_is_one_change_with_both_images(backend: Backend) -> None:
    put(backend, "a", v="1")
    ask(backend, "UpdateItem", Key=KEY, **COUNT)
    ask(backend, "DeleteItem", Key=KEY)

    first, second = KEY | {"v": {"S": "1"}}, KEY | {"v": {"S": "1"}, "n": {"N": "1"}}
    assert backend.take_changes("rows") == [
        Change(KEY, None, first),
        Change(KEY, first, second),
        Change(KEY, second, None),
    ]
    assert backend.take_changes("rows") == []


def test_an_update_that_makes_the_item_is_one_change(backend: Backend) -> None:
    ask(backend, "UpdateItem", Key=KEY, **COUNT)

    assert backend.take_changes("rows") == [Change(KEY, None, KEY | {"n": {"N": "1"}})]


def test_an_entry_of_a_map_goes_once_and_a_number_grows_with_it(backend: Backend) -> None:
    row = KEY | {"n": {"N": "3"}, "kept": {"M": {"e-1.#": {"S": "{}"}, "e-2": {"S": "{}"}}}}
    mark = {
        "UpdateExpression": "REMOVE kept.#id ADD n :one",
        "ConditionExpression": "attribute_exists(kept.#id)",
        "ExpressionAttributeNames": {"#id": "e-1.#"},
        "ExpressionAttributeValues": {":one": {"N": "1"}},
    }
    ask(backend, "PutItem", Item=row)

    statuses = [ask(backend, "UpdateItem", Key=KEY, **mark)[0] for _ in range(2)]
    _, got = ask(backend, "GetItem", Key=KEY)

    assert statuses == [200, 400]
    assert got["Item"] == row | {"n": {"N": "4"}, "kept": {"M": {"e-2": {"S": "{}"}}}}


def test_an_index_gives_what_lies_between_two_positions_page_by_page(backend: Backend) -> None:
    for number in range(5):
        put(backend, f"row-{number}", v="p", w=str(number))
    between = {
        "IndexName": "by_range",
        "KeyConditionExpression": "v = :v AND w BETWEEN :after AND :until",
        "ExpressionAttributeValues": {":v": {"S": "p"}, ":after": {"S": "1"}, ":until": {"S": "3"}},
    }

    _, first = ask(backend, "Query", **between, Limit=2)
    _, second = ask(backend, "Query", **between, ExclusiveStartKey=first["LastEvaluatedKey"])

    assert [[item["w"]["S"] for item in page["Items"]] for page in (first, second)] == [["1", "2"], ["3"]]


def test_a_transaction_that_fails_changes_nothing_not_even_the_stream(backend: Backend) -> None:
    ask(backend, "UpdateItem", Key=KEY, **COUNT)
    backend.take_changes("rows")
    too_few = {"ConditionExpression": "n > :one", **COUNT}
    status, answer = ask(
        backend,
        "TransactWriteItems",
        TransactItems=[
            {"Put": {"TableName": "rows", "Item": {"pk": {"S": "b"}}}},
            {"Update": {"TableName": "rows", "Key": KEY, **COUNT}},
            {"Update": {"TableName": "rows", "Key": {"pk": {"S": "c"}}, **too_few}},
        ],
    )

    assert status == 400
    assert [reason["Code"] for reason in answer["CancellationReasons"]] == ["None", "None", "ConditionalCheckFailed"]
    assert ask(backend, "Scan")[1]["Items"] == [KEY | {"n": {"N": "1"}}]
    assert backend.take_changes("rows") == []


def test_a_transactions_changes_are_in_the_stream(backend: Backend) -> None:
    ask(backend, "UpdateItem", Key=KEY, **COUNT)
    backend.take_changes("rows")
    ask(
        backend,
        "TransactWriteItems",
        TransactItems=[
            {"Put": {"TableName": "rows", "Item": {"pk": {"S": "b"}}}},
            {"Update": {"TableName": "rows", "Key": KEY, **COUNT}},
        ],
    )

    new = [change.new for change in backend.take_changes("rows")]
    assert new == [{"pk": {"S": "b"}}, KEY | {"n": {"N": "2"}}]


def test_a_failed_transaction_leaves_the_items_of_a_table_with_a_sort_key() -> None:
    backend = Backend(Account(), lambda: 0.0)
    keys = [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}]
    attributes = [{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")]
    backend.add_table("rows", {"KeySchema": keys, "AttributeDefinitions": attributes})
    one, other = ({"pk": {"S": "a"}, "sk": {"S": sort}} for sort in ("1", "2"))
    ask(backend, "UpdateItem", Key=one, **COUNT)

    ask(
        backend,
        "TransactWriteItems",
        TransactItems=[
            {"Put": {"TableName": "rows", "Item": other}},
            {"Update": {"TableName": "rows", "Key": one, **COUNT}},
            {
                "Delete": {
                    "TableName": "rows",
                    "Key": {"pk": {"S": "z"}, "sk": {"S": "1"}},
                    "ConditionExpression": "attribute_exists(pk)",
                }
            },
        ],
    )

    assert ask(backend, "Scan")[1]["Items"] == [one | {"n": {"N": "1"}}]


def test_binary_values_keep_their_bytes(backend: Backend) -> None:
    item = KEY | {"d": {"B": "AAEC"}}
    ask(backend, "PutItem", Item=item)

    assert ask(backend, "GetItem", Key=KEY)[1]["Item"] == item
    assert [change.new for change in backend.take_changes("rows")] == [item]


def test_binary_values_are_equal_however_they_were_written(backend: Backend) -> None:
    written = {"PutRequest": {"Item": KEY | {"d": {"B": "AAEC"}}}}
    ask(backend, "BatchWriteItem", RequestItems={"rows": [written]})
    equal = {"ConditionExpression": "d = :b", "ExpressionAttributeValues": {":b": {"B": "AAEC"}}}

    assert ask(backend, "PutItem", Item=KEY | {"d": {"B": "AAEC"}}, **equal)[0] == 200
    assert ask(backend, "PutItem", Item=KEY, **equal)[0] == 200


def test_what_is_done_to_an_image_is_not_done_to_the_item(backend: Backend) -> None:
    put(backend, "a", v="1")

    for image in (backend.image("rows", KEY), *backend.images("rows")):
        assert image is not None
        image["v"]["S"] = "2"

    assert backend.image("rows", KEY) == KEY | {"v": {"S": "1"}}


def test_a_table_is_described_with_the_number_and_the_size_of_its_items(backend: Backend) -> None:
    put(backend, "a", v="1")

    status, answer = ask(backend, "DescribeTable")

    assert (status, answer["Table"]["TableName"]) == (200, "rows")
    assert (answer["Table"]["ItemCount"], answer["Table"]["TableSizeBytes"]) == (1, len("pk" + "a" + "v" + "1"))


def test_a_table_that_a_client_makes_holds_items_until_the_client_deletes_it(backend: Backend) -> None:
    made = {
        "TableName": "others",
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "N"}],
        "BillingMode": "PAY_PER_REQUEST",
    }
    ask(backend, "CreateTable", **made)
    ask(backend, "PutItem", TableName="others", Item={"id": {"N": "1"}})

    assert ask(backend, "GetItem", TableName="others", Key={"id": {"N": "1.0"}})[1]["Item"] == {"id": {"N": "1"}}
    ask(backend, "DeleteTable", TableName="others")
    assert ask(backend, "Scan", TableName="others")[1]["__type"].endswith("#ResourceNotFoundException")


def test_an_index_that_is_added_later_lists_what_is_there(backend: Backend) -> None:
    put(backend, "a", late="x")
    index = {
        "IndexName": "late",
        "KeySchema": [{"AttributeName": "late", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"},
    }
    definitions = [{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "v", "w", "late")]
    created = [{"Create": index}]

    ask(backend, "UpdateTable", AttributeDefinitions=definitions, GlobalSecondaryIndexUpdates=created)

    values = {":x": {"S": "x"}}
    late = {"IndexName": "late", "KeyConditionExpression": "late = :x", "ExpressionAttributeValues": values}
    assert ask(backend, "Query", **late)[1]["Items"] == [KEY | {"late": {"S": "x"}}]


def test_a_statement_of_partiql_reads_and_writes_the_same_items(backend: Backend) -> None:
    put(backend, "a", v="1")
    backend.take_changes("rows")

    read = ask(backend, "ExecuteStatement", Statement="SELECT * FROM rows WHERE pk = 'a'")[1]["Items"]
    ask(backend, "ExecuteStatement", Statement="INSERT INTO rows VALUE {'pk': 'b'}")

    assert read == [KEY | {"v": {"S": "1"}}]
    assert backend.take_changes("rows") == [Change({"pk": {"S": "b"}}, None, {"pk": {"S": "b"}})]
    assert len(backend.images("rows")) == 2


def test_a_backup_is_restored_with_its_items(backend: Backend) -> None:
    put(backend, "a", v="1")
    backup = ask(backend, "CreateBackup", BackupName="before")[1]["BackupDetails"]["BackupArn"]
    put(backend, "b", v="2")

    ask(backend, "RestoreTableFromBackup", TargetTableName="restored", BackupArn=backup)

    assert backend.images("restored") == [KEY | {"v": {"S": "1"}}]
    assert len(backend.images("rows")) == 2


def test_a_request_touches_no_more_of_20_000_items_than_of_200() -> None:
    few, many = steps_with(200), steps_with(20_000)

    assert {name: many[name] - few[name] for name in few if many[name] - few[name] > BISECTING} == {}


BISECTING = 2 * 14
"""Steps that finding both ends of a span among 20,000 takes more than among none."""


def steps_with(items: int) -> dict[str, int]:
    """Return how many functions each request calls with so many items, once its index has been asked."""
    backend = made()
    backend.restore(
        "rows", ({"pk": {"S": f"row-{n:05}"}, "v": {"S": f"{n // 10}"}, "w": {"S": "x"}} for n in range(items))
    )
    one = {"IndexName": "by_range", "KeyConditionExpression": "v = :v", "ExpressionAttributeValues": {":v": {"S": "5"}}}
    writes = [
        {"Put": {"TableName": "rows", "Item": KEY}},
        {"Update": {"TableName": "rows", "Key": {"pk": {"S": "b"}}, **COUNT}},
    ]
    requests: dict[str, dict[str, Any]] = {
        "Query": one,
        "Scan": {"Limit": 10},
        "TransactWriteItems": {"TransactItems": writes},
        "DeleteItem": {"Key": {"pk": {"S": "row-00050"}}},
    }
    for operation in ("Query", "Scan"):
        ask(backend, operation, **requests[operation])
    return {operation: steps(partial(ask, backend, operation, **request)) for operation, request in requests.items()}


def steps(do: Callable[[], object]) -> int:
    """Return how many functions are called."""
    calls = 0

    def count(_frame: object, event: str, _arg: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        do()
    finally:
        sys.setprofile(before)
    return calls


@pytest.fixture
def laptop(tmp_path: Path) -> Iterator[Laptop]:
    with laptop_with(tmp_path, Table=table(TableName="rows")) as laptop:
        yield laptop


def test_a_tables_items_are_shown_as_plain_values(laptop: Laptop) -> None:
    item = {"pk": {"S": "a"}, "n": {"N": "2"}, "m": {"M": {"x": {"BOOL": True}}}}
    request = json.dumps({"TableName": "rows", "Item": item}).encode()
    answer = laptop.answer({"x-amz-target": "DynamoDB_20120810.PutItem"}, request)

    assert answer.status == 200
    assert laptop.table_items("rows") == [{"pk": "a", "n": 2, "m": {"x": True}}]


def test_after_a_table_with_a_stream_was_deleted_all_else_goes_on(tmp_path: Path) -> None:
    tables = {
        name: table(TableName=name, StreamSpecification={"StreamViewType": "NEW_IMAGE"}) for name in ("gone", "kept")
    }
    with laptop_with(tmp_path, Gone=tables["gone"], Kept=tables["kept"]) as laptop, laptop.serve(0) as server:
        dynamodb = client(server, "dynamodb")
        dynamodb.put_item(TableName="gone", Item=KEY)

        dynamodb.delete_table(TableName="gone")
        dynamodb.put_item(TableName="kept", Item=KEY)

        assert dynamodb.list_tables()["TableNames"] == ["kept"]
        assert laptop.tables == ["kept"]
        assert len(laptop.table_items("kept")) == 1


def test_a_table_that_is_not_there_is_named_with_those_that_are(laptop: Laptop) -> None:
    with pytest.raises(ResourceNotFound, match="no table 'gone'; there are: rows"):
        laptop.table_items("gone")


def test_moto_keeps_nothing_of_what_was_asked(backend: Backend) -> None:
    models = [model for of_service in model_data.values() for model in of_service.values()]
    tracked = {model: list(model.instances_tracked) for model in models}  # type: ignore[attr-defined]

    put(backend, "a", v="1")
    ask(backend, "UpdateItem", Key=KEY, **COUNT)
    ask(backend, "TransactWriteItems", TransactItems=[{"Update": {"TableName": "rows", "Key": KEY, **COUNT}}])
    ask(backend, "BatchWriteItem", RequestItems={"rows": [{"PutRequest": {"Item": KEY}}]})
    made()

    assert {model: model.instances_tracked for model in tracked} == tracked  # type: ignore[attr-defined]
