"""Random requests come to the same in the model of DynamoDB as in moto: code, answer, and what is stored then.

Left out is what moto 5.2.5 does not know: it raises TypeError where a condition orders values of two types, and takes
an item twice in TransactGetItems and in BatchWriteItem (DynamoDB API Reference: "duplicates" are refused). An update
that does not fit its item is no reason to moto why a transaction is cancelled (DynamoDB API Reference,
TransactWriteItems); one of a path in what is no map it takes, and does nothing.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from tests.toolkit.aws.dynamodb.worlds import Moto, Ours, World, in_order

TABLE = {
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
    "AttributeDefinitions": [
        {"AttributeName": "pk", "AttributeType": "S"},
        {"AttributeName": "sk", "AttributeType": "N"},
        {"AttributeName": "g", "AttributeType": "S"},
        {"AttributeName": "h", "AttributeType": "S"},
    ],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "index",
            "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}, {"AttributeName": "h", "KeyType": "RANGE"}],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }
    ],
}
Chance = random.Random
Request = tuple[str, dict[str, Any]]

NUMBERS = ("0", "1", "-2", "10", "2.5", "100")


def a_key(chance: Chance) -> dict[str, Any]:
    return {"pk": {"S": chance.choice("ab")}, "sk": {"N": chance.choice(NUMBERS[:4])}}


def some_keys(chance: Chance, number: int) -> list[dict[str, Any]]:
    all = [{"pk": {"S": one}, "sk": {"N": other}} for one in "ab" for other in NUMBERS[:4]]
    return chance.sample(all, number)


def a_value(chance: Chance, depth: int = 0) -> dict[str, Any]:
    kinds = ["S", "N", "BOOL", "SS", "NS", *(("M", "L") if depth < 2 else ())]
    match kind := chance.choice(kinds):
        case "S":
            return {"S": chance.choice(("x", "xy", "y", "ü"))}
        case "N":
            return {"N": chance.choice(NUMBERS)}
        case "BOOL":
            return {"BOOL": chance.random() < 0.5}
        case "SS":
            return {"SS": sorted(chance.sample("xyz", chance.randrange(1, 4)))}
        case "NS":
            return {"NS": sorted(chance.sample(NUMBERS[:4], chance.randrange(1, 4)))}
        case "M":
            return {"M": {name: a_value(chance, depth + 1) for name in chance.sample("xyz", chance.randrange(3))}}
    return {kind: [a_value(chance, depth + 1) for _ in range(chance.randrange(3))]}


def an_item(chance: Chance) -> dict[str, Any]:
    item = {**a_key(chance), **{name: a_value(chance) for name in chance.sample("nmv", chance.randrange(4))}}
    if chance.random() < 0.5:
        item["o"] = {"M": {"y": a_value(chance, 2)}}
    if chance.random() < 0.6:
        item |= {"g": {"S": chance.choice("pq")}, "h": {"S": chance.choice(("1", "2", "12", "3"))}}
    return item


def a_condition(chance: Chance, values: dict[str, Any], depth: int = 0) -> str:
    def value() -> str:
        name = f":v{len(values)}"
        values[name] = a_value(chance, 2)
        return name

    path = chance.choice(("n", "m", "v", "m.x", "v.y", "n.x.z", "sk", "g"))
    match chance.randrange(10 if depth < 2 else 7):
        case 0:
            return f"attribute_exists({path})"
        case 1:
            return f"attribute_not_exists({path})"
        case 2:
            return f"{path} {chance.choice(('=', '<>'))} {value()}"
        case 3:
            values[":number"] = {"N": chance.choice(NUMBERS)}
            return f"sk {chance.choice(('<', '<=', '>', '>='))} :number"
        case 4:
            return f"{path} IN ({value()}, {value()})"
        case 5:
            values.setdefault(":low", {"N": "0"})
            values.setdefault(":high", {"N": "2"})
            return "sk BETWEEN :low AND :high"
        case 6:
            values[":start"] = {"S": "1"}
            return "begins_with(h, :start)"
        case 7:
            return f"NOT {a_condition(chance, values, 2)}"
    joined = chance.choice((" AND ", " OR "))
    return f"({a_condition(chance, values, depth + 1)}{joined}{a_condition(chance, values, depth + 1)})"


def conditional(chance: Chance, values: dict[str, Any]) -> dict[str, Any]:
    if chance.random() < 0.5:
        return {"ExpressionAttributeValues": values} if values else {}
    request: dict[str, Any] = {"ConditionExpression": a_condition(chance, values)}
    if chance.random() < 0.5:
        request["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
    return request | ({"ExpressionAttributeValues": values} if values else {})


SAFE = ("SET v = if_not_exists(v, :one), g = :g", "REMOVE g", "SET #n = :value")
"""Updates that fit any item."""


def an_update(chance: Chance, *, safe: bool = False) -> dict[str, Any]:
    values: dict[str, Any] = {":one": {"N": "1"}, ":value": a_value(chance)}
    clauses = {
        "SET n = :value ADD m :one": (":one", ":value"),
        "SET v = if_not_exists(v, :one), g = :g": (":one", ":g"),
        "SET n = n + :one": (":one",),
        "SET n = if_not_exists(n, :one) - :one REMOVE m": (":one",),
        "SET o.x = :value": (":value",),
        "REMOVE v, m.y": (),
        "REMOVE g": (),
        "ADD n :one": (":one",),
        "ADD n :set": (":set",),
        "DELETE n :set": (":set",),
        "SET v = list_append(if_not_exists(v, :list), :list)": (":list",),
        "SET v[0] = :value": (":value",),
        "REMOVE v[0]": (),
        "SET #n = :value": (":value",),
    }
    values |= {":g": {"S": chance.choice("pq")}, ":set": {"SS": ["x"]}, ":list": {"L": [{"N": "1"}]}}
    text = chance.choice(SAFE if safe else list(clauses))
    used = {name: values[name] for name in clauses[text]}
    names = {"ExpressionAttributeNames": {"#n": chance.choice(("n", "m"))}} if "#n" in text else {}
    return {"Key": a_key(chance), "UpdateExpression": text, **names, **conditional(chance, used)}


def put(chance: Chance) -> Request:
    returned = {"ReturnValues": "ALL_OLD"} if chance.random() < 0.3 else {}
    return "PutItem", {"Item": an_item(chance), **returned, **conditional(chance, {})}


def update(chance: Chance) -> Request:
    wanted = chance.choice(("NONE", "ALL_OLD", "ALL_NEW"))
    return "UpdateItem", {**an_update(chance), "ReturnValues": wanted}


def delete(chance: Chance) -> Request:
    returned = {"ReturnValues": "ALL_OLD"} if chance.random() < 0.3 else {}
    return "DeleteItem", {"Key": a_key(chance), **returned, **conditional(chance, {})}


def get(chance: Chance) -> Request:
    shown = {"ProjectionExpression": chance.choice(("n", "n, m.x", "v[0]", "pk, v.y"))} if chance.random() < 0.5 else {}
    return "GetItem", {"Key": a_key(chance), **shown}


def query(chance: Chance) -> Request:
    conditions: list[tuple[str, dict[str, str]]] = [
        ("", {}),
        (" AND sk = :n", {":n": "1"}),
        (f" AND sk {chance.choice(('<', '<=', '>', '>='))} :n", {":n": chance.choice(NUMBERS)}),
        (" AND sk BETWEEN :n AND :m", {":n": "-2", ":m": "1"}),
    ]
    text, numbers = chance.choice(conditions)
    values = {":pk": {"S": chance.choice("abc")}, **{name: {"N": number} for name, number in numbers.items()}}
    filter = {"FilterExpression": a_filter(chance, values)} if chance.random() < 0.3 else {}
    backward = {"ScanIndexForward": False} if chance.random() < 0.3 else {}
    return "Query", {
        "KeyConditionExpression": f"pk = :pk{text}",
        "ExpressionAttributeValues": values,
        **filter,
        **backward,
    }


def a_filter(chance: Chance, values: dict[str, Any]) -> str:
    values[":x"] = a_value(chance, 2)
    return chance.choice(("n = :x", "attribute_exists(v) AND n <> :x", "NOT n = :x"))


def query_of_index(chance: Chance) -> Request:
    conditions: list[tuple[str, dict[str, str]]] = [
        ("", {}),
        (" AND begins_with(h, :h)", {":h": "1"}),
        (" AND h > :h", {":h": "1"}),
        (" AND h BETWEEN :h AND :i", {":h": "1", ":i": "2"}),
    ]
    text, texts = chance.choice(conditions)
    values = {":g": {"S": chance.choice("pq")}, **{name: {"S": one} for name, one in texts.items()}}
    return "Query", {
        "IndexName": "index",
        "KeyConditionExpression": f"g = :g{text}",
        "ExpressionAttributeValues": values,
    }


def scan(chance: Chance) -> Request:
    values: dict[str, Any] = {}
    if chance.random() < 0.5:
        return "Scan", {"IndexName": "index"} if chance.random() < 0.5 else {}
    return "Scan", {"FilterExpression": a_filter(chance, values), "ExpressionAttributeValues": values}


def batch_get(chance: Chance) -> Request:
    return "BatchGetItem", {"RequestItems": {"rows": {"Keys": some_keys(chance, 3)}}}


def batch_write(chance: Chance) -> Request:
    put, deleted = some_keys(chance, 2)
    writes: list[dict[str, Any]] = [
        {"PutRequest": {"Item": an_item(chance) | put}},
        {"DeleteRequest": {"Key": deleted}},
    ]
    return "BatchWriteItem", {"RequestItems": {"rows": chance.sample(writes, chance.randrange(1, 3))}}


def transact(chance: Chance) -> Request:
    def action() -> dict[str, Any]:
        of_table = {"TableName": "rows"}
        match chance.randrange(4):
            case 0:
                return {"Put": {**of_table, "Item": an_item(chance), **conditional(chance, {})}}
            case 1:
                return {"Update": {**of_table, **an_update(chance, safe=True)}}
            case 2:
                return {"Delete": {**of_table, "Key": a_key(chance), **conditional(chance, {})}}
        return {"ConditionCheck": {**of_table, "Key": a_key(chance), "ConditionExpression": "attribute_exists(pk)"}}

    return "TransactWriteItems", {"TransactItems": [action() for _ in range(chance.randrange(1, 4))]}


def transact_get(chance: Chance) -> Request:
    gets = [{"Get": {"TableName": "rows", "Key": key}} for key in some_keys(chance, 2)]
    return "TransactGetItems", {"TransactItems": gets}


KINDS: tuple[Callable[[Chance], Request], ...] = (
    put,
    put,
    put,
    update,
    update,
    delete,
    get,
    query,
    query_of_index,
    scan,
    batch_get,
    batch_write,
    transact,
    transact_get,
)


@pytest.mark.parametrize("seed", range(20))
def test_random_requests_come_to_the_same_as_in_moto(seed: int) -> None:
    ours, moto = Ours(TABLE), Moto(TABLE)

    for number in range(40):
        chance = Chance(f"{seed} {number}")
        operation, request = chance.choice(KINDS)(chance)
        found, expected = told(ours, operation, request), told(moto, operation, request)

        assert found == expected, f"request {number}: {operation} {request}"
        assert ours.items() == moto.items(), f"after request {number}: {operation} {request}"


def told(world: World, operation: str, request: dict[str, Any]) -> Any:
    """Return what of an answer both must say alike: the order of what has none is left out, and so is what is said of
    capacity."""
    status, answer = world.ask(operation, **request)
    if status != 200:
        reasons = [(one.get("Code"), one.get("Item")) for one in answer.get("CancellationReasons", [])]
        return answer["__type"].rpartition("#")[2], answer.get("Item"), reasons
    return _without_order(operation, answer)


def _without_order(operation: str, answer: dict[str, Any]) -> Any:
    for name in ("ConsumedCapacity", "ItemCollectionMetrics"):
        answer.pop(name, None)
    if operation == "Scan":
        answer["Items"] = in_order(answer["Items"])
    if operation == "BatchGetItem":
        answer["Responses"] = {table: in_order(items) for table, items in answer["Responses"].items()}
    return answer
