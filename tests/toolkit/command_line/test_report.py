"""What a person sees of the stories: what went wrong is marked, by a sign and not by colour alone."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from io import StringIO

from rich.console import Console, RenderableType

from ensemble.command_line.palette import Palette
from ensemble.command_line.run.demo import conclude
from ensemble.command_line.run.report import closing_table, timeline
from ensemble.command_line.run.results import Holdings, Result
from ensemble.command_line.run.stories import CANCELLED, COMPLETED
from tests.toolkit.command_line.played import BEFORE, FULFILLED, OUT_OF_STOCK, good, observed, together, without


def shown(what: RenderableType) -> list[str]:
    console = Console(file=StringIO(), width=120)
    console.print(what)
    return [" ".join(line.split()) for line in console.file.getvalue().splitlines()]  # type: ignore[attr-defined]


def ended_wrongly() -> Result:
    events = (*without(good(), COMPLETED).events, observed(CANCELLED, 9))
    return replace(good(), events=events, after=Holdings(BEFORE.stock, Decimal("1.50")))


def test_a_timeline_tells_when_what_and_because_of_what() -> None:
    result = replace(good(), events=(observed("PlaceOrder", 0), observed("OrderPlaced", 1, "PlaceOrder")))

    lines = shown(timeline(result, Palette()))

    assert lines[0] == "fulfilled order-fulfilled"
    assert lines[2:4] == ["0.000 PlaceOrder order outside", "0.100 OrderPlaced order PlaceOrder"]


def test_a_timeline_ends_with_the_storys_faults() -> None:
    assert "✗ it ended with OrderCancelled, not OrderCompleted" in shown(timeline(ended_wrongly(), Palette()))
    assert not [line for line in shown(timeline(good(), Palette())) if "✗" in line]


def test_the_closing_table_shows_ends_stock_and_money() -> None:
    first = good()

    lines = shown(closing_table(together(first, good(OUT_OF_STOCK, first.after))))

    assert lines[1] == "✓ fulfilled OrderCompleted OrderCompleted 30 → 27 0.00 → 45.00"
    assert lines[2] == "✓ out of stock OrderCancelled OrderCancelled 27 → 27 45.00 → 45.00"
    assert lines[4] == "✓ all together balanced 30 → 27 0.00 → 45.00"


def test_the_closing_table_marks_each_cell_that_differs() -> None:
    lines = shown(closing_table(together(ended_wrongly())))

    assert lines[1] == ("✗ fulfilled OrderCompleted ✗ OrderCancelled ✗ 30 → 30, not 27 ✗ 0.00 → 1.50, not 45.00")
    assert lines[3] == "✗ all together ✗ not balanced 30 → 30 ✗ 0.00 → 1.50, not 0.00"


def test_the_closing_table_marks_a_story_that_was_not_played() -> None:
    lines = shown(closing_table(replace(together(good()), not_played=(OUT_OF_STOCK,))))

    assert lines[2] == "✗ out of stock OrderCancelled ✗ not played"


def test_stock_of_the_wrong_article_is_marked_though_the_sum_is_right() -> None:
    moved = replace(good(), after=Holdings({"sku-1": 17, "sku-2": 10}, good().after.money))

    assert "✗ 30 → 27" in shown(closing_table(together(moved)))[1]


def test_the_conclusion_of_a_failed_run_says_where_the_logs_are() -> None:
    console = Console(file=StringIO(), width=200)

    conclude(console, replace(together(good()), dead_letters={"dev-order-PlaceOrder-dlq": 2}))

    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert "✗ 2 dead letters in dev-order-PlaceOrder-dlq" in text
    assert "logs are in" in text
    assert FULFILLED.name in text


def test_each_service_keeps_its_colour() -> None:
    palette = Palette()

    first = [palette.colour_of(service) for service in ("order", "payment", "shipping")]

    assert [palette.colour_of(service) for service in ("order", "payment", "shipping")] == first
    assert len(set(first)) == 3
