"""How played stories look at the terminal: a timeline for each, and the closing table."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ensemble.command_line.palette import Palette
from ensemble.command_line.run.results import Holdings, Result, Results
from ensemble.command_line.terminal import printable

GOOD, BAD, QUIET = "green", "bold red", "dim"


def timeline(result: Result, palette: Palette) -> RenderableType:
    """Return a story's events in the order in which they were on the bus, and what is not as expected."""
    title = Text.assemble((result.story.name, "bold"), (f"  {result.story.order.detail['order_id']}", QUIET), end="\n")
    table = Table(box=None, padding=(0, 2, 0, 0), header_style=QUIET, pad_edge=False)
    table.add_column("seconds", justify="right", min_width=8)
    table.add_column("event", min_width=26)
    table.add_column("published by", min_width=12)
    table.add_column("because of")
    for event in result.events:
        table.add_row(
            Text(f"{event.seconds:.3f}", QUIET),
            Text(printable(event.type), palette.colour_of(event.source)),
            Text(printable(event.source), palette.colour_of(event.source)),
            Text(printable(event.cause or "outside"), QUIET),
        )
    faults = [Text(f"✗ {printable(fault)}", BAD) for fault in result.faults]
    return Group(title, Padding(table, (0, 0, 0, 1)), *faults)


def closing_table(results: Results) -> RenderableType:
    """Return how each story ended and should have, with stock and money before and after it."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style=QUIET, pad_edge=False)
    table.add_column("story", min_width=22)
    table.add_column("expected end")
    table.add_column("actual end")
    for name in ("stock", "euros"):
        table.add_column(name, justify="right")
    for result in results.stories:
        table.add_row(*_row(result))
    for story in results.not_played:
        table.add_row(_judged(story.name, False), Text(story.end, QUIET), _judged("not played", False))
    table.add_row()
    table.add_row(*_sums(results))
    return table


def _row(result: Result) -> tuple[Text, ...]:
    story = result.story
    expected = Holdings(story.stock_change, story.money_change)
    return (
        _judged(story.name, result.as_expected, good="✓ "),
        Text(story.end, QUIET),
        _judged(result.end, result.end == story.end),
        *_moved(result.before, result.after, expected),
    )


def _sums(results: Results) -> tuple[Text, ...]:
    return (
        _judged("all together", results.balances, good="✓ "),
        Text(),
        _judged("balanced" if results.balances else "not balanced", results.balances),
        *_moved(results.before, results.after, results.expected_change),
    )


def _moved(before: Holdings, after: Holdings, expected: Holdings) -> tuple[Text, Text]:
    """Return stock and money before and after, with what they should be where they are not."""
    change = before.change(after)
    stock = f"{_pieces(before.stock)} → {_pieces(after.stock)}"
    if change.stock != expected.stock:
        stock += f", not {_pieces(before.stock) + _pieces(expected.stock)}"
    money = f"{before.money:.2f} → {after.money:.2f}"
    if change.money != expected.money:
        money += f", not {before.money + expected.money:.2f}"
    return _judged(stock, change.stock == expected.stock), _judged(money, change.money == expected.money)


def _pieces(stock: Mapping[str, int]) -> int:
    return sum(stock.values())


def _judged(text: str, is_good: bool, good: str = "") -> Text:
    """Return a cell; a bad one is marked by a sign too, as not every terminal has colours."""
    return Text.assemble((good, GOOD), printable(text)) if is_good else Text(f"✗ {printable(text)}", BAD)
