"""`ensemble verify`: after the stories all that is promised holds; what is planted in the tables is found by name."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3
import pytest

from ensemble.command_line.project import read_schemas, read_services
from ensemble.command_line.run.control import routes
from ensemble.command_line.run.playing import play
from ensemble.command_line.stage.stored_events import StoredEvent, stored_in
from ensemble.command_line.synthesis import names_in
from ensemble.command_line.trace.declared import Declared, read_declared
from ensemble.command_line.verify.verify import Verdict, Verifying
from ensemble.laptop import Laptop, VirtualClock
from ensemble.scenario import Command
from ensemble.scenario.sandboxes import started
from ensemble.simulator.discovery import find_application
from ensemble.simulator.topology import Topology, read_topology
from functions.kit.store import filed, items
from scenarios.shop.scenario import SCENARIO
from scenarios.shop.stories import order
from tests.conftest import ROOT

DELIVERY = Command("ReceiveStock", "warehouse", {"receipt_id": "more", "sku": "sku-2", "quantity": 100})

AT_REST_SECONDS = 2_000.0
DAY_SECONDS = 86_400.0

ENDS = "a workflow ends once"
FOLLOWS = "every event follows from what its service has handled"
HEARD = "every event is handled by everyone who hears it"
LEFT = "nothing is left in a row"


@dataclass
class Stage:
    """The shop's dev on a laptop, after the stories and some more orders, all at rest."""

    laptop: Laptop
    dynamodb: Any
    sqs: Any
    declared: Declared
    topology: Topology

    @cached_property
    def stored(self) -> list[StoredEvent]:
        """The events that are stored before anything is planted."""
        table, pages = self.declared.tables["audit"], self.dynamodb.get_paginator("scan")
        scanned = [item for page in pages.paginate(TableName=table) for item in page["Items"]]
        return list(stored_in(scanned, lambda *_: None))

    def verdict(self) -> Verdict:
        services = {service.name: service for service in self.declared.services}
        application = find_application(ROOT, services, self.declared.schemas)
        now = self.laptop.now()
        verifying = Verifying(self.declared, application, self.topology, self.dynamodb, self.sqs, now)
        return verifying.verdict("dev", now - DAY_SECONDS)

    def events(self, order_id: str) -> dict[str, StoredEvent]:
        """Return the stored events of an order, by type."""
        return {one.type: one for one in self.stored if one.body["detail"].get("order_id") == order_id}

    def remove(self, event: StoredEvent) -> None:
        for item in event.items:
            key = {name: item[name] for name in ("pk", "position")}
            self.dynamodb.delete_item(TableName=self.declared.tables["audit"], Key=key)

    def store(self, event: StoredEvent, beside: str = "", **changed: Any) -> None:
        """Store an event again with other fields; `beside`: in the place of the first, as the kit puts another one."""
        detail = {**event.body["detail"], **changed}
        body = json.dumps({**event.body, "detail": detail, "id": f"bridge-{detail['event_id']}"})
        for item in items(filed(body, self.declared.doors), event.body["time"]):
            if beside:
                item["position"] = {"S": f"{item['position']['S']}#{beside}"}
            self.dynamodb.put_item(TableName=self.declared.tables["audit"], Item=item)

    def row(self, service: str, order_id: str) -> Any:
        key = {"pk": {"S": f"order_id#{order_id}"}}
        return self.dynamodb.get_item(TableName=self.declared.tables[service], Key=key)["Item"]

    def write(self, service: str, row: Any) -> None:
        self.dynamodb.put_item(TableName=self.declared.tables[service], Item=row)


Plant = Callable[[Stage, str], None]


def an_event_is_removed(stage: Stage, order_id: str) -> None:
    stage.remove(stage.events(order_id)["PaymentCharged"])


def the_last_event_is_removed(stage: Stage, order_id: str) -> None:
    stage.remove(stage.events(order_id)["OrderCompleted"])


def an_order_ends_twice(stage: Stage, order_id: str) -> None:
    stage.store(stage.events(order_id)["OrderCompleted"], event_id="another-end")


def a_row_is_removed(stage: Stage, order_id: str) -> None:
    key = {"pk": {"S": f"order_id#{order_id}"}}
    stage.dynamodb.delete_item(TableName=stage.declared.tables["notification"], Key=key)


def something_is_unpublished(stage: Stage, order_id: str) -> None:
    outbox = json.dumps({"trace_header": "", "events": [{"event_id": "a", "type": "OrderPlaced"}]})
    stage.write("order", {**stage.row("order", order_id), "unpublished": {"M": {"cause": {"S": outbox}}}})


