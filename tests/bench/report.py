"""What was measured, next to what it should be: as a table for people, as JSON for programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Spread:
    """The median of what the rounds of one run gave, with the extremes."""

    median: float
    lowest: float
    highest: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        return cls(median(values), min(values), max(values))

    def __str__(self) -> str:
        if self.lowest == self.highest:
            return f"{self.median:.2f}"
        return f"{self.median:.2f} ({self.lowest:.2f} to {self.highest:.2f})"


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure. `before`, `after`: what `value` compares, where it is a ratio. A target is a limit or a least."""

    section: str
    name: str
    value: Spread
    before: str = ""
    after: str = ""
    at_most: float | None = None
    at_least: float | None = None

    @property
    def target(self) -> str:
        if self.at_most is not None:
            return f"≤ {self.at_most:g}"
        return f"≥ {self.at_least:g}" if self.at_least is not None else ""

    @property
    def verdict(self) -> str:
        """`ok` or `missed`; empty without a target."""
        if not self.target:
            return ""
        too_much = self.at_most is not None and self.value.median > self.at_most
        too_little = self.at_least is not None and self.value.median < self.at_least
        return "missed" if too_much or too_little else "ok"


def ratios(numerators: Sequence[float], denominators: Sequence[float]) -> Spread:
    """Divide round by round, so that what slows the machine for a while slows both."""
    return Spread.of([above / below for above, below in zip(numerators, denominators, strict=True)])


def milliseconds(seconds: Sequence[float]) -> str:
    return f"{median(seconds) * 1000:.3g} ms"


def seconds(values: Sequence[float]) -> str:
    return f"{median(values):.3g} s"


def show(figures: Sequence[Figure], console: Console) -> None:
    """Print a table of the figures, by section."""
    caption = "median of this run's rounds (lowest to highest)"
    table = Table(box=None, padding=(0, 1, 0, 0), caption=caption, caption_justify="left")
    for heading in ("", "usual", "ours", "figure", "target"):
        table.add_column(heading, no_wrap=True)
    for section, members in groupby(figures, key=lambda figure: figure.section):
        table.add_row(f"\n[bold]{section}[/]")
        for figure in members:
            table.add_row(figure.name, figure.before, figure.after, str(figure.value), _judged(figure))
    console.print(table)


def _judged(figure: Figure) -> str:
    colour = "red" if figure.verdict == "missed" else "green"
    return f"{figure.target} [{colour}]{figure.verdict}[/]" if figure.target else ""


def as_json(figures: Sequence[Figure]) -> list[dict[str, Any]]:
    return [asdict(figure) | {"verdict": figure.verdict} for figure in figures]
