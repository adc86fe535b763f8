"""What the operations on items answer: as moto does, and by AWS's documents where moto does otherwise."""

from __future__ import annotations

import json
import random
from contextlib import suppress
from typing import Any, TypeVar

import pytest

from ensemble.aws.dynamodb import database
from ensemble.aws.errors import AwsError
from ensemble.laptop.request_check import checked_body
from tests.toolkit.aws.dynamodb.test_random_requests import TABLE
from tests.toolkit.aws.dynamodb.worlds import Moto, Ours, World

Filled = TypeVar("Filled", bound=World)

KEY = {"pk": {"S": "a"}, "sk": {"N": "1"}}
STORED: list[dict[str, Any]] = [
    {"pk": {"S": "a"}, "sk": {"N": "-3"}, "g": {"S": "p"}, "h": {"S": "1"}},
    KEY | {"n": {"N": "5"}, "t": {"SS": ["x", "y"]}, "m": {"M": {"l": {"L": [{"N": "1"}, {"S": "z"}]}}}},
    {"pk": {"S": "a"}, "sk": {"N": "10"}, "g": {"S": "p"}, "h": {"S": "12"}, "s": {"S": "long text"}},
    {"pk": {"S": "b"}, "sk": {"N": "2.5"}},
]
ONE = {"ExpressionAttributeValues": {":one": {"N": "1"}}}
OF_A = {"KeyConditionExpression": "pk = :a", "ExpressionAttributeValues": {":a": {"S": "a"}}}


def put(**attributes: Any) -> dict[str, Any]:
    return {"Item": KEY | attributes}


def update(text: str, key: dict[str, Any] = KEY, **more: Any) -> tuple[str, dict[str, Any]]:
    return "UpdateItem", {"Key": key, "UpdateExpression": text, "ReturnValues": "ALL_NEW", **more}


def valued(**values: Any) -> dict[str, Any]:
    return {"ExpressionAttributeValues": {f":{name}": value for name, value in values.items()}}


def query(text: str, **values: Any) -> tuple[str, dict[str, Any]]:
    return "Query", {"KeyConditionExpression": text, **valued(**values)}


