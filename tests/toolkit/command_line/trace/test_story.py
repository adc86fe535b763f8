"""A command that overtook what was under way comes after an event; any other one comes at its time."""

from __future__ import annotations

import pytest

from ensemble.command_line.trace.story import Telling
from ensemble.trace.known import Happened, Hearing, Known
from ensemble.trace.standing import standing_of


def event(type: str, source: str, at: float, cause: str | None = None) -> Happened:
    return Happened(type, type, source, "workflow-1", at, cause, {"loan_id": "loan-1"}, {"loan_id": "loan-1"})


@pytest.mark.parametrize(("reserved_at", "at", "after"), [(1.5, 0, "LoanRequested"), (900.0, 1, "")])
def test_a_command_comes_after_an_event_where_what_came_before_was_still_under_way(
    reserved_at: float, at: float, after: str
) -> None:
    hearings = (
        Hearing("loan", "desk", "RequestLoan", "loan_id", "loan-commands", ("LoanRequested",)),
        Hearing("shelf", "loan", "LoanRequested", "loan_id", "shelf-events", ("CopiesReserved",)),
    )
    events = (
        event("RequestLoan", "desk", 0.0),
        event("LoanRequested", "loan", 0.5, "RequestLoan"),
        event("CancelLoan", "desk", 1.2),
        event("CopiesReserved", "shelf", reserved_at, "LoanRequested"),
    )
    known = Known(1_000.0, events, hearings=hearings)

    first, second = Telling(known, standing_of(known)).story("a loan").commands

    assert (first.type, first.at, first.after) == ("RequestLoan", 0, "")
    assert (second.type, second.at, second.after) == ("CancelLoan", at, after)
