"""Reads in the functions' logs which events they left for later and why: no queue and no event shows it."""

from __future__ import annotations

import json
from itertools import takewhile

from ensemble.laptop import Laptop

POSTPONED = "EventPostponed"
"""The message of a consumer's log line, whose `reason` says why."""


class Postponements:
    """Looks at what each function printed since the last look, at first since this was made."""

    def __init__(self, laptop: Laptop) -> None:
        self._laptop = laptop
        self._last_lines: dict[str, str | None] = {}
        self.new()

    def new(self) -> list[str]:
        """Return a text for each event postponed since the last look, function by function, the oldest first."""
        return [
            f"{name} postponed an event: {reason}"
            for name, function in self._laptop.functions.items()
            for line in self._new_lines(name, function.output)
            if (reason := _reason(line)) is not None
        ]

    def _new_lines(self, name: str, lines: list[str]) -> list[str]:
        """Return the lines after the last one seen; only the last lines of a function are kept, so it may be gone."""
        seen = self._last_lines.get(name)
        new = list(takewhile(lambda line: line is not seen, reversed(lines)))
        # Python keeps but one of each text of one character or none, so such a line is not known by its identity.
        self._last_lines[name] = next((line for line in new if len(line) > 1), seen)
        return new[::-1]


def _reason(line: str) -> str | None:
    """Return the reason in a log line that says that an event was postponed; None for any other line."""
    if POSTPONED not in line:
        return None
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    return str(entry.get("reason")) if isinstance(entry, dict) and entry.get("message") == POSTPONED else None
