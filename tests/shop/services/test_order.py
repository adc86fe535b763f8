"""What the order service says and when it lists an order."""

from __future__ import annotations

from typing import Any

import pytest

from ensemble.contracts.containment import accepts
from ensemble.contracts.loading import load_schemas
from functions.kit.model import TIMER, Event
from functions.order.domain import cancel, deadline_of, place
from functions.order.service import ORDER
from tests.conftest import ROOT
from tests.shop.services.table import ADDRESS, FIELDS, LINES, MONEY, NOON, STATES, react, said, state, status


def test_an_order_is_placed_with_its_total_and_a_deadline_a_quarter_of_an_hour_later() -> None:
    decision = react(ORDER, None, "PlaceOrder")

    assert decision.state.total == MONEY
    assert decision.state.deadline == "2026-01-01T12:15:00.000Z"


def test_a_placed_order_passes_on_what_the_chain_needs_and_keeps_the_mail_address_to_itself() -> None:
    decision = react(ORDER, None, "PlaceOrder")

    fields = {"order_id": "o-1", "customer_id": "c-1", "items": LINES, "total": MONEY, "channel": "web"}
    assert said(decision) == [("OrderPlaced", fields | {"payment_token": "tok_good", "address": ADDRESS})]


def test_a_total_is_a_whole_number_of_cents_whatever_the_sum_of_the_lines_looks_like() -> None:
    lines = [{"sku": "sku-1", "quantity": 3, "unit_price": 19.9999}]

    assert react(ORDER, None, "PlaceOrder", items=lines).state.total["minor_units"] == 6000


def test_a_total_is_exact_where_floats_are_not() -> None:
    lines = [{"sku": "sku-1", "quantity": 3, "unit_price": 1.115}]

    assert react(ORDER, None, "PlaceOrder", items=lines).state.total["minor_units"] == 334


@pytest.mark.parametrize("version", ["1.0", "1.1"])
@pytest.mark.parametrize(
    ("price", "is_one"), [(0, False), (0.001, False), (0.0099, False), (0.01, True), (0.015, True)]
)
def test_a_price_is_a_cent_or_more_so_that_nothing_is_shipped_for_nothing(
    version: str, price: float, is_one: bool
) -> None:
    line = load_schemas(ROOT / "schemas").versions["PlaceOrder"][version]["properties"]["items"]["items"]

    assert accepts(line, {"sku": "sku-1", "quantity": 1, "unit_price": price}) == is_one


def test_an_order_from_nowhere_in_particular_names_no_channel() -> None:
    fields = {name: value for name, value in FIELDS.items() if name != "channel"}
    command: Any = Event("e-1", "PlaceOrder", NOON, "workflow-1", fields)

    ((_, published),) = said(place(None, command))

    assert "channel" not in published


def test_a_tombstone_keeps_a_late_order_from_being_placed() -> None:
    tombstone = react(ORDER, None, "CancelOrder").state

    decision = react(ORDER, tombstone, "PlaceOrder")

    refused = {"order_id": "o-1", "command": "PlaceOrder", "reason": "it is cancelled already"}
    assert decision.state == tombstone
    assert said(decision) == [("OrderCommandRefused", refused)]


def test_a_refusal_names_the_command_by_the_id_that_its_sender_wrote() -> None:
    command: Any = Event("e-1", "CancelOrder", NOON, "workflow-1", {"order_id": "o-1"}, external_id="session-77")

    ((_, refused),) = said(cancel(state("order", "cancelling"), command))

    assert refused["command_id"] == "session-77"
    assert refused["reason"] == "it is being cancelled already"


def test_a_cancellation_says_who_asked_for_it() -> None:
    placed = state("order", "placed")

    requests = [said(react(ORDER, placed, "CancelOrder"))[0][1], said(react(ORDER, placed, TIMER))[0][1]]

    assert [request["reason"] for request in requests] == ["changed my mind", "deadline"]
    assert [request["requested_by"] for request in requests] == ["customer", "deadline"]


def test_a_customer_need_not_say_why() -> None:
    silent: Any = Event("e-1", "CancelOrder", NOON, "workflow-1", {"order_id": "o-1"})

    decision = cancel(state("order", "placed"), silent)

    assert said(decision)[0][1]["reason"] == "cancelled by the customer"


def test_a_completed_order_carries_the_tracking_number_and_what_was_paid() -> None:
    decision = react(ORDER, state("order", "placed"), "ShipmentCreated")

    customer = {"order_id": "o-1", "customer_id": "c-1", "email": "ada@example.com"}
    assert said(decision) == [("OrderCompleted", customer | {"total": MONEY, "tracking_number": "PARCEL-1"})]


def test_a_cancelled_order_carries_the_reason_it_was_told() -> None:
    decision = react(ORDER, state("order", "placed"), "InventoryReleased", reason="card declined")

    customer = {"order_id": "o-1", "customer_id": "c-1", "email": "ada@example.com"}
    assert said(decision) == [("OrderCancelled", customer | {"reason": "card declined"})]


def test_an_order_is_due_at_its_deadline_only_while_it_is_placed() -> None:
    listed = {status(order): deadline_of(order) for order in STATES["order"] if order is not None}

    assert listed.pop("placed") == "2026-01-01T12:15:00.000Z"
    assert set(listed.values()) == {None}
