"""Orders and revenue are counted once each, by day, live or replayed."""

from __future__ import annotations

from typing import Any

import pytest

from functions.analytics.domain import Counted, count_placed
from functions.analytics.service import ANALYTICS
from functions.kit.model import Event
from tests.shop.services.table import NOON, changes_nothing, react


@pytest.mark.parametrize(
    ("event", "amounts"),
    [
        ("OrderPlaced", {"orders_placed": 1, "value_placed_EUR": 4250, "orders_placed_by_web": 1}),
        ("OrderCompleted", {"orders_completed": 1, "revenue_EUR": 4250}),
        ("OrderCancelled", {"orders_cancelled": 1}),
    ],
)
def test_an_event_is_counted_on_its_day(event: str, amounts: dict[str, int]) -> None:
    decision = react(ANALYTICS, None, event)

    assert decision.totals == {"2026-01-01": amounts}
    assert not decision.gives
    assert decision.state == Counted([event])


def test_revenue_is_counted_by_currency() -> None:
    total = {"minor_units": 1999, "currency": "CHF"}

    assert react(ANALYTICS, None, "OrderCompleted", total=total).totals["2026-01-01"]["revenue_CHF"] == 1999


def test_an_order_without_a_channel_is_counted_under_none() -> None:
    fields = {"total": {"minor_units": 1, "currency": "EUR"}}
    placed: Any = Event("e-1", "OrderPlaced", NOON, "workflow-1", fields)

    decision = count_placed(None, placed)

    assert not any("by_" in name for name in decision.totals["2026-01-01"])


@pytest.mark.parametrize("channel", ["web#2026-11-26", "x" * 400, ""])
def test_a_channel_that_somebody_made_up_names_no_total(channel: str) -> None:
    counted = react(ANALYTICS, None, "OrderPlaced", channel=channel).totals["2026-01-01"]

    assert counted == {"orders_placed": 1, "value_placed_EUR": 4250, "orders_placed_by_other": 1}


def test_what_was_counted_is_not_counted_again() -> None:
    counted = Counted(["OrderPlaced"])

    assert changes_nothing(react(ANALYTICS, counted, "OrderPlaced"), counted)


def test_a_later_event_of_the_same_order_is_counted() -> None:
    decision = react(ANALYTICS, Counted(["OrderPlaced"]), "OrderCancelled")

    assert decision.state == Counted(["OrderPlaced", "OrderCancelled"])


def test_everything_that_is_counted_can_be_replayed() -> None:
    assert all(reaction.replay for reaction in ANALYTICS.reactions)
