"""A service that hears every event stores each one whole and once, whatever the bus takes, in the order of time."""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import TYPE_CHECKING, Any
from uuid import uuid5

import pytest
from moto import mock_aws

from functions.kit.consumer import Consumer
from functions.kit.contracts import Contracts
from functions.kit.envelope import NAMESPACE, bridge_event_of, completed
from functions.kit.model import Service, on_every_event
from functions.kit.rows import RowStore
from functions.kit.store import LISTED_PARTITIONS, listed_partition, unpacked, whole_events
from tests.kit.conftest import Context, Kit, record
from tests.kit.locker import CONTRACTS

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ARCHIVE = Service(name="archive", reactions=(on_every_event(),))

FIELDS = {"receipt_id": "r-1"}

KEY, INDEX_KEY = ("pk", "position"), ("index_partition", "index_position")


class Store:
    """The archive's consumer over a table of its own, and what a test looks at."""

    def __init__(self, kit: Kit, dynamodb: DynamoDBClient, contracts: Contracts = CONTRACTS) -> None:
        self._dynamodb = dynamodb
        self.sizes: list[int] = []
        self.put: list[str] = []
        dynamodb.meta.events.register("before-call.dynamodb.PutItem", self._measure)
        rows = RowStore(dynamodb, "events", 3600)
        self._consumer = Consumer(ARCHIVE, contracts, rows, {}, kit.settings)
        self.calls = kit.calls

    def _measure(self, model: Any, params: Any, **_: Any) -> None:
        item = json.loads(params["body"])["Item"]
        if "position" not in item:  # a row
            return
        self.put.append(item["position"]["S"])
        self.sizes.append(sum(len(name) + len(next(iter(value.values()))) for name, value in item.items()))

    def handle(self, *records: dict[str, Any]) -> list[str]:
        answer = self._consumer.handle({"Records": list(records)}, Context())  # type: ignore[arg-type]
        return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]

    def items(self, workflow: str) -> list[dict[str, Any]]:
        """Return the items of a workflow in the order in which a query gives them."""
        pages = self._dynamodb.get_paginator("query").paginate(
            TableName="events",
            KeyConditionExpression="pk = :workflow",
            ExpressionAttributeValues={":workflow": {"S": workflow}},
        )
        return [item for page in pages for item in page["Items"]]

    def ids(self, workflow: str) -> list[str]:
        return [item["position"]["S"].partition("#")[2] for item in self.items(workflow)]

    def texts(self, workflow: str) -> list[str]:
        return [unpacked(*item["event"].values()) for item in self.items(workflow)]

    def whole(self, workflow: str) -> list[str]:
        """Return the texts of the events of a workflow, put together of their parts."""
        return whole_events(self.items(workflow))

    def listed(self) -> list[tuple[str, str, str]]:
        """Return partition, position and workflow of what the index lists."""
        entries = self._dynamodb.scan(TableName="events", IndexName="index")["Items"]
        return [(one["index_partition"]["S"], one["index_position"]["S"], one["pk"]["S"]) for one in entries]

    def all(self) -> list[dict[str, Any]]:
        return self._dynamodb.scan(TableName="events")["Items"]


def create_table(dynamodb: DynamoDBClient) -> None:
    dynamodb.create_table(
        TableName="events",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in (*KEY, *INDEX_KEY)],
        KeySchema=key_schema(KEY),
        GlobalSecondaryIndexes=[
            {"IndexName": "index", "KeySchema": key_schema(INDEX_KEY), "Projection": {"ProjectionType": "KEYS_ONLY"}}
        ],
    )


def key_schema(names: tuple[str, str]) -> Any:
    return [{"AttributeName": name, "KeyType": type} for name, type in zip(names, ("HASH", "RANGE"), strict=True)]


def put_again(came: dict[str, Any]) -> dict[str, Any]:
    """Return the record of the same event, put on the bus once more."""
    text = came["body"].replace('"bridge-1"', '"bridge-2"').replace("2026-01-01T12:00:00Z", "2026-01-01T12:00:01Z", 1)
    return came | {"body": text, "messageId": "m-again"}


