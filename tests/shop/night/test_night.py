"""A night in which much goes wrong ends well by the commands alone, and is written down as it was."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ensemble.command_line.run.look import LaptopLook
from scenarios.shop.scenario import SCENARIO
from tests.shop.night.course import play
from tests.shop.night.night import Night, falls
from tests.shop.night.written import PAGE, page


@pytest.fixture(scope="module")
def night(assembly: Path) -> Iterator[Night]:
    with pytest.MonkeyPatch.context() as patch, falls(assembly, patch) as night:
        play(night)
        yield night


def test_every_order_ends_and_nothing_is_left_anywhere(night: Night) -> None:
    waiting = {queue.name: len(queue.messages) for queue in night.laptop.queues.values() if queue.messages}

    assert waiting == {}
    assert {state for _, state in night.orders()} == {"completed", "cancelled"}


def test_money_and_parcels_are_those_of_the_orders_that_completed(night: Night) -> None:
    completed = [order for order, state in night.orders() if state == "completed"]
    measured = SCENARIO.measures(LaptopLook(night.laptop, night.laptop.sandboxes))

    assert measured["parcels"] == len(completed)
    assert measured["money EUR"] == 12.5 * len(completed)
    assert measured["stock sku-4"] == 10_000 - len(completed)


def test_the_page_has_what_the_commands_print(night: Night) -> None:
    assert PAGE.read_text(encoding="utf-8") == page(night.log), "Fix: make night"
