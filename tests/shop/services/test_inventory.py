"""Stock is taken all or nothing and given back exactly as taken."""

from __future__ import annotations

from functions.inventory.domain import Holding
from functions.inventory.service import INVENTORY
from tests.shop.services.table import ADDRESS, LINES, MONEY, react, said, state


def test_all_lines_of_an_order_are_taken_in_one_decision() -> None:
    decision = react(INVENTORY, None, "OrderPlaced")

    assert decision.takes == {"stock#sku-1": 2, "stock#sku-7": 1}
    assert decision.state == Holding("reserved", {"sku-1": 2, "sku-7": 1})


def test_two_lines_of_one_article_are_taken_together() -> None:
    lines = [{"sku": "sku-1", "quantity": 2}, {"sku": "sku-1", "quantity": 3}]

    assert react(INVENTORY, None, "OrderPlaced", items=lines).takes == {"stock#sku-1": 5}


def test_an_order_that_the_stock_does_not_cover_is_rejected_and_holds_nothing() -> None:
    otherwise = react(INVENTORY, None, "OrderPlaced").otherwise

    assert otherwise is not None
    assert otherwise.state == Holding("rejected", {})
    assert said(otherwise) == [("InventoryRejected", {"order_id": "o-1", "reason": "out of stock"})]
    assert not otherwise.takes


def test_a_reservation_passes_on_what_payment_and_shipping_need() -> None:
    decision = react(INVENTORY, None, "OrderPlaced")

    fields = {"order_id": "o-1", "items": LINES, "total": MONEY, "payment_token": "tok_good", "address": ADDRESS}
    assert said(decision) == [("InventoryReserved", fields)]


def test_exactly_what_was_reserved_is_given_back() -> None:
    reserved = react(INVENTORY, None, "OrderPlaced")

    released = react(INVENTORY, reserved.state, "PaymentFailed", reason="card declined")

    assert released.gives == reserved.takes
    assert released.state == Holding("released", {})
    assert said(released) == [("InventoryReleased", {"order_id": "o-1", "reason": "card declined"})]


def test_a_tombstone_gives_nothing_back_and_keeps_a_late_order_from_taking_stock() -> None:
    tombstone = react(INVENTORY, None, "PaymentRefunded")

    late = react(INVENTORY, tombstone.state, "OrderPlaced")

    assert not tombstone.gives
    assert late.state == tombstone.state
    assert not late.takes


def test_a_delivery_is_counted_once_by_its_receipt() -> None:
    received = react(INVENTORY, None, "ReceiveStock")

    again = react(INVENTORY, received.state, "ReceiveStock")

    assert received.gives == {"stock#sku-1": 5}
    assert said(received) == [("StockReceived", {"receipt_id": "r-1", "sku": "sku-1", "quantity": 5})]
    assert not again.gives
    assert said(again) == [("ReceiptRefused", {"receipt_id": "r-1", "reason": "it is counted already"})]


def test_a_delivery_finds_its_row_by_the_receipt() -> None:
    reaction = next(reaction for reaction in INVENTORY.reactions if reaction.event == "ReceiveStock")

    assert INVENTORY.key_of(reaction) == "receipt_id"
    assert state("inventory", "received").pieces == {"sku-1": 5}