def a_timer_is_overdue(stage: Stage, order_id: str) -> None:
    due = {"index_partition": {"S": "due#0"}, "index_position": {"S": "2026-01-01T00:00:00.000Z"}}
    stage.write("order", {**stage.row("order", order_id), **due})


def a_command_is_not_answered(stage: Stage, order_id: str) -> None:
    stage.store(stage.events(order_id)["PlaceOrder"], event_id="asked-again", order_id=order_id)


def an_event_is_forged(stage: Stage, order_id: str) -> None:
    stage.store(stage.events(order_id)["ShipmentCreated"], event_id="forged")


def an_event_goes_in_a_circle(stage: Stage, order_id: str) -> None:
    event = stage.events(order_id)["InventoryReserved"]
    stage.remove(event)
    stage.store(event, hops=99)


def an_id_has_two_contents(stage: Stage, order_id: str) -> None:
    stage.store(stage.events(order_id)["PaymentCharged"], beside="other", order_id=order_id, amount=1)


def a_state_is_another_one(stage: Stage, order_id: str) -> None:
    row = stage.row("order", order_id)
    state = json.loads(row["state"]["S"]) | {"status": "cancelled"}
    stage.write("order", {**row, "state": {"S": json.dumps(state)}})


PLANTED: dict[Plant, str] = {
    an_event_is_removed: "the cause of every event is stored",
    the_last_event_is_removed: "what a row has handled is stored",
    an_order_ends_twice: ENDS,
    a_row_is_removed: HEARD,
    something_is_unpublished: LEFT,
    a_timer_is_overdue: LEFT,
    a_command_is_not_answered: "every command is answered",
    an_event_is_forged: FOLLOWS,
    an_event_goes_in_a_circle: "no event makes too many hops",
    an_id_has_two_contents: "an id is of one event",
    a_state_is_another_one: "every order ends in one way and says so once",
}


@pytest.fixture(scope="module")
def stage(assembly: Path) -> Iterator[Stage]:
    place, services = assembly / "assembly-dev", read_services(ROOT)
    declared = read_declared(place, services, read_schemas(ROOT, services))
    with started(SCENARIO) as sandboxes, Laptop(place, VirtualClock(), settings=sandboxes.settings) as laptop:
        laptop.load_all()
        url = laptop.serve(0, routes({})).url
        play(laptop, SCENARIO, sandboxes=sandboxes)
        bus = names_in(place).bus
        orders = [order(f"order-{plant.__name__}", ("sku-2", 1, 20)) for plant in PLANTED]
        for commands, seconds in ((DELIVERY,), 30.0), (orders, AT_REST_SECONDS):
            for command in commands:
                entry = {"EventBusName": bus, "Source": command.source, "DetailType": command.type}
                laptop.put_events([entry | {"Detail": json.dumps(command.fields)}])
            laptop.run_for(seconds)
        clients = [boto3.client(name, endpoint_url=url, region_name="eu-west-1") for name in ("dynamodb", "sqs")]
        yield Stage(laptop, clients[0], clients[1], declared, read_topology(place))


@pytest.fixture(scope="module")
def found(stage: Stage) -> set[tuple[str, str]]:
    """What is found, as (workflow, name), after everything was planted, each in an order of its own; before that all
    holds."""
    verdict = stage.verdict()
    assert (verdict.violations, verdict.unjudged, verdict.under_way) == ({}, {}, 0)
    assert verdict.workflows > len(SCENARIO.stories) + len(PLANTED)
    for plant in PLANTED:
        plant(stage, f"order-{plant.__name__}")
    return {(workflow, name) for name, seen in stage.verdict().violations.items() for workflow, _ in seen}


@pytest.mark.parametrize("plant", PLANTED, ids=lambda plant: plant.__name__)
def test_what_is_planted_is_found_by_name(stage: Stage, found: set[tuple[str, str]], plant: Plant) -> None:
    (workflow,) = {event.workflow for event in stage.events(f"order-{plant.__name__}").values()}

    assert (workflow, PLANTED[plant]) in found


def test_nothing_is_said_of_orders_in_which_nothing_was_planted(stage: Stage, found: set[tuple[str, str]]) -> None:
    planted = {event.workflow for plant in PLANTED for event in stage.events(f"order-{plant.__name__}").values()}

    assert {workflow for workflow, _ in found} == planted