@pytest.fixture
def store(kit: Kit) -> Iterator[Store]:
    with mock_aws():
        create_table(kit.dynamodb)
        made = Store(kit, kit.dynamodb)
        kit.calls.clear()
        yield made


def test_an_event_is_stored_as_it_came_under_its_workflow_by_one_call(store: Store) -> None:
    came = record("ParcelArrived", FIELDS)

    assert store.handle(came) == []

    assert store.calls == Counter(["PutItem"])
    assert store.texts("c-1") == [came["body"]]
    assert store.items("c-1")[0]["type"] == {"S": "ParcelArrived"}
    assert store.items("c-1")[0]["position"] == {"S": "2026-01-01T12:00:00.000Z#e-1"}


def test_a_duplicate_is_done_and_changes_nothing(store: Store) -> None:
    came = record("ParcelArrived", FIELDS)
    store.handle(came)
    again = put_again(came)

    assert store.handle(came, again) == []

    assert store.texts("c-1") == [came["body"]]


@pytest.mark.parametrize("size", [1, 2_000, 500_000], ids=["plain", "compressed", "in parts"])
def test_another_content_under_the_same_id_and_instant_is_stored_beside_the_first_and_told(
    store: Store, kit: Kit, log: io.StringIO, size: int
) -> None:
    noise = [Random(number).randbytes(size).hex() for number in range(2)]
    first, second = (record("ParcelArrived", {"noise": one}) for one in noise)

    for _ in range(2):
        assert store.handle(first, second, put_again(second), put_again(first)) == []

    assert store.whole("c-1") == [first["body"], second["body"]]
    assert len([item for item in store.items("c-1") if "type" in item]) == 2
    told = [json.loads(line) for line in log.getvalue().splitlines() if '"message":"EventContradicted"' in line]
    assert [(one["type"], one["event_id"]) for one in told] == [("ParcelArrived", "e-1")]
    assert kit.dead_letters() == []


def said(said: str, **envelope: Any) -> dict[str, Any]:
    """Return the record of an event with this JSON text for a field."""
    came = record("ParcelArrived", {"said": "it"}, **envelope)
    return came | {"body": came["body"].replace('"it"', said)}


DIFFERENT = [("1", '"1"'), ("[1]", '["1"]'), ("NaN", '"NaN"'), ("1e999", '"1e999"'), ('{"1": 1}', '{"1": "1"}')]
DIFFERENT += [("true", "1"), ("null", '"null"'), ("9007199254740993", "9007199254740992"), ("9" * 5_000, '"9"')]


@pytest.mark.parametrize(("first", "second"), DIFFERENT)
def test_a_text_is_another_content_than_the_number_that_it_says(store: Store, first: str, second: str) -> None:
    store.handle(said(first), said(second), said(first), said(second))

    assert store.texts("c-1") == [said(first)["body"], said(second)["body"]]


@pytest.mark.parametrize(("first", "again"), [("1", "1.0"), ("1000", "1e3"), ("0.1", "0.10"), ("0", "-0.0")])
def test_a_number_in_other_words_is_no_other_content(store: Store, log: io.StringIO, first: str, again: str) -> None:
    store.handle(said(first), said(again))

    assert store.texts("c-1") == [said(first)["body"]]
    assert "EventContradicted" not in log.getvalue()


def test_the_events_of_two_strangers_who_chose_the_same_ids_are_both_stored(store: Store) -> None:
    one, other = (record("ParcelArrived", FIELDS, source=source) for source in ("one.partner", "other.partner"))

    store.handle(one, other, one, other)

    assert store.texts("c-1") == [one["body"], other["body"]]


