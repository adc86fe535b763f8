"""Results of stories that were never played, for the tests of judging and showing them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ensemble.command_line.run.results import Observed, Result, Results
from ensemble.scenario import Amount, Command, Story

GRANTED, REFUSED = "LoanGranted", "LoanRefused"
ENDS = frozenset({GRANTED, REFUSED})

FULFILLED = Story(
    name="granted",
    commands=(Command("RequestLoan", "desk", {"loan_id": "loan-1"}),),
    end=(GRANTED,),
    appear=("LoanRequested", "CopiesSent"),
    absent=("CopiesRefused",),
    measures={"copies title-1": -2, "copies title-2": -1, "fees": 45},
)
UNFULFILLED = Story(
    name="not on the shelf",
    commands=(Command("RequestLoan", "desk", {"loan_id": "loan-2"}),),
    end=(REFUSED,),
    appear=("CopiesRefused",),
)
BEFORE: Mapping[str, Amount] = {"copies title-1": 20, "copies title-2": 10, "fees": 0}


def observed(type: str, number: int, cause: str | None = None) -> Observed:
    """Return an event seen `number` tenths of a second after the beginning."""
    return Observed(f"{type}-{number}", type, "loan", number / 10, cause)


def good(story: Story = FULFILLED, before: Mapping[str, Amount] = BEFORE) -> Result:
    """Return a result that is just as the story expects it."""
    types = (story.commands[0].type, *story.appear, *story.end)
    events = tuple(observed(type, number) for number, type in enumerate(types))
    after = {name: amount + story.measures.get(name, 0) for name, amount in before.items()}
    return Result(story, events, before, after, at_rest=True, ends=ENDS)


def without(result: Result, type: str) -> Result:
    """Return the result as if an event had not been seen."""
    return replace(result, events=tuple(event for event in result.events if event.type != type))


def together(*results: Result) -> Results:
    """Return the results of a run with no dead letters."""
    return Results(results, results[0].before, results[-1].after, {})
