"""Results of stories that were never played, for the tests of judging and showing them."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from ensemble.command_line.run.results import Holdings, Observed, Result, Results
from ensemble.command_line.run.stories import STORIES, Story

FULFILLED, OUT_OF_STOCK, *_ = STORIES
BEFORE = Holdings({"sku-1": 20, "sku-2": 10}, Decimal(0))


def observed(type: str, number: int, cause: str | None = None) -> Observed:
    """Return an event seen `number` tenths of a second after the beginning."""
    return Observed(f"{type}-{number}", type, "order", number / 10, cause)


def good(story: Story = FULFILLED, before: Holdings = BEFORE) -> Result:
    """Return a result that is just as the story wants it."""
    types = (story.order.type, *story.appear, story.end)
    events = tuple(observed(type, number) for number, type in enumerate(types))
    stock = {sku: pieces + story.stock_change.get(sku, 0) for sku, pieces in before.stock.items()}
    return Result(story, events, before, Holdings(stock, before.money + story.money_change), at_rest=True)


def without(result: Result, type: str) -> Result:
    """Return the result as if an event had not been seen."""
    return replace(result, events=tuple(event for event in result.events if event.type != type))


def together(*results: Result) -> Results:
    """Return the results of a run with no dead letters."""
    return Results(results, results[0].before, results[-1].after, {})
