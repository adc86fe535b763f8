"""What is not as it must be of a workflow that was played again, and how it is written as Python."""

from __future__ import annotations

import random

import pytest

from ensemble.command_line.run.results import Observed, Result
from ensemble.command_line.trace.recorded import Played, Recorded
from ensemble.command_line.trace.writing import LINE, literal
from ensemble.scenario import Command, Story
from ensemble.trace.known import Known, Queue, Row, Timers
from ensemble.trace.standing import standing_of

ASK = Command("RequestLoan", "desk", {"loan_id": "loan-1"})


def played_with_a_timer_left(*end: str) -> Played:
    story = Story("a loan", commands=(ASK,), end=end)
    known = Known(
        0.0,
        rows=(Row("loan", "loan_id#loan-1", "workflow-1", 1, due_at=600.0),),
        timers={"loan": Timers("loan-events", None)},
        stores={"journal": Queue()},
    )
    seen = tuple(Observed(type, type, "loan", 0.0, None) for type in end)
    result = Result(story, seen, {}, {}, at_rest=True, ends=frozenset(end))
    return Played(Recorded("loan-1", "2026-01-01T00:00:00Z", story), result, known, standing_of(known))


def test_a_timer_that_is_left_is_a_trouble_only_where_nobody_says_what_ends_the_workflow() -> None:
    assert "loan wakes loan_id#loan-1 by its timer at 00:10:00Z" in " ".join(played_with_a_timer_left().faults())
    assert not any("timer" in fault for fault in played_with_a_timer_left("LoanRequested").faults())


def test_what_nobody_knows_of_is_said() -> None:
    played = played_with_a_timer_left()

    assert Played(played.recorded, played.result, None, None).faults() == [
        "nothing is known of loan-1: no row, no stored event and no dead letter"
    ]


def test_any_text_is_written_so_that_python_reads_the_same() -> None:
    chance = random.Random(1)
    for _ in range(2_000):
        text = "".join(chance.choice("'\"\\a\n\té\u2028{}") for _ in range(chance.randint(0, 8)))
        assert eval(literal(text, "")) == text


@pytest.mark.parametrize("words", range(0, 40, 3))
def test_a_value_is_on_one_line_where_it_fits_and_else_on_several(words: int) -> None:
    value = {"loan_id": "loan-1", "books": [{"title": "word " * words, "copies": 2}], "none": None, "none_of": ()}

    written = literal(value, "")

    assert eval(written) == value
    assert ("\n" in written) == (len(str(value)) > LINE - 1)
