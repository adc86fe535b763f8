"""Which trace an event is of: its envelope or its message says so, or it begins one; and what it causes takes it along.

A trace of X-Ray and one of W3C Trace Context is the same 32 digits, written in two ways (AWS X-Ray Developer Guide,
"Sending trace data to AWS X-Ray"). All ids are derived, so that each delivery of an event tells of the same segment.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from functions.kit.envelope import derived_id, traceparent_parts
from functions.kit.model import TRACEPARENT

_ROOT = re.compile(r"Root=1-([0-9a-f]{8})-([0-9a-f]{24})(?![0-9a-f])")
_PARENT = re.compile(r"Parent=([0-9a-f]{16})(?![0-9a-f])")
_SAMPLED = re.compile(r"Sampled=([01])")


class Trace(NamedTuple):
    """A trace that is recorded, and where in it something is.

    `id`: 32 hexadecimal digits. `parent`: the 16 of the segment that comes before; "" where the trace begins.
    """

    id: str
    parent: str = ""

    @property
    def root(self) -> str:
        """The id as X-Ray writes it."""
        return f"1-{self.id[:8]}-{self.id[8:]}"

    @property
    def header(self) -> str:
        """The tracing header of X-Ray (AWS X-Ray Developer Guide, "Tracing header")."""
        return f"Root={self.root};{f'Parent={self.parent};' if self.parent else ''}Sampled=1"

    @property
    def traceparent(self) -> str:
        """The header of W3C Trace Context, level 1; "" where there is no parent, which it cannot leave out."""
        return f"00-{self.id}-{self.parent}-01" if self.parent else ""


def trace_of_header(header: str) -> Trace | None:
    """Return the trace that a header of X-Ray names, if it is recorded."""
    root, parent, sampled = _ROOT.search(header), _PARENT.search(header), _SAMPLED.search(header)
    if root is None or sampled is None or sampled[1] == "0":
        return None
    return Trace(root[1] + root[2], parent[1] if parent else "")


def trace_of(detail: Mapping[str, Any], header: str, *, may_begin: bool) -> Trace | None:
    """Return the trace of an event; None where nothing of it is recorded.

    Whether it is recorded is decided once, where the workflow begins, so that no trace has holes: by its sender, in
    `traceparent` or in `header`, the one of its message; else by the invocation that handles it, if that is recorded
    and nothing has caused the event (`may_begin`). An archive keeps no header, and hence what is replayed has its
    `traceparent` alone (Amazon EventBridge User Guide, "Amazon EventBridge integration with AWS X-Ray").
    """
    parts = traceparent_parts(detail[TRACEPARENT]) if TRACEPARENT in detail else None
    if parts is not None:
        id, parent, flags = parts
        return Trace(id, parent) if int(flags, 16) & 1 else None
    if _SAMPLED.search(header):
        return trace_of_header(header)
    return _begun(detail) if may_begin else None


def _begun(detail: Mapping[str, Any]) -> Trace | None:
    """Return the trace that an event begins, the same one for all who hear it; None for what has no identity.

    It starts with a time, as X-Ray has it (AWS X-Ray Developer Guide, "Sending trace data to AWS X-Ray").
    """
    event_id = detail.get("event_id")
    try:
        seconds = int(datetime.fromisoformat(detail["timestamp"]).timestamp())
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    if not isinstance(event_id, str) or not 0 < seconds < 1 << 32:
        return None
    return Trace(f"{seconds:08x}{_digits('trace', event_id)[:24]}")


def segment_id(service: str, event_id: str) -> str:
    """Return the id of the segment in which a service decides on an event, and which what it publishes comes after."""
    return _digits("segment", service, event_id)[:16]


def part_id(segment: str, part: str) -> str:
    """Return the id of something in a segment, or beside it."""
    return _digits("part", segment, part)[:16]


def _digits(*parts: str) -> str:
    return derived_id(*parts).replace("-", "")
