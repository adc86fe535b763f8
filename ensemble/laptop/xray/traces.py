"""The traces that X-Ray was told of: the documents of their segments, and what is said of a trace as a whole."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

MOST_TRACES = 1_000
"""How many traces are kept: the oldest goes."""

LARGEST_TRACE = 500_000
"""Bytes of the documents of one trace (AWS General Reference, "AWS X-Ray endpoints and quotas"): what comes more is
left out, and said."""

_ROOT, _ID = re.compile(r"1-[0-9a-f]{8}-[0-9a-f]{24}"), re.compile(r"[0-9a-f]{16}")


class DocumentRefused(Exception):
    """Raised when a document is none that X-Ray takes."""


@dataclass(eq=False)
class Trace:
    """A trace. `documents`: those of its segments, and of subsegments that were sent alone, by id."""

    id: str
    documents: dict[str, dict[str, Any]] = field(default_factory=dict)
    bytes: int = 0
    limit_exceeded: bool = False

    @property
    def start(self) -> float:
        """When its first segment began, in seconds since 1970."""
        return min(float(one["start_time"]) for one in self.documents.values())

    @property
    def duration(self) -> float:
        """Seconds from there to the end of what ended last."""
        return max(float(one.get("end_time", one["start_time"])) for one in self.documents.values()) - self.start

    @property
    def annotations(self) -> Iterator[tuple[str, Any, str]]:
        """Yield each annotation with its value and the name of the segment that it is in."""
        for document in self.documents.values():
            for part in _parts(document):
                for key, value in part.get("annotations", {}).items():
                    yield key, value, document["name"]

    def has(self, mark: str) -> bool:
        """Whether a segment is marked with `fault`, `error` or `throttle`."""
        return any(document.get(mark) is True for document in self.documents.values())


def _parts(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield document
    for inner in document.get("subsegments", []):
        yield from _parts(inner)


class Traces:
    """Keeps the last traces."""

    def __init__(self) -> None:
        self._traces: dict[str, Trace] = {}

    def put(self, text: str | bytes) -> None:
        """Keep the document of a segment; it takes the place of one with the same id. Raises DocumentRefused."""
        document = _checked(text)
        trace = self._traces.setdefault(document["trace_id"], Trace(document["trace_id"]))
        if trace.bytes + len(text) > LARGEST_TRACE:
            trace.limit_exceeded = True
            return
        trace.bytes += len(text)
        trace.documents[document["id"]] = document
        if len(self._traces) > MOST_TRACES:
            del self._traces[next(iter(self._traces))]

    def get(self, id: str) -> Trace | None:
        """Return a trace by its id."""
        return self._traces.get(id)

    def between(self, start: float, end: float) -> list[Trace]:
        """Return the traces that began in a time, the oldest first."""
        found = [trace for trace in self._traces.values() if start <= trace.start < end]
        return sorted(found, key=lambda trace: trace.start)


def _checked(text: str | bytes) -> dict[str, Any]:
    """Return a document (AWS X-Ray Developer Guide, "AWS X-Ray segment documents": required fields)."""
    try:
        document = json.loads(text)
        is_segment = (
            isinstance(document["name"], str)
            and _ID.fullmatch(document["id"])
            and _ROOT.fullmatch(document["trace_id"])
            and isinstance(document["start_time"], int | float)
            and ("end_time" in document or document["in_progress"] is True)
        )
    except (ValueError, TypeError, KeyError, RecursionError):
        is_segment = False
    if not is_segment:
        raise DocumentRefused("it lacks a name, an id, a trace_id, a start_time or an end_time as they must be")
    return dict(document)
