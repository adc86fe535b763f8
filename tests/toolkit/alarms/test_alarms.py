"""Every alarm of a stage goes off on the laptop AWS, and stays quiet where nothing is to be done."""

from __future__ import annotations

import pytest

from tests.toolkit.alarms.troubles import (
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