CASES: list[tuple[str, dict[str, Any]]] = [
    ("GetItem", {"Key": KEY}),
    ("GetItem", {"Key": {"pk": {"S": "a"}, "sk": {"N": "1.0"}}}),
    ("GetItem", {"Key": KEY, "ProjectionExpression": "m.l[1], n"}),
    ("GetItem", {"Key": KEY, "TableName": "gone"}),
    ("PutItem", put(ReturnValues={"S": "no parameter"})),
    ("PutItem", {**put(), "ReturnValues": "ALL_OLD"}),
    ("PutItem", {**put(), "ReturnValues": "ALL_NEW"}),
    ("PutItem", {**put(), "ConditionExpression": "attribute_not_exists(pk)"}),
    (
        "PutItem",
        {
            **put(),
            "ConditionExpression": "attribute_not_exists(pk)",
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        },
    ),
    ("PutItem", {"Item": {"pk": {"S": "a"}}}),
    ("PutItem", {"Item": {"pk": {"N": "1"}, "sk": {"N": "1"}}}),
    ("PutItem", {**put(), "ConditionExpression": "n > :one", **ONE}),
    ("PutItem", {**put(), "ConditionExpression": "size(t) = :one", **ONE}),
    ("PutItem", {**put(), "ConditionExpression": "contains(t, :x)", **valued(x={"S": "x"})}),
    ("PutItem", {**put(), "ConditionExpression": "attribute_type(t, :x)", **valued(x={"S": "SS"})}),
    update("SET n = n + :one", **ONE),
    update("ADD n :one", **ONE),
    update("ADD t :more", **valued(more={"SS": ["z"]})),
    update("DELETE t :x", **valued(x={"SS": ["x", "y"]})),
    update("SET m.l = list_append(m.l, :more)", **valued(more={"L": [{"BOOL": True}]})),
    update("SET m.l[7] = :one", **ONE),
    update("REMOVE m.l[0]"),
    update("SET gone.x = :one", **ONE),
    update("SET n = gone"),
    update("nonsense"),
    update("SET n = :one SET t = :one", **ONE),
    update("SET n = :one, t = :two", **ONE),
    update("REMOVE n", **ONE),
    update("REMOVE n", ExpressionAttributeNames={"#n": "n"}),
    update("SET n = :one, n = :one", **ONE),
    update("SET m = :one, m.l = :one", **ONE),
    update("SET name = :one", **ONE),
    update("SET pk = :one", **ONE),
    update("SET v = :one", key={"pk": {"S": "new"}, "sk": {"N": "1"}}, **ONE),
    ("UpdateItem", {"Key": KEY, "UpdateExpression": "ADD n :one", "ReturnValues": "UPDATED_NEW", **ONE}),
    ("UpdateItem", {"Key": KEY, "UpdateExpression": "ADD n :one", "ReturnValues": "UPDATED_OLD", **ONE}),
    ("DeleteItem", {"Key": KEY, "ReturnValues": "ALL_OLD"}),
    ("DeleteItem", {"Key": {"pk": {"S": "z"}, "sk": {"N": "1"}}, "ReturnValues": "ALL_OLD"}),
    ("Query", OF_A),
    ("Query", {**OF_A, "ScanIndexForward": False, "Limit": 2}),
    ("Query", {**OF_A, "Limit": 1, "ExclusiveStartKey": {"pk": {"S": "a"}, "sk": {"N": "-3"}}}),
    ("Query", {**OF_A, "Select": "COUNT"}),
    ("Query", {**OF_A, "FilterExpression": "attribute_exists(n)"}),
    ("Query", {**OF_A, "ProjectionExpression": "sk"}),
    query("pk = :a AND sk BETWEEN :low AND :high", a={"S": "a"}, low={"N": "-3"}, high={"N": "1"}),
    query("pk = :a AND sk > :low", a={"S": "a"}, low={"N": "-3"}),
    query("sk = :low", low={"N": "-3"}),
    ("Query", {"IndexName": "index", **query("g = :g AND begins_with(h, :h)", g={"S": "p"}, h={"S": "1"})[1]}),
    ("Query", {"IndexName": "index", "ConsistentRead": True, **query("g = :g", g={"S": "p"})[1]}),
    ("Scan", {"FilterExpression": "n = :one", **ONE}),
    ("Scan", {"IndexName": "index"}),
    ("Scan", {"Segment": 0}),
    ("BatchGetItem", {"RequestItems": {"rows": {"Keys": [KEY, KEY]}}}),
    ("BatchGetItem", {"RequestItems": {"rows": {"Keys": [KEY], "ProjectionExpression": "n"}}}),
    ("BatchWriteItem", {"RequestItems": {"rows": [{"DeleteRequest": {"Key": KEY}}]}}),
    ("TransactGetItems", {"TransactItems": [{"Get": {"TableName": "rows", "Key": KEY}}]}),
    ("TransactWriteItems", {"TransactItems": [{"Put": {"TableName": "rows", **put()}}] * 2}),
]


@pytest.fixture
def ours() -> Ours:
    return filled(Ours(TABLE))


def filled(world: Filled) -> Filled:
    for item in STORED:
        world.ask("PutItem", Item=item)
    return world


@pytest.mark.parametrize(("operation", "request_"), CASES)
def test_an_answer_is_the_one_that_moto_gives(ours: Ours, operation: str, request_: dict[str, Any]) -> None:
    status, answer = ours.ask(operation, **request_)
    expected_status, expected = filled(Moto(TABLE)).ask(operation, **request_)
    for unasked in ("ConsumedCapacity", "ItemCollectionMetrics"):
        expected.pop(unasked, None)

    assert (status, answer) == (expected_status, expected)


ADDED_TEXT = (
    "Invalid UpdateExpression: Incorrect operand type for operator or function; operator: ADD, operand type: STRING, "
    "typeSet: ALLOWED_FOR_ADD_OPERAND"
)
EMPTY_KEY = (
    "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string "
    "value. Key: pk"
)


