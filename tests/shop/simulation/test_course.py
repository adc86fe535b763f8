"""What must hold of the shop is judged from its commands: a service that is consistently wrong is found."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from ensemble.simulator.application import Application
from ensemble.simulator.core_lane import CoreLane
from ensemble.simulator.faults import CALM
from ensemble.simulator.schedule import simulate
from ensemble.simulator.topology import Topology
from functions.analytics import domain as analytics
from functions.inventory import domain as inventory
from functions.kit import reactor, store
from functions.kit.errors import NotYet
from functions.kit.model import Decision, Event, publish, unchanged
from functions.kit.reactor import Outbox
from functions.kit.rows import RowStore
from functions.kit.store import items
from functions.notification import domain as notification
from functions.order import domain as order
from functions.payment import domain as payment
from functions.shipping import domain as shipping
from scenarios.shop.simulation import Shop
from scenarios.shop.stories import WAYS

React = Callable[..., Decision]
Finds = Callable[..., list[str]]


@pytest.fixture
def finds(shop: Shop, topology: Topology) -> Finds:
    """Return what finds the violations of a calm story, with other reactions of a service by event."""

    def run(
        story: str, service: str = "order", declared: Mapping[str, Any] | None = None, **reactions: React
    ) -> list[str]:
        changed = _with(shop, service, reactions, declared or {})
        lane = CoreLane(changed)
        return simulate(0, changed, topology, lane, profile=CALM, commands=WAYS[story]).violations

    return run


def _with(shop: Shop, name: str, reactions: Mapping[str, React], declared: Mapping[str, Any]) -> Application:
    service = shop.services[name]
    changed = [dataclasses.replace(one, react=reactions.get(one.event, one.react)) for one in service.reactions]
    service = dataclasses.replace(service, reactions=tuple(changed), **declared)
    return shop.with_services({**shop.services, name: service})


# An order is cancelled only for a cause


def test_an_order_is_rejected_only_when_there_is_too_little_in_stock(finds: Finds) -> None:
    def reserve(holding: Any, event: Event) -> Decision:
        decision = inventory.reserve(holding, event)  # type: ignore[arg-type]
        return decision.otherwise or decision if event["items"][0]["quantity"] > 1 else decision

    found = finds("fulfilled", "inventory", OrderPlaced=reserve)

    assert found == ["order-1 is rejected, and there was enough in stock for it"]


def test_asking_for_more_stock_than_was_ordered_is_no_cause_to_reject(
    finds: Finds, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inventory, "_pieces", lambda event: {line["sku"]: 6 for line in event["items"]})

    assert finds("fulfilled") == ["order-1 is rejected, and there was enough in stock for it"]


def test_a_payment_fails_only_when_the_provider_declines(finds: Finds) -> None:
    def charge(state: Any, event: Event) -> Decision:
        failed = publish("PaymentFailed", order_id=event["order_id"], reason="card declined")
        return Decision(payment.Payment("failed"), failed)

    found = finds("fulfilled", "payment", InventoryReserved=charge)

    assert found == ["the payment of order-1 fails, and the provider did not decline it"]


def test_an_order_is_not_shipped_only_when_the_carrier_declines_or_it_is_cancelled(finds: Finds) -> None:
    def ship(state: Any, event: Event) -> Decision:
        return shipping._decline(event, "the carrier does not go there")  # type: ignore[arg-type]

    found = finds("fulfilled", "shipping", PaymentCharged=ship)

    assert found == ["order-1 is not shipped, and neither did the carrier decline it nor was it to be cancelled"]


def test_an_order_is_cancelled_of_itself_only_after_its_deadline(finds: Finds) -> None:
    def wait(state: Any, event: Event) -> Decision:
        raise NotYet("for ever")

    def too_early(state: order.Order) -> str | None:
        return order.deadline_of(state) and "2026-01-01T00:05:00.000Z"

    found = finds("fulfilled", "order", {"timer": too_early}, ShipmentCreated=wait)

    assert found == ["order-1 is to be cancelled, which nobody asked for, before its deadline"]


@pytest.mark.parametrize(
    ("service", "event"),
    [("inventory", "OrderPlaced"), ("payment", "InventoryReserved"), ("shipping", "PaymentCharged")],
)
def test_an_order_comes_to_its_deadline_only_when_something_has_gone_wrong(
    finds: Finds, service: str, event: str
) -> None:
    found = finds("fulfilled", service, **{event: lambda state, event: unchanged(state)})

    assert found == ["order-1 is still under way at its deadline, and nothing has gone wrong"]


def test_an_order_has_a_quarter_of_an_hour(finds: Finds, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order, "PATIENCE", order.PATIENCE * 8)

    assert finds("fulfilled") == ["order-1 is given until 2026-01-01T02:00:10.000Z, not 2026-01-01T00:15:10.000Z"]


def test_a_reason_that_is_not_true_is_found(finds: Finds) -> None:
    def give_up(state: Any, event: Event) -> Decision:
        lie = dataclasses.replace(event, fields={**event.fields, "reason": "out of stock"})
        return order.give_up(state, lie)

    found = finds("card declined", InventoryReleased=give_up)

    assert found == ["OrderCancelled of order-1 gives as its reason 'out of stock', which is not true"]


def test_it_is_too_late_only_for_what_was_shipped(finds: Finds) -> None:
    def cancel(state: Any, event: Event) -> Decision:
        decision = shipping.cancel(state, event)  # type: ignore[arg-type]
        late = publish("CancellationRejected", order_id=event["order_id"], email=event["email"], reason="late")
        return Decision(decision.state, *decision.publications, late)

    found = finds("cancelled on the way", "shipping", OrderCancellationRequested=cancel)

    assert "it is said to be too late to cancel order-1, which is cancelled" in found


# Money


def test_a_total_that_is_wrong_from_the_start_is_found(finds: Finds, monkeypatch: pytest.MonkeyPatch) -> None:
    def total(event: Event) -> dict[str, Any]:
        return {"minor_units": round(event["items"][0]["unit_price"] * 100), "currency": "EUR"}

    monkeypatch.setattr(order, "_total", total)

    assert finds("fulfilled")[0] == "order-1 is to be charged 1250 cents in EUR, not 2500 in EUR"


def test_an_order_is_charged_to_its_own_card(finds: Finds) -> None:
    def charge(state: Any, event: Event) -> Decision:
        other = dataclasses.replace(event, fields={**event.fields, "payment_token": "tok_of_another"})
        return payment.charge(state, other)  # type: ignore[arg-type]

    found = finds("fulfilled", "payment", InventoryReserved=charge)

    assert found == ["order-1 is charged to a card that is not its own"]


@pytest.mark.parametrize(
    ("count", "violation"),
    [
        (lambda event: {"orders_placed": 1}, "analytics counted 0 value_placed_EUR#2026-01-01, not 2500"),
        (lambda event: {"orders_lost": 1}, "analytics counted 1 orders_lost#2026-01-01, not 0"),
    ],
    ids=["without its value", "as what it is not"],
)
def test_an_order_that_is_not_counted_as_it_is_is_found(
    finds: Finds, count: Callable[[Event], dict[str, int]], violation: str
) -> None:
    def count_placed(state: Any, event: Event) -> Decision:
        return analytics._count(state, event, count(event))

    assert violation in finds("fulfilled", "analytics", OrderPlaced=count_placed)


def test_an_order_that_is_counted_on_another_day_is_found(finds: Finds) -> None:
    def count_placed(state: Any, event: Event) -> Decision:
        tomorrow = dataclasses.replace(event, timestamp="2026-01-02T00:00:00.000Z")
        return analytics.count_placed(state, tomorrow)  # type: ignore[arg-type]

    found = finds("fulfilled", "analytics", OrderPlaced=count_placed)

    assert "analytics counted 0 orders_placed#2026-01-01, not 1" in found
    assert "analytics counted 2500 value_placed_EUR#2026-01-02, not 0" in found


# The event store


def test_an_event_that_is_not_stored_whole_is_found(finds: Finds, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        store,
        "items",
        lambda detail, stored_at: items({**detail, "body": detail["body"].replace("order-1", "order-7")}, stored_at),
    )

    found = finds("fulfilled")

    assert "PlaceOrder PlaceOrder order-1 is not stored as it was on the bus" in found
    assert len(found) == 6


@pytest.mark.parametrize("where", ["correlation_id", "position"])
def test_events_that_are_stored_in_another_place_are_found(
    finds: Finds, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    monkeypatch.setattr(
        store, "items", lambda detail, stored_at: items(detail | {where: f"not {detail[where]}"}, stored_at)
    )

    found = finds("fulfilled")

    assert "PlaceOrder PlaceOrder order-1 is not stored under its workflow, by its time" in found
    assert len(found) == 16


def test_an_event_that_is_stored_twice_is_found(finds: Finds, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "_is_other", lambda taken, first: True)
    monkeypatch.setattr(store, "content_of", lambda body: body[:60])
    put_new = RowStore.put_new

    def put_twice(rows: RowStore, item: dict[str, Any]) -> Any:
        put_new(rows, item)
        return put_new(rows, item)

    monkeypatch.setattr(RowStore, "put_new", put_twice)

    found = finds("fulfilled")

    assert len(found) == 8
    assert all(one.startswith("2 events are stored at ") and one.endswith(", of 1 on the bus") for one in found)


def test_an_event_that_leaves_the_workflow_of_its_order_is_found(finds: Finds, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reactor, "Outbox", lambda text, cause, correlation_id: Outbox(text, cause, cause))

    assert "InventoryReserved of order-1 is not of the workflow that its first command began" in finds("fulfilled")


# Answers


def test_a_command_that_nobody_answers_is_found(finds: Finds) -> None:
    def receive(state: Any, event: Event) -> Decision:
        decision = inventory.receive(state, event)  # type: ignore[arg-type]
        return Decision(decision.state, gives=decision.gives)

    assert finds("fulfilled", "inventory", ReceiveStock=receive) == [
        "ReceiveStock ReceiveStock opening is never answered by inventory"
    ]


def test_an_answer_that_names_another_command_is_found(finds: Finds) -> None:
    def refuse(state: Any, event: Event) -> Decision:
        return order.cancel(state, dataclasses.replace(event, external_id="another"))  # type: ignore[arg-type]

    (found,) = finds("cancelled before", CancelOrder=refuse)

    assert found.endswith("and says that it answers CancelOrder another")


# Mail


def test_a_mail_to_another_address_is_found(finds: Finds) -> None:
    def complete(state: order.Order, event: Event) -> Decision:
        return order.complete(dataclasses.replace(state, email="another@example.com"), event)

    assert finds("fulfilled", ShipmentCreated=complete) == [
        "OrderCompleted of order-1 says another email than its PlaceOrder",
        "the mail about order-1/OrderCompleted goes to an address that is not its customer's",
    ]


def test_a_customer_without_the_news_that_it_was_too_late_to_cancel_is_found(finds: Finds) -> None:
    found = finds("cancelled too late", "notification", CancellationRejected=lambda state, event: unchanged(state))

    assert found == ["the customer of order-1 was not notified of CancellationRejected"]


def test_a_mail_that_leaves_out_the_news_is_found(finds: Finds) -> None:
    def notify(state: Any, event: Event) -> Decision:
        return notification._notify(state, event, "Your order", "It is on its way.")  # type: ignore[arg-type]

    found = finds("fulfilled", "notification", OrderCompleted=notify)

    assert found == ["the mail about order-1/OrderCompleted does not say it: Order order-1: It is on its way."]


# The parcel


@pytest.mark.parametrize(
    ("changed", "violation"),
    [
        ({"items": [{"sku": "sku-1", "quantity": 1}]}, "the parcel of order-1 does not hold what was ordered"),
        (
            {"address": {"country": "DE", "postcode": "10115", "street": "Elsewhere"}},
            "the parcel of order-1 does not go where it was ordered to",
        ),
    ],
    ids=["a piece short", "elsewhere"],
)
def test_a_parcel_that_is_not_what_was_ordered_is_found(finds: Finds, changed: dict[str, Any], violation: str) -> None:
    def ship(state: Any, event: Event) -> Decision:
        return shipping.ship(state, dataclasses.replace(event, fields={**event.fields, **changed}))  # type: ignore[arg-type]

    assert finds("fulfilled", "shipping", PaymentCharged=ship) == [violation]


def test_a_tracking_number_that_is_not_the_carriers_is_found(finds: Finds) -> None:
    def complete(state: Any, event: Event) -> Decision:
        return order.complete(state, dataclasses.replace(event, fields={"tracking_number": "PARCEL-0"}))

    found = finds("fulfilled", ShipmentCreated=complete)

    assert found[0].startswith("OrderCompleted of order-1 has the tracking number PARCEL-0, not PARCEL-")
