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

BEFORE: Mapping[str, Cells] = {
    "the payment provider is down for 10 minutes": (
        "32",
        "69",
        "69, 0.0",
        "0",
        "31 of 32",
        "1",
        "0",
        "450",
        "530",
        "0",
        "10",
    ),
    "the payment provider is down for an hour": (
        "82",
        "594",
        "69, 10.5",
        "0",
        "30 of 33",
        "49",
        "0",
        "1,781",
        "2,534",
        "0",
        "104",
    ),
    "the payment provider is down for 6 hours": (
        "382",
        "5,040",
        "69, 14.2",
        "530",
        "29 of 33",
        "85",
        "265",
        "1,887",
        "14,517",
        "0",
        "193",
    ),
    "the payment provider is down for 3 days": (
        "30",
        "363",
        "6, 0.1",
        "42",
        "4 of 4",
        "4",
        "21",
        "1,450",
        "1,057",
        "0",
        "21",
    ),
    "the carrier is down for an hour": (
        "82",
        "595",
        "68, 10.5",
        "0",
        "33 of 33",
        "0",
        "0",
        "1,772",
        "2,435",
        "0",
        "104",
    ),
    "DynamoDB throttles payment's table for an hour": (
        "82",
        "1,028",
        "74, 19.1",
        "0",
        "28 of 33",
        "51",
        "0",
        "1,032",
        "2,418",
        "0",
        "104",
    ),
    "DynamoDB throttles all tables for an hour": (
        "82",
        "609",
        "75, 10.7",
        "0",
        "33 of 33",
        "0",
        "0",
        "1,095",
        "2,371",
        "0",
        "120",
    ),
    "EventBridge refuses all calls for an hour": (
        "82",
        "129",
        "29, 2.0",
        "0",
        "33 of 33",
        "46",
        "0",
        "35",
        "1,382",
        "0",
        "0",
    ),
    "EventBridge refuses all entries for an hour": (
        "82",
        "387",
        "87, 6.0",
        "0",
        "33 of 33",
        "46",
        "0",
        "35",
        "1,382",
        "0",
        "0",
    ),
    "the payment service dies at every start for an hour": (
        "82",
        "0",
        "0, 0.0",
        "20",
        "28 of 28",
        "45",
        "2",
        "152",
        "1,322",
        "0",
        "89",
    ),
}
"""What version 0.2.0 came to on the same days, with its relays: what a day is called, and its cells."""


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
