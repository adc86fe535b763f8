"""The stories as played on the synthesized stacks, in virtual time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ensemble.command_line.errors import SendingFailed, StartingFailed
from ensemble.command_line.run.playing import play
from ensemble.command_line.run.results import Observed, Result
from ensemble.command_line.run.stories import CANCELLED, COMPLETED, STORIES, Story
from ensemble.laptop import Laptop, VirtualClock


@pytest.fixture(scope="module")
def laptop(assembly: Path) -> Iterator[Laptop]:
    """One laptop for all tests here, since loading the functions takes two seconds: each test has its own orders."""
    with Laptop(assembly / "assembly-dev", VirtualClock()) as laptop:
        yield laptop


def again(story: Story, order_id: str, end: str | None = None, **fields: str) -> Story:
    """Return a story with an order of its own."""
    order = replace(story.order, detail={**story.order.detail, "order_id": order_id, **fields})
    return replace(story, order=order, end=end or story.end)


def test_the_stories_are_six_with_orders_of_their_own_and_several_lines_in_two() -> None:
    assert len(STORIES) == len({story.order.detail["order_id"] for story in STORIES}) == 6
    assert sum(len(story.pieces) > 1 for story in STORIES) >= 2
    assert {story.end for story in STORIES} == {COMPLETED, CANCELLED}


def test_all_stories_are_told_as_they_happen_and_end_as_expected(laptop: Laptop) -> None:
    told: list[Observed] = []
    ended: list[Result] = []

    results = play(laptop, STORIES, on_event=told.append, on_result=ended.append)

    assert [result.faults for result in results.stories] == [()] * 6
    assert results.as_expected
    assert tuple(ended) == results.stories
    assert told == [event for result in results.stories for event in result.events]


def test_an_event_knows_when_it_was_and_what_caused_it(laptop: Laptop) -> None:
    result = play(laptop, [again(STORIES[0], "order-timed")]).stories[0]

    first, second, *_ = result.events
    (last,) = [event for event in result.events if event.type == "OrderCompleted"]
    assert (first.type, first.source, first.seconds, first.cause) == ("PlaceOrder", "storefront", 0, None)
    assert (second.type, second.source, second.cause) == ("OrderPlaced", "order", "PlaceOrder")
    assert (last.type, last.source, last.cause) == ("OrderCompleted", "order", "ShipmentCreated")
    assert 0 < second.seconds < last.seconds < 1


def test_a_story_that_ends_otherwise_is_not_as_expected(laptop: Laptop) -> None:
    results = play(laptop, [again(STORIES[1], "order-wrong", end=COMPLETED)])

    assert not results.as_expected
    assert results.balances  # what did complete, namely nothing, moved nothing
    assert "it ended with OrderCancelled, not OrderCompleted" in results.stories[0].faults


def test_a_story_that_does_not_come_to_rest_in_time_says_so(laptop: Laptop) -> None:
    results = play(laptop, [again(STORIES[0], "order-hasty")], timeout_seconds=0.02)
    laptop.run_until_idle()

    assert "it did not come to rest in time" in results.stories[0].faults


def test_after_a_story_that_does_not_come_to_rest_no_other_is_played_and_its_functions_say_why(laptop: Laptop) -> None:
    stuck, other = again(STORIES[0], "order-stuck", payment_token="tok_timeout"), again(STORIES[0], "order-waiting")

    results = play(laptop, [stuck, other, other], timeout_seconds=1)
    laptop.run_until_idle()

    (result,) = results.stories
    assert result.faults[-1] == "dev-payment postponed an event: ProviderTimeout"
    assert results.not_played == (other, other)
    assert not results.as_expected


def test_an_event_that_is_postponed_and_then_handled_is_no_fault(laptop: Laptop) -> None:
    result = play(laptop, [again(STORIES[0], "order-slow", payment_token="tok_timeout")]).stories[0]

    assert result.postponed == ("dev-payment postponed an event: ProviderTimeout",)
    assert result.faults == ()


def test_an_opening_stock_that_is_not_counted_in_time_is_told(laptop: Laptop) -> None:
    with pytest.raises(StartingFailed, match=r"not counted within 0\.001 s: no function says why"):
        play(laptop, STORIES, timeout_seconds=0.001)
    laptop.run_until_idle()


def test_a_bus_that_does_not_take_the_command_is_told(laptop: Laptop) -> None:
    with pytest.raises(SendingFailed, match="ReceiveStock was refused: InvalidArgument"):
        play(laptop, STORIES, stage="nowhere")
