"""The supplier service says from whom we buy, and orders once."""

from __future__ import annotations

import pytest

from functions.kit.model import publish
from functions.supplier.domain import Order, OrderAnswer, PlaceOrder, check, place, placed
from functions.supplier.suppliers import Suppliers
from tests.purchase.events import event

PLACE = event("PlacePurchase", supplier="Workbench", item="lamp", cents=4_900)
WANTED = PlaceOrder("p-1", "Workbench", "lamp", 4_900)


@pytest.mark.parametrize(("supplier", "answer"), [("Workbench", "SupplierAccepted"), ("Bazaar", "SupplierRejected")])
def test_we_buy_from_those_whom_we_know(supplier: str, answer: str) -> None:
    decision = check(None, event("CheckSupplier", supplier=supplier))

    assert [one.type for one in decision.publications] == [answer]


def test_an_order_and_its_repetition_have_the_same_key() -> None:
    first = place(Order("checked"), PLACE)

    again = place(first.state, PLACE)

    assert first.effect == again.effect == WANTED


def test_what_the_supplier_answers_is_told_and_told_again() -> None:
    ordered = placed(Order("placing"), PLACE, OrderAnswer("order-1"))
    again = place(ordered.state, PLACE)

    told = (publish("PurchasePlaced", purchase_id="p-1", order_number="order-1"),)
    assert ordered.publications == again.publications == told
    assert again.effect is None


def test_what_the_supplier_does_not_have_is_a_refusal() -> None:
    refused = placed(Order("placing"), PLACE, OrderAnswer(None))

    assert refused.state == Order("refused")
    assert [one.type for one in refused.publications] == ["PurchaseRefused"]


def test_suppliers_take_one_order_for_a_key_and_none_for_what_they_do_not_have() -> None:
    suppliers = Suppliers({"typewriter"})

    answers = {suppliers.place(WANTED) for _ in range(2)}
    missing = suppliers.place(PlaceOrder("p-2", "Workbench", "typewriter", 100))

    assert answers == {OrderAnswer("order-1")}
    assert missing == OrderAnswer(None)
    assert suppliers.sold == 4_900
