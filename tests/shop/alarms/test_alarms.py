"""Every alarm of the shop goes off on the laptop AWS, and stays quiet where nothing is to be done."""

from __future__ import annotations

import pytest

from scenarios.shop.scenario import SCENARIO
from tests.shop.stories.conftest import ShopLaptop, play
from tests.toolkit.alarms.troubles import (
    MINUTE,
    TROUBLES,
    Tried,
    all_are_quiet,
    all_are_tried_and_run,
    each_death_is_told_of,
    none_is_quiet,
)

each_kind = pytest.mark.parametrize("kind", TROUBLES)


@each_kind
def test_each_alarm_goes_off(kind: str, tried: Tried) -> None:
    none_is_quiet(kind, tried)


@each_kind
def test_each_alarm_stays_quiet_where_that_was_nothing(kind: str, tried: Tried) -> None:
    all_are_quiet(kind, tried)


def test_each_alarm_is_evaluated_and_of_a_kind_that_is_tried(tried: Tried) -> None:
    all_are_tried_and_run(tried)


def test_a_consumer_that_dies_at_every_start_is_told_of_within_five_minutes_of_a_single_message(tried: Tried) -> None:
    each_death_is_told_of(tried)


def test_an_hour_with_all_stories_sets_off_only_what_tells_of_the_provider_that_is_silent_in_one(tried: Tried) -> None:
    assert isinstance(tried.laptop, ShopLaptop)

    assert play(tried.laptop, SCENARIO).as_expected
    tried.laptop.run_for(60 * MINUTE)

    told = {tried.names.alarm("payment", "waiting"), tried.names.alarm("order", "overdue")}
    assert set(tried.gone_off()) == told
    assert not tried.going("waiting") | tried.going("overdue")
