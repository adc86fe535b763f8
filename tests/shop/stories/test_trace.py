"""Of each order it can be said what became of it, where it is and why it goes no further."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ensemble.command_line.stage.account import Account
from ensemble.command_line.trace.declared import Declared, read_declared
from ensemble.command_line.trace.document import document
from ensemble.command_line.trace.reading import Reading
from ensemble.command_line.trace.telling import told
from ensemble.contracts.loading import load_schemas
from ensemble.scenario import Story
from ensemble.trace.standing import standing_of
from infrastructure.services import discover
from scenarios.shop.stories import STORIES
from tests.conftest import ROOT
from tests.shop.stories.conftest import ShopLaptop, example, laptop_on, play, playing
from tests.shop.stories.test_faults import put

PLAYED = [story for story in STORIES if not story.is_long]


@pytest.fixture(scope="module")
def declared(assembly: Path) -> Declared:
    return read_declared(assembly / "assembly-dev", discover(ROOT), load_schemas(ROOT / "schemas"))


@pytest.fixture(scope="module")
def laptop(assembly: Path) -> Iterator[ShopLaptop]:
    """A laptop on which all stories were played that take no long time."""
    with laptop_on(assembly) as laptop:
        assert play(laptop, playing(*PLAYED)).as_expected
        yield laptop


def traced(laptop: ShopLaptop, declared: Declared, asked: str) -> dict[str, Any]:
    account = Account(laptop.serve().url)
    known = Reading(declared, account.client("dynamodb"), account.client("sqs"), laptop.now()).known(asked)
    assert known is not None
    standing = standing_of(known)
    printed = "\n".join(line for line, _ in told(asked, "dev", known, standing))
    return {**document(asked, "dev", known, standing), "printed": printed}


def order_of(story: Story) -> str:
    return str(story.commands[0].fields["order_id"])


@pytest.mark.parametrize("story", PLAYED, ids=lambda story: story.name)
def test_each_story_is_done_with_its_end_and_nothing_sensitive_of_it_is_told(
    laptop: ShopLaptop, declared: Declared, story: Story
) -> None:
    order = traced(laptop, declared, order_of(story))

    types = {event["event_id"]: event["type"] for event in order["events"]}
    fields = story.commands[0].fields
    assert (order["state"], order["why"]) == ("done", [])
    assert set(story.end) <= {types[id] for id in order["ended_by"]}
    assert {*story.appear, *story.end} <= set(types.values())
    for secret in (fields["email"], fields["payment_token"], fields["address"]["street"]):
        assert secret not in json.dumps(order)


def test_an_order_whose_payment_is_down_waits_in_the_queue_of_payment_and_then_ends(assembly: Path) -> None:
    declared = read_declared(assembly / "assembly-dev", discover(ROOT), load_schemas(ROOT / "schemas"))
    with laptop_on(assembly) as laptop:
        play(laptop, playing())
        put(
            laptop,
            "storefront",
            "PlaceOrder",
            {**example("PlaceOrder"), "order_id": "o-7", "payment_token": "tok_outage"},
        )
        laptop.run_for(45)

        waits, timer = traced(laptop, declared, "o-7")["why"]

        assert (waits["cause"], waits["service"], waits["queue"]) == ("message", "payment", "shop-dev-payment-events")
        assert waits["event"]["type"] == "InventoryReserved"
        assert waits["reason"] == "Unavailable: the payment provider did not answer in time"
        assert "it is the message in shop-dev-payment-events, waits since " in waits["text"]
        assert (timer["cause"], timer["service"], timer["row"]) == ("timer", "order", "order_id#o-7")

        laptop.advance(60 * 60)
        laptop.run_until_idle()

        order = traced(laptop, declared, "o-7")
        assert (order["state"], order["undone"]) == ("done", True)
        assert "timer of order  o-7\n" in order["printed"]
        assert order["printed"].startswith("✓ o-7 in dev is done: it ended with OrderCancelled, and what was done is ")
