"""Every live version of OrderPlaced drives an order to its end, in one run, and the archive can be replayed later."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from ensemble.command_line.run.look import LaptopLook, names_of
from ensemble.laptop import Laptop
from ensemble.scenario.sandboxes import Sandboxes
from scenarios.shop.stories import OPENING
from tests.shop.stories.conftest import dead_letters_of, example, laptop_on, measured

NOON = "2026-01-01T00:00:00.000Z"
ARN = "arn:aws:events:eu-west-1:000000000000"

OLD = {
    "customer_id": "customer-1",
    "items": [{"sku": "sku-1", "quantity": 2}],
    "total": 25.5,
    "payment_token": "tok_visa",
    "address": example("PlaceOrder")["address"],
}
"""The business fields of OrderPlaced 1.x: euros as a number."""


def call(laptop: Laptop, target: str, request: dict[str, Any]) -> dict[str, Any]:
    answer = laptop.answer({"x-amz-target": target}, json.dumps(request).encode())
    assert answer.status == 200, answer.body
    return dict(json.loads(answer.body))


def placed(order_id: str, version: str, **fields: Any) -> dict[str, Any]:
    return {
        "event_id": f"placed-{order_id}",
        "type": "OrderPlaced",
        "version": version,
        "timestamp": NOON,
        "correlation_id": f"workflow-{order_id}",
        "causation_id": f"command-{order_id}",
        "hops": 1,
        "order_id": order_id,
        **fields,
    }


def put(laptop: Laptop, source: str, type: str, detail: dict[str, Any]) -> None:
    entry = {"EventBusName": names_of(laptop).bus, "Source": source, "DetailType": type, "Detail": json.dumps(detail)}
    assert laptop.put_events([entry])["FailedEntryCount"] == 0


def publish_as_order(laptop: Laptop, event: dict[str, Any]) -> None:
    """Write the row of a placed order as the last version of the kit did (0.2.0), and put its event on the bus."""
    order = {"status": "placed", "order_id": event["order_id"], "customer_id": "customer-1", "email": "ada@example.com"}
    total = {"minor_units": 2550, "currency": "EUR"}
    state = {**order, "total": total, "deadline": "2026-01-01T00:15:00.000Z"}
    item = {
        "pk": {"S": f"order_id#{event['order_id']}"},
        "version": {"N": "1"},
        "state": {"S": json.dumps(state)},
        "correlation_id": {"S": event["correlation_id"]},
        "inbox": {"SS": [event["causation_id"]]},
        "outbox": {"S": json.dumps({"trace_header": "", "events": [event]})},
    }
    call(laptop, "DynamoDB_20120810.PutItem", {"TableName": names_of(laptop).table("order"), "Item": item})
    put(laptop, "order", "OrderPlaced", event)


def fill_stock(laptop: Laptop) -> None:
    laptop.put_events([command.entry(names_of(laptop).bus) for command in OPENING])
    laptop.run_until_idle()


def amounts(laptop: Laptop, service: str) -> Counter[str]:
    """Return the totals of a service, of all days together."""
    return sum((Counter(of) for of in LaptopLook(laptop, Sandboxes()).totals(service).values()), Counter())


def rows(laptop: Laptop) -> dict[str, list[dict[str, Any]]]:
    """Return what the services know, but for analytics and for audit, which stores replays as well."""
    return {
        name: sorted(laptop.table_items(names_of(laptop).table(name)), key=lambda item: str(item["pk"]))
        for name in ("order", "inventory", "payment", "shipping", "notification")
    }


@pytest.fixture
def mixed(assembly: Path) -> Any:
    """A laptop on which orders of all versions have come to their ends, side by side, and what was on its bus."""
    seen: list[dict[str, Any]] = []
    with laptop_on(assembly) as laptop:
        laptop.on_event(lambda bus, event: seen.append(event) if bus == names_of(laptop).bus else None)
        fill_stock(laptop)
        publish_as_order(laptop, placed("one-dot-oh", "1.0", **OLD))
        publish_as_order(laptop, placed("one-dot-one", "1.1", **OLD, channel="phone"))
        put(laptop, "storefront", "PlaceOrder", {**example("PlaceOrder"), "order_id": "two", "channel": "web"})
        publish_as_order(laptop, placed("declined", "1.0", **{**OLD, "payment_token": "tok_declined"}))
        laptop.run_until_idle()
        yield laptop, seen


def ends(seen: list[dict[str, Any]]) -> dict[str, str]:
    return {
        event["detail"]["order_id"]: event["detail-type"]
        for event in seen
        if event["detail-type"] in ("OrderCompleted", "OrderCancelled")
    }


def test_orders_placed_in_every_live_version_come_to_their_ends_side_by_side(mixed: Any) -> None:
    laptop, seen = mixed

    versions = {e["detail"]["order_id"]: e["detail"]["version"] for e in seen if e["detail-type"] == "OrderPlaced"}
    assert versions == {"one-dot-oh": "1.0", "one-dot-one": "1.1", "two": "2.0", "declined": "1.0"}
    assert ends(seen) == {
        "one-dot-oh": "OrderCompleted",
        "one-dot-one": "OrderCompleted",
        "two": "OrderCompleted",
        "declined": "OrderCancelled",
    }
    assert not any(laptop.dead_letters().values())


def test_money_and_stock_are_the_same_whatever_version_they_were_told_in(mixed: Any) -> None:
    laptop, seen = mixed
    measures = measured(laptop)

    assert measures["money EUR"] * 100 == 2550 + 2550 + 1250
    assert [measures[f"stock sku-{number}"] for number in (1, 2, 3)] == [20 - 2 - 2 - 1, 10, 1]
    reserved = [event["detail"]["total"] for event in seen if event["detail-type"] == "InventoryReserved"]
    assert Counter(total["minor_units"] for total in reserved) == {2550: 3, 1250: 1}


def test_a_replay_of_the_archive_is_upcast_and_changes_nothing_but_what_listens_to_replays(mixed: Any) -> None:
    laptop, _ = mixed
    counted, known, money = amounts(laptop, "analytics"), rows(laptop), measured(laptop)["money EUR"]
    for item in laptop.table_items(names_of(laptop).table("analytics")):
        key = {"pk": {"S": item["pk"]}}
        call(laptop, "DynamoDB_20120810.DeleteItem", {"TableName": names_of(laptop).table("analytics"), "Key": key})

    bus = names_of(laptop).bus
    replay = {"ReplayName": "rebuild", "EventSourceArn": f"{ARN}:archive/{bus}", "EventStartTime": laptop.now() - 3600}
    destination = {"EventEndTime": laptop.now() + 1, "Destination": {"Arn": f"{ARN}:event-bus/{bus}"}}
    call(laptop, "AWSEvents.StartReplay", replay | destination)
    laptop.run_until_idle()

    assert amounts(laptop, "analytics") == counted
    assert counted["value_placed_EUR"] == 3 * 2550 + 1250
    assert (counted["orders_placed"], counted["orders_placed_by_phone"], counted["orders_placed_by_web"]) == (4, 1, 1)
    assert (rows(laptop), measured(laptop)["money EUR"]) == (known, money)
    assert not any(laptop.dead_letters().values())


def test_an_order_of_an_unknown_major_version_is_dead_lettered_by_each_consumer_and_its_neighbours_are_handled(
    assembly: Path,
) -> None:
    with laptop_on(assembly) as laptop:
        fill_stock(laptop)
        put(laptop, "order", "OrderPlaced", placed("three", "3.0", total="a song"))
        publish_as_order(laptop, placed("one", "1.0", **OLD))
        laptop.run_until_idle()

        letters = {queue: messages for queue, messages in laptop.dead_letters().items() if messages}
        reasons = {m.attributes["reason"]["StringValue"] for messages in letters.values() for m in messages}
        assert sorted(letters) == [
            dead_letters_of(laptop, service, "OrderPlaced") for service in ("analytics", "inventory")
        ]
        assert reasons == {"ContractViolation: OrderPlaced has no live major version 3.0"}
        assert measured(laptop)["money EUR"] * 100 == 2550


def test_a_minor_version_that_no_consumer_knows_yet_is_handled(assembly: Path) -> None:
    newer = {**OLD, "total": {"minor_units": 2550, "currency": "EUR"}, "gift_wrap": True}

    with laptop_on(assembly) as laptop:
        fill_stock(laptop)
        publish_as_order(laptop, placed("newer", "2.7", **newer))
        laptop.run_until_idle()

        assert measured(laptop)["money EUR"] * 100 == 2550
        assert not any(laptop.dead_letters().values())
