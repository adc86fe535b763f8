"""Reads from X-Ray what was told it of a workflow: the segments of its traces."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from functions.kit.envelope import is_plain

MOST_SECONDS = 6 * 3_600.0
"""The longest stretch that one search takes (AWS X-Ray API Reference, GetTraceSummaries)."""

TRACES_AT_ONCE = 5
"""Of one BatchGetTraces (the same reference)."""


def segments_of(xray: Any, workflows: Iterable[str], start: float, end: float) -> list[dict[str, Any]]:
    """Return the segments of the traces of these workflows between two instants (seconds since 1970), in the order of
    time: `trace`, `id`, `parent`, `name`, `begin`, `end`, `fault` and `annotations`.

    `xray`: botocore's client. Raises what botocore raises.
    """
    last = min(end, start + MOST_SECONDS)
    ids = dict.fromkeys(id for one in workflows if is_plain(one) for id in _traces(xray, one, start, last))
    found = [segment for some in _by_five(list(ids)) for segment in _segments(xray, some)]
    return sorted(found, key=lambda one: (one["begin"], one["id"]))


def _traces(xray: Any, workflow: str, start: float, end: float) -> Iterator[str]:
    pages = xray.get_paginator("get_trace_summaries").paginate(
        StartTime=start, EndTime=end, FilterExpression=f'annotation.correlation_id = "{workflow}"'
    )
    return (one["Id"] for page in pages for one in page["TraceSummaries"])


def _by_five(ids: list[str]) -> Iterator[list[str]]:
    return (ids[first : first + TRACES_AT_ONCE] for first in range(0, len(ids), TRACES_AT_ONCE))


def _segments(xray: Any, ids: list[str]) -> Iterator[dict[str, Any]]:
    for trace in xray.batch_get_traces(TraceIds=ids)["Traces"]:
        for one in trace["Segments"]:
            document = json.loads(one["Document"])
            yield {
                "trace": trace["Id"],
                "id": document["id"],
                "parent": document.get("parent_id"),
                "name": document.get("name", ""),
                "begin": document["start_time"],
                "end": document.get("end_time"),
                "fault": bool(document.get("fault")),
                "annotations": document.get("annotations", {}),
            }
