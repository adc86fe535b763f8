"""Finds the log lines of workflows and rows in CloudWatch Logs, and reads nothing else.

Lines are found by what the kit writes in each (docs/observability.md): the workflow, and the row where that is known.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from functions.kit.envelope import is_plain

LONGEST_PATTERN = 1_024
"""Characters of a filter pattern (Amazon CloudWatch Logs API Reference, FilterLogEvents)."""


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line of a log group. `at`: when it was printed, in seconds since 1970. `fields`: all that it says."""

    at: float
    log_group: str
    fields: Mapping[str, Any]

    @property
    def order(self) -> tuple[float, str]:
        """What sorts lines: their time, and where that is the same the time that they say themselves."""
        return self.at, str(self.fields.get("timestamp", ""))


def found_lines(
    logs: Any, groups: Sequence[str], workflows: Iterable[str], rows: Iterable[str], start: float, end: float
) -> list[LogLine]:
    """Return the lines of these workflows and about these rows (such as `order_id#o-1`), in the order of time.

    `logs`: botocore's client. `start`, `end`: seconds since 1970, and both within. Raises what botocore raises.
    """
    found: dict[tuple[str, str], LogLine] = {}
    for pattern in patterns(workflows, rows):
        for group in groups:
            pages = logs.get_paginator("filter_log_events").paginate(
                logGroupName=group, filterPattern=pattern, startTime=int(1_000 * start), endTime=int(1_000 * end)
            )
            for event in (event for page in pages for event in page["events"]):
                line = LogLine(event["timestamp"] / 1_000, group, json.loads(event["message"]))
                found[group, event["eventId"]] = line
    return sorted(found.values(), key=lambda line: line.order)


def patterns(workflows: Iterable[str], rows: Iterable[str]) -> Iterator[str]:
    """Yield filter patterns that find the lines, as few as can be. An id that is none is in no line."""
    terms = [f'$.correlation_id = "{one}"' for one in dict.fromkeys(workflows) if is_plain(one)]
    terms += [f'$.row_key = "{one}"' for one in dict.fromkeys(rows) if is_plain(one.partition("#")[2])]
    chosen: list[str] = []
    for term in terms:
        if chosen and len(_pattern([*chosen, term])) > LONGEST_PATTERN:
            yield _pattern(chosen)
            chosen = []
        chosen.append(term)
    if chosen:
        yield _pattern(chosen)


def _pattern(terms: Iterable[str]) -> str:
    return f"{{ {' || '.join(terms)} }}"
