"""Orders and revenue are counted once each, in all and by day, live or replayed."""

from __future__ import annotations

import pytest

from functions.analytics.domain import Counted
from functions.analytics.service import ANALYTICS
from tests.functions.shop.table import changes_nothing, react


@pytest.mark.parametrize(
    ("event", "amounts"),
    [
        ("OrderPlaced", {"orders_placed": 1}),
        ("OrderCompleted", {"orders_completed": 1, "revenue": 4250}),
        ("OrderCancelled", {"orders_cancelled": 1}),
    ],
)
def test_an_event_is_counted_in_all_and_on_its_day(event: str, amounts: dict[str, int]) -> None:
    decision = react(ANALYTICS, None, event)

    assert decision.gives == amounts | {f"{name}#2026-01-01": amount for name, amount in amounts.items()}
    assert decision.state == Counted([event])


def test_revenue_is_counted_in_whole_cents() -> None:
    assert react(ANALYTICS, None, "OrderCompleted", total=19.99).gives["revenue"] == 1999


def test_what_was_counted_is_not_counted_again() -> None:
    counted = Counted(["OrderPlaced"])

    assert changes_nothing(react(ANALYTICS, counted, "OrderPlaced"), counted)


def test_a_later_event_of_the_same_order_is_counted() -> None:
    decision = react(ANALYTICS, Counted(["OrderPlaced"]), "OrderCancelled")

    assert decision.state == Counted(["OrderPlaced", "OrderCancelled"])


def test_everything_that_is_counted_can_be_replayed() -> None:
    assert all(reaction.replay for reaction in ANALYTICS.reactions)
