"""The budget service sets money aside once, and gives back what it set aside."""

from __future__ import annotations

import pytest

from functions.budget.domain import Money, grant, release, reserve
from functions.kit.model import publish
from tests.purchase.events import event

RESERVE = event("ReserveBudget", department="research", cents=4_900)
RESERVED = Money("reserved", "research", 4_900)


def test_money_is_set_aside_or_the_budget_is_short() -> None:
    decision = reserve(None, RESERVE)

    assert decision.state == RESERVED
    assert decision.takes == {"budget#research": 4_900}
    assert decision.publications == (publish("BudgetReserved", purchase_id="p-1"),)
    assert decision.otherwise is not None
    assert decision.otherwise.publications == (
        publish("BudgetRefused", purchase_id="p-1", reason="the budget is short"),
    )


def test_money_that_is_set_aside_is_not_set_aside_again() -> None:
    again = reserve(RESERVED, RESERVE)

    assert again.takes == {}
    assert [one.type for one in again.publications] == ["BudgetReserved"]


def test_what_was_set_aside_is_given_back_once() -> None:
    first = release(RESERVED, event("ReleaseBudget"))
    again = release(first.state, event("ReleaseBudget"))

    assert (first.gives, again.gives) == ({"budget#research": 4_900}, {})
    assert [one.type for one in (*first.publications, *again.publications)] == ["BudgetReleased"] * 2


@pytest.mark.parametrize("money", [None, Money("refused")])
def test_a_purchase_that_is_given_up_gets_no_money_later(money: Money | None) -> None:
    given_up = release(money, event("ReleaseBudget"))

    late = reserve(given_up.state, RESERVE)

    assert given_up.gives == late.takes == {}
    assert [one.type for one in late.publications] == ["BudgetRefused"]


def test_a_grant_counts_once() -> None:
    granted = event("GrantBudget", grant_id="g-1", department="research", cents=100)

    first = grant(None, granted)
    again = grant(first.state, granted)

    assert (first.gives, again.gives) == ({"budget#research": 100}, {})
    assert [one.type for one in (*first.publications, *again.publications)] == ["BudgetGranted", "GrantRefused"]
