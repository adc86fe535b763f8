"""What the shop does when the world is not as it should be."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import boto3

from ensemble.command_line.run.look import names_of, table_of
from ensemble.laptop import Laptop
from ensemble.scenario import Story
from functions.kit.store import unpacked
from scenarios.shop.scenario import SCENARIO
from scenarios.shop.stories import STORIES
from tests.shop.stories.conftest import Change, dead_letters_of, example, laptop_on, measured, play, playing


def placing(story: Story, **changes: Any) -> Story:
    (command,) = story.commands
    return replace(story, commands=(replace(command, fields={**command.fields, **changes}),))


def test_an_order_that_gets_stuck_is_cancelled_at_its_deadline_and_costs_nothing(changed: Change) -> None:
    def stuck(resource: dict[str, Any]) -> bool:
        pattern = resource["Properties"].get("EventPattern") or {}
        return "PaymentCharged" not in pattern.get("detail-type", [])

    with laptop_on(changed("shipping", stuck)) as laptop:
        seen: list[dict[str, Any]] = []
        laptop.on_event(lambda _, event: seen.append(event))
        before = play(laptop, playing(STORIES[0])).before
        laptop.advance(14 * 60)
        early = [event["detail-type"] for event in seen]
        (workflow,) = {event["detail"]["correlation_id"] for event in seen if event["detail-type"] == "OrderPlaced"}
        laptop.advance(3 * 60)
        laptop.run_until_idle()

        types = [event["detail-type"] for event in seen]
        (request,) = [event for event in seen if event["detail-type"] == "OrderCancellationRequested"]
        assert "OrderCancellationRequested" not in early
        assert request["detail"]["reason"] == "deadline"
        assert request["detail"]["correlation_id"] == workflow
        assert types.count("OrderCancelled") == 1
        assert measured(laptop) == before


def test_a_charge_and_a_parcel_whose_answers_are_lost_happen_once(assembly: Any) -> None:
    address = {**example("PlaceOrder")["address"], "postcode": "TIMEOUT"}
    story = placing(STORIES[0], payment_token="tok_timeout", address=address)

    with laptop_on(assembly) as laptop:
        results = play(laptop, playing(story))

        assert results.as_expected
        assert len(laptop.function(names_of(laptop).consumer("payment")).module.gateway.ledger) == 1
        assert len(laptop.carrier.parcels) == 1


def put(laptop: Laptop, source: str, type: str, detail: dict[str, Any]) -> None:
    entry = {"EventBusName": names_of(laptop).bus, "Source": source, "DetailType": type, "Detail": json.dumps(detail)}
    answer = laptop.put_events([entry])
    assert answer["FailedEntryCount"] == 0


def test_an_event_that_breaks_its_schema_ends_in_the_dlq_with_its_reason_and_no_value_in_any_log(
    assembly: Any,
) -> None:
    order = example("PlaceOrder")
    wrong = {**order, "email": 4242_4242, "order_id": "o-wrong"}

    with laptop_on(assembly) as laptop:
        put(laptop, "storefront", "PlaceOrder", wrong)
        put(laptop, "storefront", "PlaceOrder", {**order, "order_id": "o-right"})
        laptop.run_until_idle()

        (message,) = laptop.dead_letters()[dead_letters_of(laptop, "order", "PlaceOrder")]
        reason = message.attributes["reason"]["StringValue"]
        assert reason == "ContractViolation: PlaceOrder 1.1: data.email breaks the rule 'type'"
        assert [item["pk"] for item in laptop.table_items(names_of(laptop).table("order"))] == ["order_id#o-right"]
        assert not [line for line in laptop.function(names_of(laptop).consumer("order")).output if "42424242" in line]


TABLES = ("analytics", "audit", "inventory", "notification", "order", "payment", "shipping")


def start_replay(laptop: Laptop, bus: str) -> None:
    """Ask for a replay as a person does: by EventBridge's API."""
    with laptop.serve() as server:
        client = boto3.client(
            "events",
            region_name="eu-west-1",
            endpoint_url=server.url,
            aws_access_key_id="any",
            aws_secret_access_key="any",
        )
        client.start_replay(
            ReplayName="again",
            EventSourceArn=f"arn:aws:events:eu-west-1:000000000000:archive/{bus}",
            EventStartTime=datetime(2025, 12, 31, tzinfo=UTC),
            EventEndTime=datetime(2026, 1, 2, tzinfo=UTC),
            Destination={"Arn": f"arn:aws:events:eu-west-1:000000000000:event-bus/{bus}"},
        )


def test_a_replay_of_the_archive_reaches_who_opted_in_and_changes_nothing(assembly: Any) -> None:
    with laptop_on(assembly) as laptop:
        play(laptop, SCENARIO)
        laptop.advance(3600)
        before = {name: laptop.table_items(table_of(laptop, names_of(laptop), name)) for name in TABLES}
        invocations = {name: laptop.function(names_of(laptop).consumer(name)).invocations for name in TABLES}

        start_replay(laptop, names_of(laptop).bus)
        laptop.run_until_idle()

        again = {
            name for name in TABLES if laptop.function(names_of(laptop).consumer(name)).invocations > invocations[name]
        }
        assert again == {"analytics"}
        assert {name: laptop.table_items(table_of(laptop, names_of(laptop), name)) for name in TABLES} == before


def test_a_command_put_twice_by_hand_is_one_order(assembly: Any) -> None:
    with laptop_on(assembly) as laptop:
        play(laptop, playing())
        seen: list[str] = []
        laptop.on_event(lambda _, event: seen.append(event["detail-type"]))
        for _ in range(2):
            put(laptop, "storefront", "PlaceOrder", example("PlaceOrder") | {"order_id": "o-1"})
        laptop.run_until_idle()

        assert seen.count("PlaceOrder") == 2
        assert seen.count("OrderPlaced") == seen.count("OrderCompleted") == 1


def test_the_audit_store_lists_a_command_put_by_hand_before_what_it_caused(assembly: Any) -> None:
    with laptop_on(assembly) as laptop:
        put(laptop, "storefront", "PlaceOrder", example("PlaceOrder") | {"order_id": "o-1"})
        laptop.run_until_idle()

        stored = sorted(laptop.table_items(names_of(laptop).store("audit")), key=lambda item: str(item["position"]))
        types = [json.loads(unpacked(item["event"]))["detail-type"] for item in stored]
        assert len({item["pk"] for item in stored}) == 1
        assert types == ["PlaceOrder", "OrderPlaced", "InventoryRejected", "OrderCancelled"]


def test_a_command_from_a_source_that_may_not_give_it_is_not_heard(assembly: Any) -> None:
    with laptop_on(assembly) as laptop:
        put(laptop, "warehouse", "PlaceOrder", example("PlaceOrder"))
        laptop.run_until_idle()

        assert laptop.table_items(names_of(laptop).table("order")) == []
