"""The metrics in the log lines of functions (Amazon CloudWatch User Guide, "Specification: Embedded metric format")."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from ensemble.laptop.cloudwatch.metrics import Metric

MARK = '"_aws"'
"""What a line with metrics has in it."""


def embedded(line: str) -> Iterator[tuple[Metric, float, float]]:
    """Yield each value of each metric in a line, with the instant that the line has (seconds since 1970); nothing for a
    line that is not of the format, as CloudWatch does."""
    if MARK not in line:
        return
    try:
        yield from list(_values(json.loads(line)))
    except (ValueError, TypeError, LookupError, AttributeError):
        return


def _values(members: dict[str, Any]) -> Iterator[tuple[Metric, float, float]]:
    at = float(members["_aws"]["Timestamp"]) / 1_000
    for directive in members["_aws"]["CloudWatchMetrics"]:
        for names in directive["Dimensions"]:
            dimensions = {name: str(members[name]) for name in names}
            for definition in directive["Metrics"]:
                found = members[definition["Name"]]
                for value in found if isinstance(found, list) else [found]:
                    yield Metric.of(directive["Namespace"], definition["Name"], dimensions), float(value), at
