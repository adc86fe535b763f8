"""Every alarm of the shop goes off on the laptop AWS, and stays quiet where nothing is to be done."""

from __future__ import annotations

from scenarios.shop.scenario import SCENARIO
from tests.shop.stories.conftest import ShopLaptop, play
from tests.toolkit.alarms.troubles import MINUTE, EachAlarm, Tried


class TestTheAlarmsOfTheShop(EachAlarm):
    """Those of all its services."""


def test_an_hour_with_all_stories_sets_off_only_what_tells_of_the_provider_that_is_silent_in_one(tried: Tried) -> None:
    assert isinstance(tried.laptop, ShopLaptop)

    assert play(tried.laptop, SCENARIO).as_expected
    tried.laptop.run_for(60 * MINUTE)

    assert set(tried.gone_off()) == {tried.names.alarm("payment", "waiting")}
    assert not tried.going("waiting")
