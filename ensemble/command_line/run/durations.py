"""Durations as they are typed: `90s`, `15m`, `2h`, `1d`, and several in a row: `1h30m`."""

from __future__ import annotations

import re

from ensemble.command_line.errors import UsageRefused

SECONDS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}

_DURATION = re.compile(r"(?:\d+[dhms])+")
_PART = re.compile(r"(\d+)([dhms])")


def seconds_of(duration: str) -> int:
    """Return the seconds. Raises UsageRefused for what is no duration, or none at all."""
    seconds = sum(int(number) * SECONDS[unit] for number, unit in _PART.findall(duration))
    if not _DURATION.fullmatch(duration) or not seconds:
        raise UsageRefused(f"{duration!r} is no duration: write 90s, 15m, 2h, 1d or 1h30m")
    return seconds