@pytest.mark.parametrize("name", ["id", "detail-type", "source"])
def test_half_a_character_in_what_eventbridge_says_hinders_nothing(store: Store, kit: Kit, name: str) -> None:
    came = record("ParcelArrived", FIELDS)
    came["body"] = json.dumps({**json.loads(came["body"]), name: "half \ud800"})

    assert store.handle(came) == []

    assert kit.dead_letters() == []
    assert store.texts("c-1") == [came["body"]]


def test_what_is_nested_too_deep_to_be_read_is_told_from_others_too(store: Store) -> None:
    said = '{{"deep":{deep},"event_id":"e-1","correlation_id":"c-1","timestamp":"2026-01-01T12:00:00Z","said":{said}}}'
    first, second = (body(said.format(deep=DEEPER, said=number)) for number in range(2))

    store.handle(first, second, first, second, put_again(second))

    assert store.whole("c-1") == [first["body"], second["body"]]


def test_a_database_that_does_not_take_an_event_has_it_delivered_again(store: Store, kit: Kit) -> None:
    kit.dynamodb.delete_table(TableName="events")

    assert store.handle(record("ParcelArrived", FIELDS)) == ["m-1"]
    assert kit.dead_letters() == []


def test_a_workflow_is_in_the_order_of_its_instants_however_they_are_written(store: Store) -> None:
    instants = {
        "third": "2026-01-01T12:00:00.500Z",
        "second": "2026-01-01T12:00:00Z",
        "first": "2026-01-01T16:59:59.999+05:00",
        "fourth": "2026-01-01T07:00:01-05:00",
    }
    store.handle(*(record("ParcelArrived", FIELDS, event_id=id, timestamp=at) for id, at in instants.items()))

    assert store.ids("c-1") == ["first", "second", "third", "fourth"]


def test_a_usual_event_is_one_write_unit_and_a_longer_one_is_compressed_to_it(store: Store) -> None:
    words = [f"a word of {number} letters and more of them" for number in range(60)]
    store.handle(record("ParcelArrived", FIELDS), record("ParcelArrived", {"words": words}, event_id="e-2"))

    assert [next(iter(item["event"])) for item in store.items("c-1")] == ["S", "B"]
    assert len(store.texts("c-1")[1]) > 2_500
    assert max(store.sizes) <= 1_024


def test_the_longest_event_that_is_stored_as_text_is_one_write_unit_with_the_ids_of_the_kit(store: Store) -> None:
    id = "0f8fad5b-d9cb-469f-a165-70867728950e"
    ids = {"event_id": id, "correlation_id": id, "hops": 1}
    room = 880 - len(record("ParcelArrivedAtTheLocker", {"note": ""}, **ids)["body"])
    store.handle(record("ParcelArrivedAtTheLocker", {"note": "x" * room}, **ids))

    assert "S" in store.items(id)[0]["event"]
    assert 1_000 < store.sizes[0] <= 1_024


def test_an_event_as_long_as_the_bus_takes_is_stored_in_several_items_and_read_back_whole(store: Store) -> None:
    noise = Random(1).randbytes(500_000).hex()[:1_000_000]
    came = record("ParcelArrived", {"noise": noise})

    assert store.handle(came) == []

    parts = store.items("c-1")
    assert len(parts) == 2
    assert store.put == [parts[1]["position"]["S"], parts[0]["position"]["S"]], "the first says that all are there"
    assert unpacked(*(part["event"]["B"] for part in parts)) == came["body"]


def test_an_event_of_several_items_that_was_cut_off_is_completed_when_it_comes_again(store: Store, kit: Kit) -> None:
    came = record("ParcelArrived", {"noise": Random(1).randbytes(450_000).hex()})
    store.handle(came)
    whole = store.items("c-1")
    kit.dynamodb.delete_item(TableName="events", Key={name: whole[0][name] for name in ("pk", "position")})

    assert store.handle(came) == []

    assert store.items("c-1") == whole


NESTED = "[" * 500 + "]" * 500
DEEPER = "[" * 5_000 + "]" * 5_000


