"""What a person sees of the stories: what went wrong is marked, by a sign and not by colour alone."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO

from rich.console import Console, RenderableType

from ensemble.command_line.palette import Palette
from ensemble.command_line.run.demo import conclude
from ensemble.command_line.run.report import closing_table, timeline
from ensemble.command_line.run.results import Result, Results
from tests.toolkit.command_line.played import (
    BEFORE,
    FULFILLED,
    GRANTED,
    REFUSED,
    UNFULFILLED,
    good,
    observed,
    together,
    without,
)


def shown(what: RenderableType) -> list[str]:
    console = Console(file=StringIO(), width=120)
    console.print(what)
    return [" ".join(line.split()) for line in console.file.getvalue().splitlines()]  # type: ignore[attr-defined]


def concluded(results: Results) -> str:
    console = Console(file=StringIO(), width=200)
    conclude(console, results)
    return console.file.getvalue()  # type: ignore[attr-defined, no-any-return]


def ended_wrongly() -> Result:
    events = (*without(good(), GRANTED).events, observed(REFUSED, 9))
    return replace(good(), events=events, after={**BEFORE, "fees": 2})


def test_a_timeline_shows_when_what_and_because_of_what() -> None:
    result = replace(good(), events=(observed("RequestLoan", 0), observed("LoanRequested", 1, "RequestLoan")))

    lines = shown(timeline(result, Palette()))

    assert lines[0] == "granted loan-1"
    assert lines[2:4] == ["0.000 RequestLoan loan outside", "0.100 LoanRequested loan RequestLoan"]


def test_a_timeline_ends_with_the_storys_faults() -> None:
    assert "✗ it ended with LoanRefused, not LoanGranted" in shown(timeline(ended_wrongly(), Palette()))
    assert not [line for line in shown(timeline(good(), Palette())) if "✗" in line]


def test_the_closing_table_shows_ends_and_the_measures_that_changed() -> None:
    first = good()

    lines = shown(closing_table(together(first, good(UNFULFILLED, first.after))))

    assert lines[1:4] == [
        "✓ granted LoanGranted LoanGranted copies title-1 20 → 18",
        "copies title-2 10 → 9",
        "fees 0 → 45",
    ]
    assert lines[4] == "✓ not on the shelf LoanRefused LoanRefused"
    assert lines[6] == "✓ all together balanced copies title-1 20 → 18"


def test_the_closing_table_marks_each_cell_that_differs() -> None:
    lines = shown(closing_table(together(ended_wrongly())))

    assert lines[1:4] == [
        "✗ granted LoanGranted ✗ LoanRefused ✗ copies title-1 20 → 20, not 18",
        "✗ copies title-2 10 → 10, not 9",
        "✗ fees 0 → 2, not 45",
    ]
    assert lines[5].startswith("✗ all together ✗ not balanced ✗ copies title-1 20 → 20, not 18")


def test_the_closing_table_marks_a_story_that_was_not_played() -> None:
    lines = shown(closing_table(replace(together(good(UNFULFILLED)), not_played=(FULFILLED,))))

    assert lines[2] == "✗ granted LoanGranted ✗ not played"


def test_of_a_story_that_does_not_say_how_it_must_end_the_events_are_counted() -> None:
    endless = replace(good(), story=replace(FULFILLED, end=(), measures={}), after=BEFORE)
    lone = replace(endless, events=endless.events[:1])

    assert shown(closing_table(together(endless)))[1] == "✓ granted not said 4 events"
    assert shown(closing_table(together(lone, lone)))[2] == "✗ granted not said 1 event"


def test_the_conclusion_of_a_failed_run_says_where_the_logs_are() -> None:
    text = concluded(replace(together(good()), dead_letters={"dev-loan-RequestLoan-dlq": 2}))

    assert "✗ 2 dead letters in dev-loan-RequestLoan-dlq" in text
    assert ".ensemble/logs" in text


def test_the_conclusion_speaks_of_measures_only_where_some_changed() -> None:
    assert "All stories ended as they must, and the measures balance." in concluded(together(good()))
    assert "All stories ended as they must." in concluded(together(good(UNFULFILLED)))


def test_the_conclusion_says_when_no_story_says_how_it_must_end() -> None:
    text = concluded(together(replace(good(), story=replace(FULFILLED, end=()))))

    assert "No story says how it must end" in text
    assert "scenarios/<name>/scenario.py" in text


def test_each_service_keeps_its_colour() -> None:
    palette = Palette()

    first = [palette.colour_of(service) for service in ("loan", "shelf", "courier")]

    assert [palette.colour_of(service) for service in ("loan", "shelf", "courier")] == first
    assert len(set(first)) == 3
