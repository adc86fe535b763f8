"""Instants, lengths of time and numbers, in words."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime


def moment(instant: float, now: float) -> str:
    """Return an instant in UTC, with its day where that is another one, and how far it is from now."""
    at = datetime.fromtimestamp(instant, UTC)
    text = at.strftime("%H:%M:%SZ" if at.date() == datetime.fromtimestamp(now, UTC).date() else "%Y-%m-%dT%H:%M:%SZ")
    return f"{text} ({f'in {span(instant - now)}' if instant > now else f'{span(now - instant)} ago'})"


def span(seconds: float) -> str:
    """Return a length of time: in its largest unit, and the next one."""
    seconds = max(0.0, seconds)
    if seconds < 0.9995:
        return f"{seconds * 1_000:.0f} ms"
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    for unit, name, smaller, its_name in ((86_400, "d", 3_600, "h"), (3_600, "h", 60, "min"), (60, "min", 1, "s")):
        if whole >= unit:
            rest = whole % unit // smaller
            return f"{whole // unit} {name}" + (f" {rest} {its_name}" if rest else "")
    return f"{whole} s"


def counted(number: int, what: str) -> str:
    """Return a number of things."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def listed(names: Iterable[str], word: str = "and") -> str:
    """Return names as a sentence has them."""
    *others, last = names
    return f"{', '.join(others)} {word} {last}" if others else last
