"""Timers: any number of them, at any distance, and none is held up by another that fails."""

from __future__ import annotations

from ensemble.simulator.topology import Topology
from scenarios.shop.simulation import Shop
from scenarios.shop.stories import MINUTE
from tests.shop.outage.timers import a_year_ahead, many_timers


def test_thousands_of_timers_of_one_minute_are_handled_within_minutes_and_those_that_fail_hold_up_none(
    shop: Shop, stage: Topology
) -> None:
    figures = many_timers(shop, stage, timers=3_000, failing=20)

    assert figures.fired == 2_980
    assert figures.failed == 20
    assert figures.seconds < 2 * MINUTE
    assert len(figures.dead_letters) == 2 * 20, "a row that is still due at the next tick is sent once more"
    assert all(reason.startswith("Bug (") for reason in figures.dead_letters)


def test_a_timer_a_year_ahead_fires(shop: Shop, stage: Topology) -> None:
    late = a_year_ahead(shop, stage)

    assert late is not None
    assert 0 <= late <= 2 * MINUTE
