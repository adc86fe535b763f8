"""The request service takes what an employee asks, and says how it ended."""

from __future__ import annotations

import pytest

from functions.kit.model import publish
from functions.request.domain import Request, bought, not_bought, request, withdraw
from tests.purchase.events import event

WANTED = {"department": "research", "supplier": "Workbench", "item": "lamp", "cents": 4_900}
ASKED = event("RequestPurchase", **WANTED)
OPEN = Request("open")


def test_a_purchase_is_requested_with_all_that_it_needs() -> None:
    decision = request(None, ASKED)

    assert decision.state == OPEN
    assert decision.publications == (publish("PurchaseRequested", purchase_id="p-1", **WANTED),)


@pytest.mark.parametrize("status", ["open", "withdrawing", "bought", "not bought", "withdrawn"])
def test_a_purchase_that_there_is_answers_whoever_asks_for_it_again(status: str) -> None:
    again = request(Request(status), ASKED)

    reason = f"it is {status} already"
    told = publish("PurchaseCommandRefused", purchase_id="p-1", command="RequestPurchase", reason=reason)
    assert again.state == Request(status)
    assert again.publications == (told,)


def test_a_purchase_that_is_withdrawn_before_it_is_requested_is_never_made() -> None:
    tombstone = withdraw(None, event("WithdrawPurchase"))

    late = request(tombstone.state, ASKED)

    assert [one.type for one in (*tombstone.publications, *late.publications)] == ["PurchaseCommandRefused"] * 2


def test_an_open_purchase_can_be_withdrawn_once() -> None:
    first = withdraw(OPEN, event("WithdrawPurchase"))
    again = withdraw(first.state, event("WithdrawPurchase"))

    asked = publish("WithdrawalRequested", purchase_id="p-1", reason="it was withdrawn")
    assert first.publications == (asked,)
    assert [one.type for one in again.publications] == ["PurchaseCommandRefused"]


@pytest.mark.parametrize("status", ["open", "withdrawing"])
def test_the_employee_is_told_how_it_ended(status: str) -> None:
    made = Request(status)

    ordered = bought(made, event("PurchasingCompleted", order_number="order-1"))
    failed = not_bought(made, event("PurchasingFailed", reason="the budget is short"))

    assert ordered.publications == (publish("PurchaseBought", purchase_id="p-1", order_number="order-1"),)
    assert failed.publications == (publish("PurchaseNotBought", purchase_id="p-1", reason="the budget is short"),)
    assert (ordered.state, failed.state) == (Request("bought"), Request("not bought"))


def test_a_purchase_that_has_ended_does_not_end_again() -> None:
    ended = Request("bought")

    assert bought(ended, event("PurchasingCompleted", order_number="order-1")).publications == ()
    assert not_bought(ended, event("PurchasingFailed", reason="why")).publications == ()
