"""Powertools' logger, tracer and metrics, set up in one place, and what is told of an event in its trace."""

from __future__ import annotations

import os
import traceback
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, cast

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit
from botocore.exceptions import ClientError

from functions.kit.errors import EnsembleError
from functions.kit.segments import Segment, Segments
from functions.kit.traces import trace_of

LONGEST_REASON = 500
"""Characters of a fault's description."""

MOST_PLACES = 20
"""How many of the places that a fault came through are logged."""

# Where in our code a line is written says its message; what a fault came through, its `code`.
# A trace is found by its annotation correlation_id, so its own id would be bytes of each line for nothing. Lambda reads
# the level only of a line with a time as RFC 3339 has it (AWS Lambda Developer Guide, "Log-level filtering").
logger = Logger(location=None, xray_trace_id=None, use_rfc3339=True)
segments = Segments(os.environ)
# Patching every botocore call costs a third of its CPU; the way of an event is traced by its header instead. With a
# provider given, and unless it looks itself for whether to trace, Tracer imports no X-Ray SDK.
tracer = Tracer(auto_patch=False, disabled=False, provider=cast("Any", segments))
metrics = Metrics()


def segment_of(detail: Mapping[str, Any], record: Mapping[str, Any]) -> Segment | None:
    """Return the segment of what is done with an event that this record brought; None where nothing is recorded."""
    may_begin = detail.get("hops") == 0 and segments.begins
    trace = trace_of(detail, record["attributes"].get("AWSTraceHeader", ""), may_begin=may_begin)
    return None if trace is None else segments.begin(trace, str(detail.get("event_id")))


def traced(type: str, segment: Segment | None) -> AbstractContextManager[None]:
    """Trace how an event of this type is decided."""
    return nullcontext() if segment is None else _step(type, segment)


@contextmanager
def _step(type: str, segment: Segment) -> Iterator[None]:
    with segments.within(segment), segments.in_subsegment(name=f"## {type}"):
        yield


def count(name: str, amount: int = 1) -> None:
    """Add to a metric of the service."""
    metrics.add_metric(name=name, unit=MetricUnit.Count, value=amount)


def flush() -> None:
    """Write the metrics of an invocation, if there are any: most have none."""
    if metrics.metric_set:
        metrics.flush_metrics()


def described(fault: BaseException) -> str:
    """Return what may be logged of a fault: its kind, and a text only where the text is ours or AWS's code.

    Other messages can hold a value of the event, and so a sensitive one.
    """
    kind = type(fault).__name__
    if isinstance(fault, EnsembleError):
        return f"{kind}: {fault}"[:LONGEST_REASON]
    if isinstance(fault, ClientError):
        return f"ClientError: {fault.operation_name} {fault.response['Error']['Code']}"
    return kind


def where(fault: BaseException) -> list[str]:
    """Return the places a fault came through, outermost first and the innermost alone if they are many."""
    frames = list(traceback.walk_tb(fault.__traceback__))  # the lines' text is not read: it is in the bundle
    return [f"{frame.f_code.co_filename}:{line} {frame.f_code.co_name}" for frame, line in frames[-MOST_PLACES:]]
