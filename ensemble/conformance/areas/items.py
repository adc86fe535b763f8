"""What is asked of DynamoDB about items: conditions, updates, transactions, queries, sizes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from ensemble.conformance.needed import table
from ensemble.conformance.questions import Answer, Area, World, error_of

ITEMS = Area("DynamoDB")
asks = ITEMS.asks

PLAIN = table()
_TEXT = ("pk", "sk", "index")
SORTED = table(
    KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
    AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in _TEXT],
    GlobalSecondaryIndexes=[
        {
            "IndexName": "by-index",
            "KeySchema": [{"AttributeName": "index", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }
    ],
)
LARGE = 400 * 1024
API = "DynamoDB API Reference"
GUIDE = "DynamoDB Developer Guide"
FAILED, WRONG = "ConditionalCheckFailedException", "ValidationException"


def text(value: str) -> dict[str, str]:
    return {"S": value}


def number(value: int | str) -> dict[str, str]:
    return {"N": str(value)}


def item(pk: str = "a", **attributes: Any) -> dict[str, Any]:
    return {"pk": text(pk), **attributes}


def put(aws: World, what: Any = None, **more: Any) -> Any:
    return aws.dynamodb.put_item(TableName=aws.named("table"), Item=item() if what is None else what, **more)


def get(aws: World, **key: Any) -> Any:
    key = key or item()
    return aws.dynamodb.get_item(TableName=aws.named("table"), Key=key, ConsistentRead=True).get("Item")


def update(aws: World, expression: str | None, *, key: Any = None, **more: Any) -> Any:
    given = {"UpdateExpression": expression} if expression else {}
    return aws.dynamodb.update_item(TableName=aws.named("table"), Key=key or item(), **given, **more)


def values(**found: Any) -> dict[str, Any]:
    return {"ExpressionAttributeValues": {f":{name}": value for name, value in found.items()}}


def query(aws: World, condition: str = "pk = :pk", **more: Any) -> Any:
    asked = {"TableName": aws.named("table"), "KeyConditionExpression": condition, **values(pk=text("a")), **more}
    return aws.dynamodb.query(**asked)


def reasons(call: Callable[[], Any]) -> Answer:
    """Return why a transaction was cancelled, for each of its actions."""
    try:
        call()
    except ClientError as error:
        return [one["Code"] for one in error.response.get("CancellationReasons", [])]
    return "none"


def transact(aws: World, *actions: Any, **more: Any) -> Any:
    table = {"TableName": aws.named("table")}
    named = [{kind: {**table, **what} for kind, what in action.items()} for action in actions]
    return aws.dynamodb.transact_write_items(TransactItems=named, **more)


NEW = {"ConditionExpression": "attribute_not_exists(pk)"}


@asks(f"{API}, PutItem: it replaces the whole item", {"pk": {"S": "a"}, "b": {"N": "2"}}, table=PLAIN)
def a_put_item_takes_the_place_of_the_one_before(aws: World) -> Answer:
    put(aws, item(a=number(1)))
    put(aws, item(b=number(2)))
    return get(aws)


@asks(f"{API}, PutItem, ConditionExpression", ["none", FAILED], table=PLAIN)
def an_item_that_must_be_new_is_put_once(aws: World) -> Answer:
    return [error_of(lambda: put(aws, **NEW)), error_of(lambda: put(aws, **NEW))]


@asks(f"{API}, PutItem, ReturnValues: ALL_OLD", [None, {"N": "1"}], table=PLAIN)
def a_put_answers_the_item_before(aws: World) -> Answer:
    first = put(aws, item(a=number(1)), ReturnValues="ALL_OLD").get("Attributes")
    return [first, put(aws, ReturnValues="ALL_OLD")["Attributes"]["a"]]


@asks(f"{API}, PutItem, ReturnValues: NONE and ALL_OLD alone", WRONG, table=PLAIN)
def a_put_answers_no_new_item(aws: World) -> Answer:
    return error_of(lambda: put(aws, ReturnValues="ALL_NEW"))


@asks(f"{API}, PutItem, ReturnValuesOnConditionCheckFailure", {"pk": {"S": "a"}}, table=PLAIN)
def a_condition_that_fails_may_answer_the_item(aws: World) -> Answer:
    put(aws)
    try:
        put(aws, ReturnValuesOnConditionCheckFailure="ALL_OLD", **NEW)
    except ClientError as error:
        return error.response.get("Item")
    return "none"


@asks(f"{API}, GetItem: no Item where there is none", None, table=PLAIN)
def an_item_that_is_not_there_is_no_error(aws: World) -> Answer:
    return get(aws)


@asks(f"{API}, GetItem, ResourceNotFoundException", "ResourceNotFoundException")
def a_table_that_does_not_exist_is_an_error(aws: World) -> Answer:
    return error_of(lambda: get(aws))


@asks(f"{API}, GetItem, Key: all of the key and nothing else", [WRONG] * 3, table=PLAIN)
def a_key_that_is_not_that_of_the_table_is_refused(aws: World) -> Answer:
    keys: list[Any] = [{"other": text("a")}, item(more=text("b")), {"pk": number(1)}]
    return [error_of(lambda key=key: get(aws, **key)) for key in keys]  # type: ignore[misc]


@asks(f"{API}, GetItem, ProjectionExpression", {"a": {"M": {"b": {"N": "1"}}}}, table=PLAIN)
def a_part_of_an_item_may_be_asked_for(aws: World) -> Answer:
    put(aws, item(a={"M": {"b": number(1), "c": number(2)}}))
    asked = {"TableName": aws.named("table"), "Key": item(), "ProjectionExpression": "a.b"}
    return aws.dynamodb.get_item(**asked)["Item"]


@asks(f"{GUIDE}, naming rules: an empty text is no key", WRONG, table=PLAIN)
def an_empty_text_is_no_key(aws: World) -> Answer:
    return error_of(lambda: put(aws, item("")))


@asks(f"{GUIDE}, data types: an attribute may be an empty text", {"S": ""}, table=PLAIN)
def an_attribute_may_be_an_empty_text(aws: World) -> Answer:
    put(aws, item(a=text("")))
    return get(aws)["a"]


@asks(f"{GUIDE}, data types: an empty set is not allowed", WRONG, table=PLAIN)
def an_empty_set_is_refused(aws: World) -> Answer:
    return error_of(lambda: put(aws, item(a={"SS": []})))


@asks(f"{GUIDE}, data types: numbers with up to 38 digits", ["none", WRONG], table=PLAIN)
def a_number_has_38_digits_at_most(aws: World) -> Answer:
    return [error_of(lambda digits=digits: put(aws, item(a=number("1" * digits)))) for digits in (38, 39)]  # type: ignore[misc]


@asks(f"{GUIDE}, data types: numbers without leading and trailing zeros", {"N": "1.5"}, table=PLAIN)
def a_number_is_kept_without_needless_zeros(aws: World) -> Answer:
    put(aws, item(a=number("01.50")))
    return get(aws)["a"]


@asks(f"{GUIDE}, quotas: 400 KB of an item", ["none", WRONG], table=PLAIN)
def an_item_has_400_kilobytes_at_most(aws: World) -> Answer:
    sizes = [LARGE - len("pk" + "a" + "b"), LARGE]
    return [error_of(lambda size=size: put(aws, item(b=text("x" * size)))) for size in sizes]  # type: ignore[misc]


@asks(f"{API}, UpdateItem: it makes the item where there is none", {"pk": {"S": "a"}, "n": {"N": "1"}}, table=PLAIN)
def an_update_makes_the_item(aws: World) -> Answer:
    update(aws, "ADD n :one", **values(one=number(1)))
    return get(aws)


@asks(f"{API}, UpdateItem, ReturnValues", [{"n": {"N": "1"}}, {"n": {"N": "2"}}], table=PLAIN)
def an_update_answers_what_it_changed_before_and_after(aws: World) -> Answer:
    put(aws, item(n=number(1), m=number(1)))
    old = update(aws, "ADD n :one", ReturnValues="UPDATED_OLD", **values(one=number(1)))
    new = update(aws, "SET n = :two", ReturnValues="UPDATED_NEW", **values(two=number(2)))
    return [old["Attributes"], new["Attributes"]]


@asks(f"{API}, UpdateItem, UpdateExpression: SET with if_not_exists", {"N": "6"}, table=PLAIN)
def an_update_may_begin_with_a_value_of_its_own(aws: World) -> Answer:
    expression = "SET n = if_not_exists(n, :five) + :one"
    return update(aws, expression, ReturnValues="ALL_NEW", **values(five=number(5), one=number(1)))["Attributes"]["n"]


@asks(f"{API}, UpdateItem, UpdateExpression: list_append", {"L": [{"N": "1"}, {"N": "2"}]}, table=PLAIN)
def an_update_may_append_to_a_list(aws: World) -> Answer:
    put(aws, item(a={"L": [number(1)]}))
    return update(aws, "SET a = list_append(a, :a)", ReturnValues="ALL_NEW", **values(a={"L": [number(2)]}))[
        "Attributes"
    ]["a"]


@asks(f"{API}, UpdateItem, UpdateExpression: REMOVE", {"pk": {"S": "a"}}, table=PLAIN)
def an_update_may_remove_an_attribute(aws: World) -> Answer:
    put(aws, item(a=number(1)))
    update(aws, "REMOVE a")
    return get(aws)


@asks(f"{API}, UpdateItem, UpdateExpression: ADD and DELETE of sets", [["x", "y"], ["y"]], table=PLAIN)
def an_update_may_add_to_a_set_and_delete_from_it(aws: World) -> Answer:
    put(aws, item(a={"SS": ["x"]}))
    added = update(aws, "ADD a :a", ReturnValues="ALL_NEW", **values(a={"SS": ["y"]}))["Attributes"]["a"]["SS"]
    left = update(aws, "DELETE a :a", ReturnValues="ALL_NEW", **values(a={"SS": ["x"]}))["Attributes"]["a"]["SS"]
    return [sorted(added), sorted(left)]


@asks(f"{API}, UpdateItem: without an expression it makes an item of the key alone", {"pk": {"S": "a"}}, table=PLAIN)
def an_update_without_an_expression_makes_an_item(aws: World) -> Answer:
    update(aws, None)
    return get(aws)


@asks(f"{API}, UpdateItem: a key is not updated", WRONG, table=PLAIN)
def a_key_cannot_be_updated(aws: World) -> Answer:
    return error_of(lambda: update(aws, "SET pk = :pk", **values(pk=text("b"))))


@asks(f"{GUIDE}, update expressions: a path in what is not there", WRONG, table=PLAIN)
def a_path_through_what_is_not_there_is_refused(aws: World) -> Answer:
    put(aws)
    return error_of(lambda: update(aws, "SET a.b = :n", **values(n=number(1))))


@asks(f"{GUIDE}, update expressions: paths must not overlap", WRONG, table=PLAIN)
def an_attribute_is_set_once_in_an_update(aws: World) -> Answer:
    return error_of(lambda: update(aws, "SET a = :n, a = :n", **values(n=number(1))))


@asks(f"{GUIDE}, reserved words", WRONG, table=PLAIN)
def a_reserved_word_is_no_name_in_an_expression(aws: World) -> Answer:
    return error_of(lambda: update(aws, "SET status = :n", **values(n=number(1))))


@asks(f"{GUIDE}, expression attribute names", {"N": "1"}, table=PLAIN)
def a_name_may_stand_for_another(aws: World) -> Answer:
    update(aws, "SET #s = :n", ExpressionAttributeNames={"#s": "status"}, **values(n=number(1)))
    return get(aws)["status"]


@asks(f"{API}, UpdateItem, ExpressionAttributeValues: all are used", WRONG, table=PLAIN)
def a_value_that_no_expression_uses_is_refused(aws: World) -> Answer:
    return error_of(lambda: update(aws, "SET a = :n", **values(n=number(1), m=number(2))))


@asks(f"{API}, UpdateItem, ExpressionAttributeValues: all are given", WRONG, table=PLAIN)
def a_value_that_is_not_given_is_refused(aws: World) -> Answer:
    return error_of(lambda: update(aws, "SET a = :n"))


@asks(f"{API}, UpdateItem, UpdateExpression", WRONG, table=PLAIN)
def an_expression_that_is_none_is_refused(aws: World) -> Answer:
    return error_of(lambda: update(aws, "SETTLE a"))


def holds(aws: World, condition: str, **found: Any) -> bool:
    """Whether a condition holds of the item `a`."""
    given = values(asked=number(1), **found)
    return error_of(lambda: update(aws, "SET asked = :asked", ConditionExpression=condition, **given)) == "none"


@asks(f"{GUIDE}, condition expressions: comparisons", [True, False, True, True, False], table=PLAIN)
def a_condition_compares(aws: World) -> Answer:
    put(aws, item(n=number(5)))
    between = holds(aws, "n BETWEEN :low AND :high", low=number(1), high=number(5))
    among = holds(aws, "n IN (:a, :b)", a=number(1), b=number(2))
    return [
        holds(aws, "n > :n", n=number(4)),
        holds(aws, "n <> :n", n=number(5)),
        between,
        holds(aws, "n = :n", n=number("5.0")),
        among,
    ]


@asks(f"{GUIDE}, condition expressions: functions", [True, True, True, True, True], table=PLAIN)
def a_condition_has_functions(aws: World) -> Answer:
    put(aws, item(t=text("abc"), s={"SS": ["x"]}, n=number(5)))
    return [
        holds(aws, "begins_with(t, :t)", t=text("ab")),
        holds(aws, "contains(t, :t)", t=text("bc")),
        holds(aws, "contains(s, :t)", t=text("x")),
        holds(aws, "size(t) = :n", n=number(3)),
        holds(aws, "attribute_type(n, :t)", t=text("N")),
    ]


@asks(f"{GUIDE}, condition expressions: AND, OR, NOT and their order", [True, False, True], table=PLAIN)
def a_condition_is_joined_of_conditions(aws: World) -> Answer:
    put(aws, item(n=number(5)))
    both = {"a": number(5), "b": number(6)}
    return [
        holds(aws, "n = :a OR n = :b AND n = :b", **both),
        holds(aws, "(n = :a OR n = :b) AND n = :b", **both),
        holds(aws, "NOT n = :b AND attribute_exists(n) AND n = :a", **both),
    ]


@asks(f"{GUIDE}, condition expressions: of what is not there", [False, False], table=PLAIN)
def a_comparison_with_what_is_not_there_does_not_hold(aws: World) -> Answer:
    put(aws)
    return [holds(aws, "n = :n", n=number(1)), holds(aws, "n < :n", n=number(1))]


@asks(f"{API}, DeleteItem: also what is not there", "none", table=PLAIN)
def an_item_that_is_not_there_may_be_deleted(aws: World) -> Answer:
    return error_of(lambda: aws.dynamodb.delete_item(TableName=aws.named("table"), Key=item()))


@asks(f"{API}, DeleteItem, ConditionExpression", FAILED, table=PLAIN)
def a_delete_whose_condition_fails_deletes_nothing(aws: World) -> Answer:
    put(aws)
    asked = {"TableName": aws.named("table"), "Key": item(), "ConditionExpression": "attribute_exists(n)"}
    return error_of(lambda: aws.dynamodb.delete_item(**asked))


@asks(f"{API}, TransactWriteItems: all or none", [["None", "ConditionalCheckFailed"], None], table=PLAIN)
def a_transaction_that_fails_changes_nothing_and_says_why(aws: World) -> Answer:
    put(aws, item("b"))
    actions = {"Put": {"Item": item()}}, {"Put": {"Item": item("b"), **NEW}}
    return [reasons(lambda: transact(aws, *actions)), get(aws)]


@asks(f"{API}, TransactWriteItems: several kinds of actions", [True, False, {"N": "1"}], table=PLAIN)
def a_transaction_puts_deletes_updates_and_checks(aws: World) -> Answer:
    put(aws, item("b"))
    put(aws, item("d"))
    transact(
        aws,
        {"Put": {"Item": item()}},
        {"Delete": {"Key": item("b")}},
        {"Update": {"Key": item("c"), "UpdateExpression": "ADD n :n", **values(n=number(1))}},
        {"ConditionCheck": {"Key": item("d"), "ConditionExpression": "attribute_exists(pk)"}},
    )
    return [get(aws) is not None, get(aws, **item("b")) is not None, get(aws, **item("c"))["n"]]


@asks(f"{API}, TransactWriteItems: one action on an item", WRONG, table=PLAIN)
def a_transaction_acts_once_on_an_item(aws: World) -> Answer:
    return error_of(lambda: transact(aws, {"Put": {"Item": item()}}, {"Delete": {"Key": item()}}))


@asks(f"{API}, TransactWriteItems: up to 100", ["none", WRONG], table=PLAIN)
def a_transaction_has_a_hundred_actions_at_most(aws: World) -> Answer:
    def puts(number: int) -> str:
        return error_of(lambda: transact(aws, *({"Put": {"Item": item(str(one))}} for one in range(number))))

    return [puts(100), puts(101)]


@asks(f"{API}, TransactWriteItems, ClientRequestToken: once within ten minutes", {"N": "1"}, table=PLAIN)
def a_transaction_with_a_token_is_done_once(aws: World) -> Answer:
    add = {"Update": {"Key": item(), "UpdateExpression": "ADD n :n", **values(n=number(1))}}
    for _ in range(2):
        transact(aws, add, ClientRequestToken="the-same-token")
    return get(aws)["n"]


@asks(
    f"{API}, TransactWriteItems, IdempotentParameterMismatchException",
    "IdempotentParameterMismatchException",
    table=PLAIN,
)
def a_token_of_another_transaction_is_refused(aws: World) -> Answer:
    transact(aws, {"Put": {"Item": item()}}, ClientRequestToken="the-same-token")
    return error_of(lambda: transact(aws, {"Put": {"Item": item("b")}}, ClientRequestToken="the-same-token"))


@asks(f"{API}, TransactGetItems", [{"pk": {"S": "a"}}, None], table=PLAIN)
def items_are_read_in_one_transaction(aws: World) -> Answer:
    put(aws)
    gets = [{"Get": {"TableName": aws.named("table"), "Key": item(pk)}} for pk in ("a", "b")]
    return [one.get("Item") for one in aws.dynamodb.transact_get_items(TransactItems=gets)["Responses"]]


def batch_get(aws: World, *pks: str) -> Any:
    asked = {aws.named("table"): {"Keys": [item(pk) for pk in pks]}}
    return aws.dynamodb.batch_get_item(RequestItems=asked)["Responses"][aws.named("table")]


@asks(f"{API}, BatchGetItem: what is there", ["a", "b"], table=PLAIN)
def a_batch_of_reads_answers_what_is_there(aws: World) -> Answer:
    put(aws)
    put(aws, item("b"))
    return sorted(one["pk"]["S"] for one in batch_get(aws, "a", "b", "c"))


@asks(f"{API}, BatchGetItem: up to 100, none twice", [WRONG, WRONG], table=PLAIN)
def a_batch_of_reads_has_a_hundred_keys_at_most_and_none_twice(aws: World) -> Answer:
    return [error_of(lambda: batch_get(aws, *map(str, range(101)))), error_of(lambda: batch_get(aws, "a", "a"))]


@asks(f"{API}, BatchWriteItem: up to 25", ["none", WRONG], table=PLAIN)
def a_batch_of_writes_has_25_items_at_most(aws: World) -> Answer:
    def write(number: int) -> str:
        requests = [{"PutRequest": {"Item": item(str(one))}} for one in range(number)]
        return error_of(lambda: aws.dynamodb.batch_write_item(RequestItems={aws.named("table"): requests}))

    return [write(25), write(26)]


def fill(aws: World, *sks: str, **more: Any) -> None:
    for sk in sks:
        put(aws, item(sk=text(sk), **more))


def found(answer: Any) -> list[str]:
    return [one["sk"]["S"] for one in answer["Items"]]


@asks(f"{API}, Query: in the order of the sort key", [["a", "b", "c"], ["c", "b", "a"]], table=SORTED)
def a_query_answers_in_the_order_of_the_sort_key(aws: World) -> Answer:
    fill(aws, "b", "a", "c")
    return [found(query(aws)), found(query(aws, ScanIndexForward=False))]


@asks(f"{API}, Query, Limit and LastEvaluatedKey", [["a", "b"], ["c"], False], table=SORTED)
def a_query_goes_on_after_the_last_key_of_a_page(aws: World) -> Answer:
    fill(aws, "a", "b", "c")
    first = query(aws, Limit=2)
    second = query(aws, ExclusiveStartKey=first["LastEvaluatedKey"])
    return [found(first), found(second), "LastEvaluatedKey" in second]


@asks(f"{API}, Query, Limit: items that are looked at", True, table=SORTED)
def a_page_that_is_just_full_says_that_there_may_be_more(aws: World) -> Answer:
    fill(aws, "a", "b")
    return "LastEvaluatedKey" in query(aws, Limit=2)


@asks(f"{API}, Query, FilterExpression: after the items were read", [["b"], 1, 2], table=SORTED)
def a_filter_is_applied_after_the_items_were_read(aws: World) -> Answer:
    fill(aws, "a")
    fill(aws, "b", n=number(1))
    answer = query(aws, FilterExpression="attribute_exists(n)")
    return [found(answer), answer["Count"], answer["ScannedCount"]]


@asks(f"{API}, Query, KeyConditionExpression: begins_with and between", [["ab", "ac"], ["ac", "b"]], table=SORTED)
def a_query_may_ask_for_a_part_of_the_sort_keys(aws: World) -> Answer:
    fill(aws, "ab", "ac", "b")
    begins = query(aws, "pk = :pk AND begins_with(sk, :sk)", **values(pk=text("a"), sk=text("a")))
    between = values(pk=text("a"), low=text("ac"), high=text("b"))
    return [found(begins), found(query(aws, "pk = :pk AND sk BETWEEN :low AND :high", **between))]


@asks(f"{API}, Query, KeyConditionExpression: the partition key must be given", [WRONG, WRONG], table=SORTED)
def a_query_names_one_partition(aws: World) -> Answer:
    without = values(sk=text("a"))
    return [error_of(lambda: query(aws, "sk = :sk", **without)), error_of(lambda: query(aws, "pk > :pk"))]


@asks(f"{API}, Query, Select: COUNT", [2, False], table=SORTED)
def a_query_may_only_count(aws: World) -> Answer:
    fill(aws, "a", "b")
    answer = query(aws, Select="COUNT")
    return [answer["Count"], "Items" in answer]


@asks(f"{GUIDE}, quotas: 1 MB of a query", [True, True], table=SORTED)
def a_page_of_a_query_ends_after_a_megabyte(aws: World) -> Answer:
    fill(aws, "a", "b", "c", "d", large=text("x" * 300_000))
    answer = query(aws)
    return [len(answer["Items"]) < 5 and "LastEvaluatedKey" in answer, answer["Count"] == len(answer["Items"])]


def by_index(aws: World, **more: Any) -> Any:
    given = {"IndexName": "by-index", **values(index=text("i")), **more}
    return query(aws, "#i = :index", ExpressionAttributeNames={"#i": "index"}, **given)


@asks(f"{GUIDE}, sparse indexes: only items that have the key of the index", ["b"], table=SORTED)
def an_index_has_only_items_with_its_key(aws: World) -> Answer:
    fill(aws, "a")
    fill(aws, "b", index=text("i"))
    return aws.until(lambda: found(by_index(aws)))


@asks(f"{GUIDE}, projections: KEYS_ONLY", [["index", "pk", "sk"]], table=SORTED)
def an_index_of_keys_has_nothing_else(aws: World) -> Answer:
    fill(aws, "a", index=text("i"), more=number(1))
    return [sorted(one) for one in aws.until(lambda: by_index(aws)["Items"])]


@asks(f"{API}, Query, ConsistentRead: not of a global index", WRONG, table=SORTED)
def an_index_is_not_read_consistently(aws: World) -> Answer:
    return error_of(lambda: by_index(aws, ConsistentRead=True))


@asks(f"{API}, Query, IndexName", WRONG, table=SORTED)
def an_index_that_the_table_does_not_have_is_refused(aws: World) -> Answer:
    return error_of(lambda: by_index(aws, IndexName="other"))


@asks(f"{API}, PutItem: the key of an index has its type", WRONG, table=SORTED)
def the_key_of_an_index_of_another_type_is_refused(aws: World) -> Answer:
    return error_of(lambda: put(aws, item(sk=text("a"), index=number(1))))


@asks(f"{API}, Scan", ["a", "b"], table=SORTED)
def a_scan_answers_all_items(aws: World) -> Answer:
    fill(aws, "a", "b")
    return sorted(found(aws.dynamodb.scan(TableName=aws.named("table"))))


@asks(f"{API}, GetItem, ReturnConsumedCapacity", 1.0, table=PLAIN)
def a_consistent_read_of_a_small_item_is_one_unit(aws: World) -> Answer:
    put(aws)
    asked = {"TableName": aws.named("table"), "Key": item(), "ConsistentRead": True, "ReturnConsumedCapacity": "TOTAL"}
    return aws.dynamodb.get_item(**asked)["ConsumedCapacity"]["CapacityUnits"]


@asks(f"{API}, DescribeTable", ["ACTIVE", "pk"], table=PLAIN)
def a_table_is_described(aws: World) -> Answer:
    found = aws.dynamodb.describe_table(TableName=aws.named("table"))["Table"]
    return [found["TableStatus"], found["KeySchema"][0]["AttributeName"]]


@asks(f"{API}, ListTables", True, table=PLAIN)
def tables_are_listed(aws: World) -> Answer:
    return aws.named("table") in aws.dynamodb.list_tables()["TableNames"]


STREAMED = table(StreamSpecification={"StreamViewType": "NEW_AND_OLD_IMAGES", "StreamEnabled": True})


def streamed(aws: World) -> list[Any]:
    """Return the records of the table's stream."""
    streams = aws.dynamodbstreams
    (stream,) = streams.list_streams(TableName=aws.named("table"))["Streams"]
    records: list[Any] = []
    for shard in streams.describe_stream(StreamArn=stream["StreamArn"])["StreamDescription"]["Shards"]:
        where = {"StreamArn": stream["StreamArn"], "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
        records += streams.get_records(ShardIterator=streams.get_shard_iterator(**where)["ShardIterator"])["Records"]
    return records


@asks(f"{GUIDE}, DynamoDB Streams: one record for each change", ["INSERT", "MODIFY", "REMOVE"], table=STREAMED)
def a_stream_has_a_record_for_each_change(aws: World) -> Answer:
    put(aws)
    put(aws, item(n=number(1)))
    aws.dynamodb.delete_item(TableName=aws.named("table"), Key=item())
    return aws.until(lambda: (names := [one["eventName"] for one in streamed(aws)])[2:] and names)


@asks(f"{GUIDE}, DynamoDB Streams: no record where nothing changes", 1, table=STREAMED)
def a_write_that_changes_nothing_is_not_in_the_stream(aws: World) -> Answer:
    put(aws)
    put(aws)
    aws.until(lambda: streamed(aws))
    return len(streamed(aws))


@asks(f"{GUIDE}, DynamoDB Streams: NEW_AND_OLD_IMAGES", [[False, True], [True, True]], table=STREAMED)
def a_record_has_the_item_before_and_after(aws: World) -> Answer:
    put(aws)
    put(aws, item(n=number(1)))
    records = aws.until(lambda: (found := streamed(aws))[1:] and found)
    return [[name in one["dynamodb"] for name in ("OldImage", "NewImage")] for one in records]