def body(detail: str) -> dict[str, Any]:
    """Return the record of an event with this text for a detail, which no Python need understand."""
    head = '{"version":"0","id":"bridge-1","detail-type":"Odd","source":"street","time":"2026-01-01T12:00:00Z",'
    return record("Odd", {}) | {"body": f'{head}"resources":[],"detail":{detail}}}'}


AT_NOON = "2026-01-01T12:00:00.000Z"
BY_EVENTBRIDGE = str(uuid5(NAMESPACE, "bridge-1"))
"""The id that follows from EventBridge's own, of the events below."""

ODD = {
    "no envelope": ("{}", BY_EVENTBRIDGE, f"{AT_NOON}#{BY_EVENTBRIDGE}"),
    "another's envelope": (
        '{"type":"parcel.created","version":1,"timestamp":1700000000}',
        BY_EVENTBRIDGE,
        f"{AT_NOON}#{BY_EVENTBRIDGE}",
    ),
    "an instant without an offset": (
        '{"event_id":"e-1","correlation_id":"c-1","timestamp":"2026-01-01T11:00:00"}',
        "c-1",
        f"{AT_NOON}#e-1",
    ),
    "an instant ahead": (
        '{"event_id":"e-1","correlation_id":"c-1","timestamp":"2027-01-01T00:00:00Z"}',
        "c-1",
        "2027-01-01T00:00:00.000Z#e-1",
    ),
    "an instant before all time": (
        '{"event_id":"e-1","correlation_id":"c-1","timestamp":"0001-01-01T00:00:00+12:00"}',
        "c-1",
        f"{AT_NOON}#e-1",
    ),
    "hops as text": ('{"event_id":"e-1","correlation_id":"c-1","hops":"0"}', "c-1", f"{AT_NOON}#e-1"),
    "far too many hops": ('{"event_id":"e-1","correlation_id":"c-1","hops":400}', "c-1", f"{AT_NOON}#e-1"),
    "no workflow": ('{"event_id":"e-1","correlation_id":null}', "e-1", f"{AT_NOON}#e-1"),
    "an empty workflow": ('{"event_id":"e-1","correlation_id":""}', "e-1", f"{AT_NOON}#e-1"),
    "a long workflow": (
        f'{{"event_id":"e-1","correlation_id":"{"c" * 2_100}"}}',
        "c" * 2_048,
        f"{AT_NOON}#e-1",
    ),
    "a long id": (
        f'{{"event_id":"{"e" * 1_100}","correlation_id":"c-1"}}',
        "c-1",
        f"{AT_NOON}#{BY_EVENTBRIDGE}",
    ),
    "deep nesting": (
        f'{{"deep":{NESTED},"event_id":"e-1","correlation_id":"c-1"}}',
        "c-1",
        f"{AT_NOON}#e-1",
    ),
    "nesting that Python does not read": (
        f'{{"deep":{DEEPER},"event_id":"e-1","x":[{{"a]\\"":["}}"]}}],"correlation_id":"c-1"}}',
        "c-1",
        f"{AT_NOON}#e-1",
    ),
    "a number of 5,000 digits": (
        f'{{"number":{"9" * 5_000},"event_id":"e-1","correlation_id":"c-1"}}',
        "c-1",
        f"{AT_NOON}#e-1",
    ),
    "a number beyond all numbers": (
        '{"number":1e999,"event_id":"e-1","correlation_id":"c-1"}',
        "c-1",
        f"{AT_NOON}#e-1",
    ),
    "half a character": (
        '{"event_id":"e-1","correlation_id":"c-\\ud800"}',
        "c-\\ud800",
        f"{AT_NOON}#e-1",
    ),
    "keys at their bounds, in letters of several bytes": (
        f'{{"event_id":"{"é" * 256}","correlation_id":"{"😀" * 512}"}}',
        "😀" * 512,
        f"{AT_NOON}#{'é' * 256}",
    ),
    "keys a letter over their bounds": (
        f'{{"event_id":"{"é" * 256}e","correlation_id":"c{"😀" * 512}"}}',
        f"c{'😀' * 511}",
        f"{AT_NOON}#{BY_EVENTBRIDGE}",
    ),
    "an instant in the last year, further west": (
        '{"event_id":"e-1","correlation_id":"c-1","timestamp":"9999-12-31T23:59:59-05:00"}',
        "c-1",
        f"{AT_NOON}#e-1",
    ),
    "a day for an instant": (
        '{"event_id":"e-1","correlation_id":"c-1","timestamp":"2026-01-01"}',
        "c-1",
        f"{AT_NOON}#e-1",
    ),
    "a list for a detail": ("[]", BY_EVENTBRIDGE, f"{AT_NOON}#{BY_EVENTBRIDGE}"),
    "400 kB of one field": (
        f'{{"field":"{"x" * 400_000}","event_id":"e-1","correlation_id":"c-1"}}',
        "c-1",
        f"{AT_NOON}#e-1",
    ),
}
"""What the bus takes: the text of the detail, and the workflow and the position that it is stored at."""