@pytest.mark.parametrize(
    ("operation", "request_", "message"),
    [
        ("GetItem", {"Key": {"pk": {"S": "a"}}}, "The provided key element does not match the schema"),
        ("PutItem", {"Item": {"pk": {"S": ""}, "sk": {"N": "1"}}}, EMPTY_KEY),
        (*update("ADD v :x", **valued(x={"S": "x"})), ADDED_TEXT),
        (
            "Query",
            {"IndexName": "gone", **query("g = :g", g={"S": "p"})[1]},
            "The table does not have the specified index: gone",
        ),
        (
            *query("pk = :a AND sk BETWEEN :high AND :low", a={"S": "a"}, low={"N": "1"}, high={"N": "2"}),
            "Invalid KeyConditionExpression: The BETWEEN operator requires upper bound to be greater than or equal to "
            "lower bound; lower bound operand: AttributeValue: {'N': '2'}, upper bound operand: AttributeValue: "
            "{'N': '1'}",
        ),
        ("PutItem", put(x={"N": "1e200"}), "Number overflow"),
        ("PutItem", put(x={"N": "1" * 39}), "Attempting to store more than 38 significant digits in a Number"),
        ("PutItem", put(x={"N": "many"}), "The parameter cannot be converted to a numeric value: many"),
        ("PutItem", put(x={"SS": []}), "One or more parameter values were invalid: An string set  may not be empty"),
        ("PutItem", put(g={"N": "1"}), "Type mismatch for Index Key g Expected: S Actual: N IndexName: index"),
        (*update("SET #n = :one", **ONE), "An expression attribute name used in the document path is not defined"),
        ("Scan", {"ScanFilter": {}}, "legacy parameters are not modelled"),
    ],
)
def test_what_moto_takes_or_words_otherwise_is_refused_as_aws_does(
    ours: Ours, operation: str, request_: dict[str, Any], message: str
) -> None:
    """The words are those of DynamoDB itself; the limits are in the Amazon DynamoDB Developer Guide, "Quotas"."""
    status, answer = ours.ask(operation, **request_)

    assert (status, answer["__type"].rpartition("#")[2]) == (400, "ValidationException")
    assert message in answer["message"]


def test_an_update_without_an_expression_makes_the_item(ours: Ours) -> None:
    """By AWS (DynamoDB API Reference, UpdateItem); moto raises AttributeError."""
    new = {"pk": {"S": "new"}, "sk": {"N": "1"}}

    assert ours.ask("UpdateItem", Key=new, ReturnValues="ALL_NEW") == (200, {"Attributes": new})


def test_a_page_that_reaches_its_limit_says_where_it_ends_even_at_the_end(ours: Ours) -> None:
    """By AWS (DynamoDB API Reference, Query, LastEvaluatedKey); moto knows that no more follows."""
    last = {"pk": {"S": "a"}, "sk": {"N": "10"}}

    assert ours.ask("Query", **OF_A, Limit=3)[1]["LastEvaluatedKey"] == last
    assert ours.ask("Query", **OF_A, Limit=3, ExclusiveStartKey=last)[1] == {"Items": [], "Count": 0, "ScannedCount": 0}


def test_operands_are_those_of_the_item_before_the_update(ours: Ours) -> None:
    """By AWS (Amazon DynamoDB Developer Guide, "Using update expressions")."""
    swap = update("SET n = m, m = n")

    answer = ours.ask(swap[0], **swap[1])[1]["Attributes"]

    assert (answer["n"], answer["m"]) == (STORED[1]["m"], STORED[1]["n"])


def test_numbers_are_written_in_one_way(ours: Ours) -> None:
    """By AWS (Amazon DynamoDB Developer Guide, "Supported data types"): zeros that say nothing are left out."""
    numbers = {"x": {"N": "001.50"}, "y": {"N": "1e3"}, "z": {"NS": ["0.0", "-0.10"]}}
    ours.ask("PutItem", **put(**numbers))

    stored = ours.ask("GetItem", Key=KEY)[1]["Item"]

    assert {name: stored[name] for name in numbers} == {
        "x": {"N": "1.5"},
        "y": {"N": "1000"},
        "z": {"NS": ["0", "-0.1"]},
    }


def test_an_update_that_does_not_fit_its_item_is_why_a_transaction_is_cancelled(ours: Ours) -> None:
    """By AWS (DynamoDB API Reference, TransactWriteItems, "Cancellation reasons"); moto refuses the request."""
    wrong = {"TableName": "rows", "Key": KEY, "UpdateExpression": "SET n = gone"}
    actions = [{"Put": {"TableName": "rows", "Item": {"pk": {"S": "z"}, "sk": {"N": "1"}}}}, {"Update": wrong}]

    status, answer = ours.ask("TransactWriteItems", TransactItems=actions)

    assert status == 400
    assert [one["Code"] for one in answer["CancellationReasons"]] == ["None", "ValidationError"]
    assert len(ours.items()) == len(STORED)


