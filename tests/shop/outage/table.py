"""The table of bad days as Markdown: what came of each in version 0.2.0, and what comes of it now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tests.shop.outage.figures import Figures

Cells = tuple[str, ...]

HEADS = (
    "what is down",
    "orders",
    "calls to it",
    "in its first 10 min, then a minute",
    "dead letters",
    "completed of those due later",
    "cancelled",
    "without end",
    "nothing waits, s after",
    "receives",
    "copies",
    "in flight at most",
)

BEFORE: Mapping[str, Cells] = {}


def cells_of(figures: Figures) -> Cells:
    """Return what the table says of a day, but for its name."""
    return (
        f"{figures.orders}",
        f"{figures.calls:,}",
        f"{figures.calls_at_first:,}, {figures.calls_a_minute:.1f}",
        f"{sum(figures.dead_letters.values()):,}",
        f"{figures.in_time} of {figures.due_later}",
        f"{figures.cancelled}",
        f"{figures.without_end}",
        f"{figures.quiet_after:,.0f}",
        f"{figures.receives:,}",
        f"{figures.copies:,}",
        f"{figures.in_flight:,}",
    )


def table(days: Mapping[str, Figures]) -> Iterator[str]:
    """Yield the lines of the table: where a figure has changed, both, the earlier one first."""
    yield _line(HEADS)
    yield _line(["---" for _ in HEADS])
    for name, figures in days.items():
        now = cells_of(figures)
        yield _line([name, *map(_compared, BEFORE.get(name, now), now)])


def _compared(before: str, now: str) -> str:
    return now if before == now else f"{before} → {now}"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
