"""Two workflows compared: what is said first, and what is not said."""

from __future__ import annotations

from typing import Any

from ensemble.console.comparison import comparison


def event(
    type: str, source: str, workflow: str, after: float, cause: str | None = None, **fields: Any
) -> dict[str, Any]:
    """Return an event as a document has it, heard by nobody."""
    return {
        "event_id": f"{workflow}-{type}",
        "type": type,
        "source": source,
        "at": f"2026-01-01T00:{int(after // 60):02}:{after % 60:06.3f}Z",
        "cause": None if cause is None else f"{workflow}-{cause}",
        "fields": {"loan_id": workflow, **fields},
        "heard": [],
    }


def loan(name: str, *, copies: int = 1, wait: float = 0.1, outcome: str = "CopiesSent") -> dict[str, Any]:
    """Return the document of a loan, whose courier publishes the outcome."""
    asked = event("RequestLoan", "desk", name, 0, copies=copies)
    reserved = event("CopiesReserved", "shelf", name, wait, "RequestLoan", copies=copies, shelf=f"for {name}")
    sent = event(outcome, "courier", name, wait + 0.1, "CopiesReserved", at="2026-01-01T00:00:00Z")
    asked["heard"] = [{"service": "shelf", "row": f"loan_id#{name}", "reception": "handled"}]
    status = "sent" if outcome == "CopiesSent" else "refused"
    rows = [{"service": "courier", "state": {"loan_id": name, "status": status}}]
    shown = "done" if outcome == "CopiesSent" else "cancelled"
    return {"asked": name, "shown": shown, "events": [asked, reserved, sent], "rows": rows}


def texts(a: dict[str, Any], b: dict[str, Any]) -> list[str]:
    return [one["text"] for one in comparison(a, b)["differences"]]


def test_two_that_went_the_same_way_have_no_difference_in_spite_of_their_ids_keys_and_instants() -> None:
    a, b = loan("loan-1"), loan("loan-22", wait=0.3)

    assert texts(a, b) == []


def test_the_first_difference_is_where_they_part_and_what_follows_from_it_is_not_said_of_each_step() -> None:
    a, b = loan("a"), loan("b", outcome="CopiesLost")
    granted = event("LoanGranted", "loan", "a", 1, "CopiesSent")

    found = texts(a | {"events": [*a["events"], granted]}, b)

    assert found == [
        "b has no CopiesSent: courier published CopiesLost instead",
        "courier's status is sent in a, refused in b",
        "a is done, b is cancelled",
    ]


def test_the_same_is_said_whichever_comes_first() -> None:
    assert texts(loan("b", outcome="CopiesLost"), loan("a"))[0] == (
        "a has no CopiesLost: courier published CopiesSent instead"
    )


def test_an_event_that_nothing_stands_for_is_missing() -> None:
    a, b = loan("a"), loan("b")
    b["events"].pop()

    assert texts(a, b) == ["b has no CopiesSent, which courier published in a"]


def test_a_field_that_differs_is_said_once_where_it_differs_first() -> None:
    assert texts(loan("a", copies=1), loan("b", copies=3)) == ["RequestLoan: copies is 1 in a, 3 in b"]


def test_a_field_that_one_lacks_differs() -> None:
    a, b = loan("a"), loan("b")
    del b["events"][0]["fields"]["copies"]

    assert texts(a, b)[0] == "RequestLoan: copies is 1 in a, absent in b"


def test_a_step_that_took_ten_times_as_long_differs_and_one_that_took_nine_times_does_not() -> None:
    assert texts(loan("a", wait=2), loan("b", wait=20)) == [
        "shelf published CopiesReserved after 20 s in b, after 2.0 s in a"
    ]
    assert texts(loan("a", wait=2), loan("b", wait=18)) == []


def test_what_took_ten_times_as_long_and_less_than_a_second_more_is_a_machines_scatter() -> None:
    assert texts(loan("a", wait=0.05), loan("b", wait=1.0)) == []


def test_a_step_that_one_has_not_handled_differs() -> None:
    a, b = loan("a"), loan("b")
    b["events"][0]["heard"][0]["reception"] = "not handled"

    assert texts(a, b) == ["RequestLoan is handled by shelf in a, not handled in b"]


def test_a_row_that_one_has_not_differs() -> None:
    a, b = loan("a"), loan("b")
    b["rows"] = []

    assert texts(a, b) == ["courier has a row in a, none in b"]


def test_two_events_of_one_type_and_one_cause_are_found_by_their_order() -> None:
    a, b = loan("a"), loan("b")
    for document in (a, b):
        name = document["asked"]
        second = event("CopiesSent", "courier", name, 5, "CopiesReserved") | {"event_id": f"{name}-second"}
        document["events"].append(second)

    steps = comparison(a, b)["steps"]

    assert [(step["a"]["event_id"], step["b"]["event_id"]) for step in steps][-2:] == [
        ("a-CopiesSent", "b-CopiesSent"),
        ("a-second", "b-second"),
    ]


def test_the_steps_of_both_are_in_the_order_of_time_each_under_its_cause() -> None:
    steps = comparison(loan("a"), loan("b", outcome="CopiesLost"))["steps"]

    assert [(step["type"], step["depth"], step["a"] is None, step["b"] is None, step["differs"]) for step in steps] == [
        ("RequestLoan", 0, False, False, False),
        ("CopiesReserved", 1, False, False, False),
        ("CopiesSent", 2, False, True, True),
        ("CopiesLost", 2, True, False, True),
    ]


def test_events_that_name_each_other_as_their_cause_are_shown_all_the_same() -> None:
    document = loan("a")
    document["events"][0]["cause"] = "a-CopiesSent"

    assert len(comparison(document, loan("b"))["steps"]) >= 3
