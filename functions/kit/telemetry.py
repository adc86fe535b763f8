"""Powertools' logger, tracer and metrics, set up in one place, and what is told of an event in its trace."""

from __future__ import annotations

import json
import logging
import os
import traceback
from collections import Counter, defaultdict, deque
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, cast

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.logging.formatter import RESERVED_LOG_ATTRS, LambdaPowertoolsFormatter
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit
from botocore.exceptions import ClientError

from functions.kit.errors import EnsembleError
from functions.kit.segments import Segment, Segments
from functions.kit.traces import trace_of

LONGEST_REASON = 500
"""Characters of a fault's description."""

MOST_PLACES = 20
"""How many of the places that a fault came through are logged."""

OF_EVERY_RECORD = frozenset(RESERVED_LOG_ATTRS)
"""What `logging` itself says in a record, beside what a line is to say."""

# Made once: `json.dumps` with any option makes an encoder at each call.
_written = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=str).encode


class Lines(LambdaPowertoolsFormatter):
    """Powertools' formatter, which writes a line that has a name, as all of the kit's, in one go.

    It looks for JSON in no name, and for no fault where there is none; all else is Powertools' own.
    """

    def format(self, record: logging.LogRecord) -> str:
        name = record.msg
        if record.args or record.exc_info or not isinstance(name, str) or not name.isidentifier():
            return super().format(record)
        own = {"level": record.levelname, "message": name, "timestamp": self.formatTime(record)}
        more = {name: value for name, value in record.__dict__.items() if name not in OF_EVERY_RECORD}
        said = self.log_format | own | self.thread_safe_get_current_keys() | more
        return _written({name: value for name, value in said.items() if value is not None})


# Where in our code a line is written says its message; what a fault came through, its `code`.
# A trace is found by its annotation correlation_id, so its own id would be bytes of each line for nothing. Lambda reads
# the level only of a line with a time as RFC 3339 has it (AWS Lambda Developer Guide, "Log-level filtering").
logger = Logger(location=None, xray_trace_id=None, logger_formatter=Lines(use_rfc3339=True))
segments = Segments(os.environ)
# Patching every botocore call costs a third of its CPU; the way of an event is traced by its header instead. With a
# provider given, and unless it looks itself for whether to trace, Tracer imports no X-Ray SDK.
tracer = Tracer(auto_patch=False, disabled=False, provider=cast("Any", segments))
metrics = Metrics()

MOST_AT_INSTANTS = 20_000
"""More than an invocation counts: two for each record of the largest batch (AWS Lambda API Reference,
CreateEventSourceMapping, BatchSize)."""

_at_instants: deque[tuple[str, float]] = deque(maxlen=MOST_AT_INSTANTS)


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


def count_at(name: str, instant: float) -> None:
    """Add one to a metric of the service at another instant (seconds since 1970), which may be ahead."""
    _at_instants.append((name, instant))


def flush() -> None:
    """Write the metrics of an invocation, if there are any: most have none. What is of another minute is a line of its
    own, as all values of a line are of one instant (Amazon CloudWatch User Guide, "Specification: Embedded metric
    format")."""
    if metrics.metric_set:
        metrics.flush_metrics()
    for minute, counts in _by_minute().items():
        alone = EphemeralMetrics(service=metrics.provider.service, namespace=metrics.provider.namespace)
        for name, amount in counts.items():
            alone.add_metric(name=name, unit=MetricUnit.Count, value=amount)
        alone.timestamp = 60_000 * minute  # its own method warns by the machine's clock
        alone.flush_metrics()


def _by_minute() -> dict[int, Counter[str]]:
    """Take what was counted at other instants, by the minute, which is all that CloudWatch keeps of an instant (Amazon
    CloudWatch User Guide, "Metrics concepts", Resolution)."""
    minutes: dict[int, Counter[str]] = defaultdict(Counter)
    while _at_instants:
        name, instant = _at_instants.popleft()
        minutes[int(instant // 60)][name] += 1
    return minutes


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
