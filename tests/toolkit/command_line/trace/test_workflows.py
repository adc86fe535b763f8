"""`ensemble workflows`: the workflows of a running laptop, the newest first, and how each stands."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ensemble.command_line.trace import trace
from ensemble.command_line.trace.declared import Declared, read_declared
from ensemble.command_line.trace.workflows import NO_STORE
from tests.conftest import NAMES
from tests.toolkit.command_line.trace.conftest import Library

A_WHILE = 10.0


@pytest.fixture
def library(library: Library) -> Library:
    """A library that lists only what was asked since the test began."""
    library.laptop.run_for(61)
    library.began = library.laptop.now()
    return library


def test_they_are_listed_the_newest_first_with_their_key_state_and_last_event(library: Library) -> None:
    for number in range(3):
        library.ask_for(f"in-order-{number}")
        library.laptop.run_for(A_WHILE)

    found = library.listed("--type", "RequestLoan")

    assert list(found) == ["in-order-2", "in-order-1", "in-order-0"]
    assert {(one["state"], one["type"], one["last"]) for one in found.values()} == {
        ("done", "RequestLoan", "LoanGranted")
    }
    assert {(one["late"], one["why"]) for one in found.values()} == {(False, None)}


def test_a_line_says_state_key_start_length_and_last_event(library: Library) -> None:
    library.ask_for("in-a-line")
    library.laptop.run_for(30)

    (line,) = library.workflows("--since", library.age).output.splitlines()

    assert re.fullmatch(
        r"✓ done  in-a-line  RequestLoan  \d{4}-\d\d-\d\d \d\d:\d\d:\d\d  [\d.]+ m?s  LoanGranted", line
    )


def test_what_was_undone_says_so(library: Library) -> None:
    library.ask_for("undone", copies=99)
    library.laptop.run_for(30)

    found = library.listed("--state", "undone")

    assert [(key, one["last"]) for key, one in found.items()] == [("undone", "LoanRefused")]


def test_what_waits_says_for_what_and_is_past_its_deadline_after_it(library: Library) -> None:
    library.stop_the_carrier()
    library.ask_for("waits")
    library.laptop.run_for(100)

    waiting, late = library.listed("--state", "waiting")["waits"], library.listed("--past-deadline")
    library.laptop.run_for(30)

    assert waiting["why"] == "courier has not handled CopiesReserved: TimeoutError"
    assert (waiting["late"], late) == (False, {})
    assert list(library.listed("--past-deadline")) == ["waits"]
    assert library.workflows("--past-deadline", "--since", library.age).output.startswith(
        "◌ waiting, late  waits  RequestLoan"
    )
    assert "it is past its deadline: it was to end by" in library.trace("waits").output


def test_one_that_ended_late_is_late_and_not_past_its_deadline(library: Library) -> None:
    library.stop_the_carrier()
    library.ask_for("late")
    library.laptop.run_for(150)
    library.start_the_carrier()
    library.laptop.run_for(150)

    assert [(one["state"], one["late"]) for one in library.listed("--type", "RequestLoan").values()] == [("done", True)]
    assert library.listed("--past-deadline") == {}
    assert "it ended after" in library.trace("late").output


def test_what_is_in_a_dead_letter_queue_has_failed_with_its_reason_though_it_has_ended(library: Library) -> None:
    library.ask_for("dead", books=[{"title": 1, "copies": 1}])
    library.ask_for("fine")
    library.laptop.run_for(30)

    found = library.listed("--type", "RequestLoan")

    assert (found["dead"]["state"], found["fine"]["state"]) == ("failed", "done")
    assert found["dead"]["why"].startswith("loan gave RequestLoan up: ContractViolation: ")
    library.laptop.queue(f"{NAMES.queue('loan', 'commands')}-dlq").purge()


def test_what_nobody_hears_has_stopped(library: Library) -> None:
    library.put("RequestLoam", "desk", {"loan_id": "loam"})
    library.laptop.run_for(30)

    (found,) = library.listed("--state", "stopped").values()

    assert found["why"] == "nothing came after RequestLoam"


def test_a_workflow_that_was_asked_for_something_again_is_listed_once_and_first(library: Library) -> None:
    library.ask_for("again")
    library.laptop.run_for(A_WHILE)
    library.ask_for("other")
    library.laptop.run_for(A_WHILE)
    library.put("CancelLoan", "desk", {"loan_id": "again"})
    library.laptop.run_for(30)

    assert [key for key in library.listed() if key in ("again", "other")] == ["again", "other"]
    assert list(library.listed("--type", "CancelLoan")) == ["again"]


def test_no_more_are_looked_at_than_are_asked_for_and_none_that_is_older(library: Library) -> None:
    for number in range(4):
        library.ask_for(f"many-{number}")
        library.laptop.run_for(A_WHILE)

    assert list(library.listed("--limit", "2")) == ["many-3", "many-2"]
    assert list(library.listed("--since", "25s")) == ["many-3", "many-2"]
    assert library.workflows("--limit", "2").output.splitlines()[-1] == "… the newest 2; --limit lists more"
    library.laptop.run_for(60)
    assert library.workflows("--since", "50s").output == "no such workflow in dev in the last 50 s\n"


def test_where_nothing_stores_events_what_waits_for_a_timer_or_is_dead_is_listed(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    def without_stores(assembly: Path, services: Any, schemas: Any) -> Declared:
        declared = read_declared(assembly, services, schemas)
        return replace(declared, services=[one for one in declared.services if not one.stores_events])

    monkeypatch.setattr(trace, "read_declared", without_stores)
    library.stop_the_carrier()
    library.ask_for("with-a-timer")
    library.ask_for("unreadable", books=[{"title": 1, "copies": 1}])
    library.laptop.run_for(30)

    told = library.workflows()
    found = library.listed()

    assert told.output.splitlines()[0] == NO_STORE
    assert found["with-a-timer"]["state"] == "unknown"
    assert found["with-a-timer"]["why"].startswith("timer of loan, due at ")
    (dead,) = (one for one in found.values() if one["state"] == "failed")
    assert dead["why"].startswith("loan gave RequestLoan up: ContractViolation: ")
    library.laptop.queue(f"{NAMES.queue('loan', 'commands')}-dlq").purge()


def test_a_duration_that_is_none_and_a_state_that_is_none_are_refused(library: Library) -> None:
    assert library.workflows("--since", "yesterday").status == 2
    assert library.workflows("--state", "sad").status == 2