def test_a_token_is_of_one_transaction(ours: Ours) -> None:
    """By AWS (DynamoDB API Reference, TransactWriteItems, ClientRequestToken); moto does not look at it."""

    def add(number: str) -> tuple[int, dict[str, Any]]:
        _, request = update("ADD n :n", **valued(n={"N": number}))
        del request["ReturnValues"]
        actions = [{"Update": {"TableName": "rows", **request}}]
        return ours.ask("TransactWriteItems", TransactItems=actions, ClientRequestToken="token")

    assert [add("1"), add("1")] == [(200, {}), (200, {})]
    assert add("2")[1]["__type"].endswith("#IdempotentParameterMismatchException")
    assert ours.ask("GetItem", Key=KEY)[1]["Item"]["n"] == {"N": "6"}
    ours.now += 600
    assert add("2")[0] == 200


def test_of_many_transactions_in_the_same_seconds_the_latest_are_remembered(
    ours: Ours, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "MOST_TOKENS", 2)

    def add(token: str) -> None:
        action = {"TableName": "rows", "Key": KEY, "UpdateExpression": "ADD n :n", **valued(n={"N": "1"})}
        ours.ask("TransactWriteItems", TransactItems=[{"Update": action}], ClientRequestToken=token)

    def count() -> int:
        return int(ours.ask("GetItem", Key=KEY)[1]["Item"]["n"]["N"])

    for token in ("first", "second", "third"):
        add(token)
    before = count()
    add("second")
    add("third")

    assert count() == before
    add("first")
    assert count() == before + 1


def test_segments_of_a_scan_are_all_of_it_once(ours: Ours) -> None:
    segments = [ours.ask("Scan", Segment=number, TotalSegments=3)[1]["Items"] for number in range(3)]

    assert sorted(str(item) for items in segments for item in items) == sorted(map(str, ours.items()))


def test_capacity_is_said_where_it_is_asked_for(ours: Ours) -> None:
    """By AWS (Amazon DynamoDB Developer Guide, "DynamoDB read and write operations")."""

    def units(operation: str, **request: Any) -> Any:
        return ours.ask(operation, ReturnConsumedCapacity="TOTAL", **request)[1]["ConsumedCapacity"]

    large = put(x={"S": "x" * 5_000})
    transaction = [{"Put": {"TableName": "rows", **large}}]

    assert units("PutItem", **large) == {"TableName": "rows", "CapacityUnits": 5.0}
    assert units("GetItem", Key=KEY) == {"TableName": "rows", "CapacityUnits": 1.0}
    assert units("GetItem", Key=KEY, ConsistentRead=True)["CapacityUnits"] == 2.0
    assert units("TransactWriteItems", TransactItems=transaction) == [{"TableName": "rows", "CapacityUnits": 10.0}]


@pytest.mark.parametrize("seed", range(10))
def test_whatever_is_asked_is_answered_or_refused(ours: Ours, seed: int) -> None:
    chance = random.Random(seed)

    for _ in range(150):
        operation, request = chance.choice(CASES)
        body = json.dumps({"TableName": "rows"} | spoiled(chance, request)).encode()
        with suppress(AwsError):  # what has not the shape of a request comes no further
            status, answer = ours.answer(operation, checked_body("DynamoDB_20120810", operation, body))

            assert status == 200 or "__type" in answer


def test_an_expression_that_is_nested_without_end_is_refused(ours: Ours) -> None:
    deep = "(" * 2_000 + "a = :one" + ")" * 2_000

    assert ours.ask("PutItem", **put(), ConditionExpression=deep, **ONE)[0] == 400


def spoiled(chance: random.Random, given: Any) -> Any:
    """Return a value whose texts have other letters here and there, and whose parts are missing or doubled at times."""
    if isinstance(given, dict):
        parts = {name: spoiled(chance, part) for name, part in given.items()}
        if chance.random() < 0.03:
            parts["N"] = "1"
        if len(parts) == 1 and chance.random() < 0.03 and "S" in parts:
            return {}
        return parts
    if isinstance(given, list):
        return [spoiled(chance, part) for part in given]
    if isinstance(given, str) and given != "rows" and chance.random() < 0.2:
        place, other = chance.randrange(len(given) + 1), chance.choice(SPOILS)
        return given[:place] + other + given[place + 1 :]
    return given


SPOILS = ("", "(", ")", " AND ", ".", "[0]", ":", "#", "1", " ", "SET ", ",")
