"""The carrier over HTTP on its bad days: slow, silent, answering too late, and down. Every story ends as it must."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from functools import partial
from pathlib import Path

import pytest

from ensemble.command_line.run.results import Results
from ensemble.scenario import Story
from scenarios.shop.carrier import BY_POSTCODE, Trouble
from scenarios.shop.carrier_sandbox import KEY, CarrierSandbox
from scenarios.shop.stories import CANCELLED, MINUTE, STORIES, order
from tests.shop.stories.conftest import ShopLaptop, laptop_on, play, playing

HASTY = partial(CarrierSandbox, timeout_seconds=0.1)
"""A carrier that is not waited for long, since it does not answer."""

FULFILLED = STORIES[0]


def faults(results: Results) -> dict[str, tuple[str, ...]]:
    return {result.story.name: result.faults for result in results.stories if result.faults}


def patient(story: Story) -> Story:
    """Return the story with more time, on the virtual clock."""
    return replace(story, within=max(story.within, 5 * MINUTE))


def down_for(laptop: ShopLaptop, seconds: float) -> None:
    """Let the carrier refuse connections for so long, on the laptop's clock."""
    laptop.carrier.stop()
    laptop.engine.after(seconds, laptop.carrier.start)


def reasons(results: Results) -> str:
    return "\n".join(reason for result in results.stories for reason in result.postponed)


@pytest.mark.parametrize("trouble", Trouble)
def test_whatever_goes_wrong_with_the_carrier_all_stories_end_as_they_must(assembly: Path, trouble: Trouble) -> None:
    with laptop_on(assembly, HASTY) as laptop:
        laptop.carrier.carrier.trouble = trouble
        results = play(laptop, playing(*map(patient, STORIES)))

        assert faults(results) == {}
        assert len(results.stories) == len(STORIES)
        assert results.balances
        assert results.dead_letters == {}


def test_an_order_waits_for_a_carrier_that_refuses_connections_and_is_shipped_once_when_it_is_back(
    assembly: Path,
) -> None:
    with laptop_on(assembly) as laptop:
        results = play(
            laptop, playing(replace(FULFILLED, within=14 * MINUTE)), on_story=lambda _: down_for(laptop, 5 * MINUTE)
        )

        assert faults(results) == {}
        assert "Unavailable: the carrier cannot be reached: NewConnectionError" in reasons(results)
        assert [parcel.key for parcel in laptop.carrier.parcels] == ["order-fulfilled/ship"]


def test_a_carrier_that_is_back_after_the_deadline_ships_as_the_cancellation_waits_for_its_answer(
    assembly: Path,
) -> None:
    story = replace(
        FULFILLED,
        appear=("OrderCancellationRequested", "ShipmentCreated", "CancellationRejected"),
        absent=("ShipmentFailed", "PaymentRefunded"),
        within=90 * MINUTE,
    )

    with laptop_on(assembly) as laptop:
        results = play(laptop, playing(story), on_story=lambda _: down_for(laptop, 20 * MINUTE))

        assert faults(results) == {}
        assert len(laptop.carrier.parcels) == 1


def test_a_postcode_chooses_the_carriers_trouble_so_that_send_can_show_it(assembly: Path) -> None:
    story = Story(
        "down",
        commands=(order("order-down", ("sku-1", 1, 12.5), postcode="DOWN"),),
        end=FULFILLED.end,
        appear=("OrderCancellationRequested", "CancellationRejected"),
        measures={"stock sku-1": -1, "money EUR": Decimal("12.5"), "parcels": 1},
        within=90 * MINUTE,
    )

    with laptop_on(assembly) as laptop:
        results = play(laptop, playing(story))

        assert faults(results) == {}
        assert laptop.carrier.carrier.asked == {"order-down/ship": BY_POSTCODE["DOWN"][1] + 1}


def test_a_refusal_of_a_carrier_that_was_down_is_compensated(assembly: Path) -> None:
    refused = next(story for story in STORIES if story.name == "carrier refuses")

    with laptop_on(assembly) as laptop:
        results = play(
            laptop, playing(replace(refused, within=14 * MINUTE)), on_story=lambda _: down_for(laptop, 5 * MINUTE)
        )

        assert faults(results) == {}
        assert results.stories[0].end == CANCELLED[0]
        assert laptop.carrier.parcels == []


def test_no_log_shows_the_carriers_key_or_where_a_parcel_goes(assembly: Path) -> None:
    with laptop_on(assembly, HASTY) as laptop:
        laptop.carrier.carrier.trouble = Trouble.SILENT
        results = play(laptop, playing(patient(FULFILLED)))

        lines = [line for function in laptop.functions.values() for line in function.output]
        street = FULFILLED.commands[0].fields["address"]["street"]
        assert "Unavailable: the carrier did not answer within 0.1 s" in reasons(results)
        assert [line for line in lines if KEY in line or street in line] == []
