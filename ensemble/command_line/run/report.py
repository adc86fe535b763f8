"""How played stories look at the terminal: a timeline for each, and the closing table."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ensemble.command_line.palette import Palette
from ensemble.command_line.run.results import Change, Result, Results, text_of_end
from ensemble.command_line.terminal import printable, printable_lines
from ensemble.scenario import Story, subject

GOOD, BAD, QUIET = "green", "bold red", "dim"


def timeline(result: Result, palette: Palette) -> RenderableType:
    """Return a story's events in the order in which they were on the bus, and what is not as expected."""
    title = Text.assemble((result.story.name, "bold"), (f"  {subject(result.story.commands[0].fields)}", QUIET))
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
    faults = [Text(f"✗ {printable_lines(fault)}", BAD) for fault in result.faults]
    return Group(title, Padding(table, (0, 0, 0, 1)), *faults)


def closing_table(results: Results) -> RenderableType:
    """Return how each story ended and should have, with the measures that changed or should have."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style=QUIET, pad_edge=False)
    for name in ("story", "expected end", "actual end", "changes"):
        table.add_column(name)
    for result in results.stories:
        table.add_row(*_row(result))
    for story in results.not_played:
        table.add_row(_judged(story.name, False), _expected(story), _judged("not played", False))
    if results.changes:
        table.add_row()
        balance = "balanced" if results.balances else "not balanced"
        together = _judged("all together", results.balances, good="✓ ")
        table.add_row(together, Text(), _judged(balance, results.balances), _changes(results.changes))
    return table


def _row(result: Result) -> tuple[Text, ...]:
    story = result.story
    name = _judged(story.name, result.as_expected, good="✓ ")
    if not story.end:
        return name, _expected(story), Text(_counted(len(result.events))), _changes(result.changes)
    end = _judged(result.end, result.end == text_of_end(story.end))
    return name, _expected(story), end, _changes(result.changes)


def _counted(number: int) -> str:
    return "1 event" if number == 1 else f"{number} events"


def _expected(story: Story) -> Text:
    return Text(text_of_end(story.end) if story.end else "not said", QUIET)


def _changes(changes: Iterable[Change]) -> Text:
    """Return the measures before and after, with what they should be where they are not, one below the other."""
    return Text("\n").join(_change(change) for change in changes)


def _change(change: Change) -> Text:
    text = f"{change.name} {change.before} → {change.after}"
    return _judged(text if change.as_expected else f"{text}, not {change.expected}", change.as_expected)


def _judged(text: str, is_good: bool, good: str = "") -> Text:
    """Return a cell; a bad one is marked by a sign too, as not every terminal has colours."""
    return Text.assemble((good, GOOD), printable(text)) if is_good else Text(f"✗ {printable(text)}", BAD)
