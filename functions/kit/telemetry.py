"""Powertools' logger, tracer and metrics, set up in one place."""

from __future__ import annotations

import os
import traceback
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit
from botocore.exceptions import ClientError

from functions.kit.errors import EnsembleError

LONGEST_REASON = 500
"""Characters of a fault's description."""

MOST_PLACES = 20
"""How many of the places that a fault came through are logged."""

# Where in our code a line is written says its message; what a fault came through, its `code`.
# A trace is found by its annotation correlation_id, so its own id would be bytes of each line for nothing. Lambda reads
# the level only of a line with a time as RFC 3339 has it (AWS Lambda Developer Guide, "Log-level filtering").
logger = Logger(location=None, xray_trace_id=None, use_rfc3339=True)
# Patching every botocore call costs a third of its CPU; the way of an event is traced by its header instead.
tracer = Tracer(auto_patch=False)
metrics = Metrics()

MOST_AT_INSTANTS = 20_000
"""More than an invocation counts: two for each record of the largest batch (AWS Lambda API Reference,
CreateEventSourceMapping, BatchSize)."""

_at_instants: deque[tuple[str, float]] = deque(maxlen=MOST_AT_INSTANTS)


@contextmanager
def traced(detail: Mapping[str, Any]) -> Iterator[None]:
    """Trace what is done for an event. A fault leaves its description there, and not its message as X-Ray would."""
    fault = None
    with tracer.provider.in_subsegment(name=f"## {detail['type']}") as subsegment:
        subsegment.put_annotation("correlation_id", detail["correlation_id"])
        try:
            yield
        except Exception as caught:  # raised outside: the subsegment would record its message
            subsegment.put_annotation("fault", described(caught))
            fault = caught
    if fault is not None:
        raise fault


def trace_header() -> str:
    """Return the header of the trace under way, which events take along; nothing where it is not recorded.

    It would be 100 bytes of each row, and a row of more than a kilobyte costs twice.
    """
    header = os.environ.get("_X_AMZN_TRACE_ID", "")
    return header if "Sampled=1" in header else ""


def count(name: str, amount: int = 1) -> None:
    """Add to a metric of the service."""
    metrics.add_metric(name=name, unit=MetricUnit.Count, value=amount)


def count_at(name: str, instant: float) -> None:
    """Add to a metric of the service at another instant (seconds since 1970), which may be ahead."""
    _at_instants.append((name, instant))


def flush() -> None:
    """Write the metrics of an invocation, if there are any: most have none. What is of another instant is a line of its
    own, as all values of a line are of one (Amazon CloudWatch User Guide, "Specification: Embedded metric format")."""
    if metrics.metric_set:
        metrics.flush_metrics()
    while _at_instants:
        name, instant = _at_instants.popleft()
        alone = EphemeralMetrics(service=metrics.provider.service, namespace=metrics.provider.namespace)
        alone.add_metric(name=name, unit=MetricUnit.Count, value=1)
        alone.timestamp = round(1_000 * instant)  # its own method warns by the machine's clock
        alone.flush_metrics()


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
