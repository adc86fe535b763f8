"""The saga of a purchase: what is side by side, what is only sometimes needed, and who is waited for."""

from __future__ import annotations

from typing import Any

import pytest

from functions.kit.model import TIMER
from functions.purchasing.domain import LIMIT
from functions.purchasing.service import PURCHASING
from tests.purchase.events import event

REACTIONS = {reaction.event: reaction.react for reaction in PURCHASING.reactions}
BOTH = ("BudgetReserved", "SupplierAccepted")


def said(cents: int, *types: str) -> list[str]:
    """Return what the saga says because of the last of these events, which come after the request."""
    fields: dict[str, Any] = {"department": "research", "supplier": "Workbench", "item": "lamp", "cents": cents}
    more = {"manager": "grace", "reason": "why", "order_number": "order-1"}
    state, publications = None, []
    for type in ("PurchaseRequested", *types):
        decision = REACTIONS[type](state, event(type, **fields, **more))
        state, publications = decision.state, [one.type for one in decision.publications]
    return publications


def test_the_budget_and_the_supplier_are_asked_side_by_side() -> None:
    assert said(LIMIT) == ["ReserveBudget", "CheckSupplier"]


@pytest.mark.parametrize(("first", "second"), [BOTH, BOTH[::-1]])
def test_nothing_is_ordered_before_both_have_answered(first: str, second: str) -> None:
    assert said(LIMIT, first) == []
    assert said(LIMIT, first, second) == ["PlacePurchase"]


def test_more_than_the_limit_needs_a_manager() -> None:
    assert said(LIMIT + 1, *BOTH) == ["AskManager"]
    assert said(LIMIT + 1, *BOTH, "ManagerAsked") == []
    assert said(LIMIT + 1, *BOTH, "ManagerAsked", "ApprovePurchase") == ["DecisionTaken", "PlacePurchase"]


def test_a_manager_may_be_faster_than_the_mail() -> None:
    assert said(LIMIT + 1, *BOTH, "ApprovePurchase") == ["DecisionTaken"]
    assert said(LIMIT + 1, *BOTH, "ApprovePurchase", "ManagerAsked") == ["PlacePurchase"]


def test_what_is_declined_or_not_decided_in_time_gives_the_money_back() -> None:
    waits = (*BOTH, "ManagerAsked")

    assert said(LIMIT + 1, *waits, "DeclinePurchase") == ["DecisionTaken", "ReleaseBudget"]
    assert said(LIMIT + 1, *waits, TIMER) == ["ReleaseBudget"]
    assert said(LIMIT + 1, *waits, TIMER, "BudgetReleased") == ["PurchasingFailed"]


@pytest.mark.parametrize("decision", ["ApprovePurchase", "DeclinePurchase"])
def test_a_decision_for_which_nobody_waits_is_answered(decision: str) -> None:
    assert said(LIMIT, decision) == ["DecisionRejected"]
    assert said(LIMIT + 1, *BOTH, "ManagerAsked", "WithdrawalRequested", decision) == ["DecisionRejected"]


def test_a_refusal_waits_for_what_runs_beside() -> None:
    assert said(LIMIT, "BudgetRefused") == []
    assert said(LIMIT, "BudgetRefused", "SupplierAccepted") == ["PurchasingFailed"]
    assert said(LIMIT, "BudgetReserved", "SupplierRejected") == ["ReleaseBudget"]


def test_what_is_ordered_is_not_withdrawn() -> None:
    ordered = (*BOTH, "PurchasePlaced")

    assert said(LIMIT, *ordered) == ["PurchasingCompleted"]
    assert said(LIMIT, *ordered, "WithdrawalRequested") == ["WithdrawalRejected"]
    assert said(LIMIT, *BOTH, "WithdrawalRequested") == []
    assert said(LIMIT, *BOTH, "WithdrawalRequested", "PurchasePlaced") == ["WithdrawalRejected", "PurchasingCompleted"]