@pytest.mark.parametrize("odd", ODD)
def test_whatever_the_bus_takes_is_stored_under_what_is_known_of_it(store: Store, kit: Kit, odd: str) -> None:
    detail, workflow, position = ODD[odd]
    came = body(detail)

    assert store.handle(came) == []

    assert kit.dead_letters() == []
    assert [(item["pk"]["S"], item["position"]["S"]) for item in store.all()] == [(workflow, position)]
    assert store.texts(workflow) == [came["body"]]


@pytest.mark.parametrize("text", ["no JSON", "{}", "[1]", body("{}")["body"].replace("2026-01-01T12:00:00Z", "x")])
def test_what_comes_from_no_bus_is_dead_lettered_with_its_reason(store: Store, kit: Kit, text: str) -> None:
    assert store.handle(record("Odd", {}) | {"body": text}) == []

    assert kit.dead_letters() == [(text, "ContractViolation: the record is not an EventBridge event")]
    assert store.all() == []


def test_a_command_put_by_hand_is_stored_under_the_workflow_that_its_hearers_give_it(store: Store) -> None:
    came = record("ParcelArrived", FIELDS, event_id=None)

    store.handle(came)

    heard = completed(bridge_event_of(came["body"]), "1.0", CONTRACTS.doors)
    assert store.ids(heard["correlation_id"]) == [heard["event_id"]]


def test_what_comes_from_outside_is_listed_by_when_it_was_stored_and_not_by_what_it_says(store: Store) -> None:
    came = record("ParcelArrived", FIELDS, timestamp="2025-06-30T08:00:00Z")

    store.handle(came, put_again(came))

    (workflow,) = {item["pk"]["S"] for item in store.all()}
    ((partition, position, listed),) = store.listed()
    assert partition in [listed_partition("2026-01-01T12", number) for number in range(LISTED_PARTITIONS)]
    assert (position, listed) == ("2026-01-01T12:00:00.000Z", workflow)


def test_what_a_service_publishes_is_not_listed(store: Store) -> None:
    store.handle(record("ParcelArrived", FIELDS, source="locker", hops=1))

    assert (len(store.all()), store.listed()) == (1, [])


def test_the_longest_listed_event_that_is_stored_as_text_is_one_write_unit_too(store: Store) -> None:
    id = "0f8fad5b-d9cb-469f-a165-70867728950e"
    ids = {"event_id": id, "correlation_id": id, "hops": 0}
    room = 880 - 80 - len(record("ParcelArrivedAtTheLocker", {"note": ""}, **ids)["body"])
    store.handle(record("ParcelArrivedAtTheLocker", {"note": "x" * room}, **ids))
    store.handle(
        record(
            "ParcelArrivedAtTheLocker", {"note": "x" * (room + 1)}, **ids | {"timestamp": "2026-01-02T00:00:00.000Z"}
        )
    )

    assert [next(iter(item["event"])) for item in store.items(id)] == ["S", "B"]
    assert len(store.listed()) == 2
    assert 1_000 < store.sizes[0] <= 1_024
