"""A story is as expected only when its end, its events, its stock and its money are."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from ensemble.command_line.run.results import Holdings
from ensemble.command_line.run.stories import CANCELLED, COMPLETED
from tests.toolkit.command_line.played import BEFORE, FULFILLED, OUT_OF_STOCK, good, observed, together, without


def test_a_story_that_went_as_it_must_has_no_faults() -> None:
    for story in (FULFILLED, OUT_OF_STOCK):
        assert good(story).faults == ()
        assert good(story).as_expected


def test_an_order_that_ended_otherwise_is_a_fault() -> None:
    result = without(good(), COMPLETED)

    cancelled = replace(result, events=(*result.events, observed(CANCELLED, 9)))

    assert result.end == "none"
    assert cancelled.faults == ("it ended with OrderCancelled, not OrderCompleted",)


def test_an_order_that_ended_twice_is_a_fault() -> None:
    result = good()

    twice = replace(result, events=(*result.events, observed(COMPLETED, 99)))

    assert twice.end == "OrderCompleted and OrderCompleted"
    assert not twice.as_expected


def test_the_same_event_put_twice_is_one_end() -> None:
    result = good()

    again = replace(result, events=(*result.events, result.events[-1]))

    assert again.as_expected


def test_an_event_that_is_missing_is_a_fault() -> None:
    assert without(good(), "PaymentCharged").faults == ("PaymentCharged was never on the bus",)


def test_an_event_that_must_not_be_is_a_fault() -> None:
    result = good()

    assert replace(result, events=(observed("PaymentFailed", 3), *result.events)).faults == (
        "PaymentFailed was on the bus",
    )


def test_stock_that_moved_between_articles_is_a_fault_though_the_sum_is_right() -> None:
    moved = Holdings({"sku-1": 17, "sku-2": 10}, good().after.money)

    assert replace(good(), after=moved).faults == (
        "its stock changed by {'sku-1': -3}, not {'sku-1': -2, 'sku-2': -1}",
    )


def test_money_that_is_not_given_back_is_a_fault() -> None:
    kept = replace(good(OUT_OF_STOCK), after=Holdings(BEFORE.stock, Decimal("28.48")))

    assert kept.faults == ("its money changed by 28.48, not 0.00",)


def test_a_story_that_did_not_come_to_rest_is_a_fault() -> None:
    assert replace(good(), at_rest=False).faults == ("it did not come to rest in time",)


def test_what_postponed_events_explains_faults_but_is_none() -> None:
    postponed = replace(good(), postponed=("dev-payment postponed an event: NotYet",))

    assert postponed.as_expected
    assert replace(postponed, at_rest=False).faults == (
        "it did not come to rest in time",
        "dev-payment postponed an event: NotYet",
    )


def test_an_article_first_heard_of_afterwards_counts_from_none() -> None:
    assert BEFORE.change(Holdings({"sku-1": 20, "sku-2": 10, "sku-3": 1}, Decimal(0))).stock == {"sku-3": 1}


def test_all_together_balances_when_just_the_completed_orders_moved_stock_and_money() -> None:
    first = good()
    results = together(first, good(OUT_OF_STOCK, first.after))

    assert results.as_expected
    assert results.expected_change == Holdings({"sku-1": -2, "sku-2": -1}, Decimal(45))


def test_what_is_lost_between_the_stories_does_not_balance() -> None:
    results = together(good())

    lost = replace(results, after=Holdings({"sku-1": 17, "sku-2": 9}, results.after.money))

    assert not lost.balances
    assert not lost.as_expected


def test_a_dead_letter_is_not_as_expected() -> None:
    assert not replace(together(good()), dead_letters={"a-dlq": 1}).as_expected


def test_a_story_that_is_not_played_is_not_as_expected() -> None:
    assert not replace(together(good()), not_played=(OUT_OF_STOCK,)).as_expected
