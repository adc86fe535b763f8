"""The operations of X-Ray's API that the laptop answers."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from ensemble.aws.errors import AwsError
from ensemble.laptop.xray.traces import DocumentRefused, Trace, Traces

TRACES_OF_A_REQUEST = 5
"""The most ids of one request (AWS X-Ray API Reference, BatchGetTraces)."""

TRACES_OF_A_PAGE = 100

CLAUSE = re.compile(r'annotation(?:\.(\w+)|\[(\w+)\])\s*=\s*("(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?|true|false)')
MARKS = ("fault", "error", "throttle")
_AND = re.compile(r'\s+AND\s+(?=(?:[^"]*"[^"]*")*[^"]*$)')

Operation = Callable[[dict[str, Any]], dict[str, Any]]


class XRayApi:
    """Answers X-Ray requests, by operation name. Instants are seconds since 1970."""

    def __init__(self, traces: Traces, now: Callable[[], float]) -> None:
        self._traces, self._now = traces, now
        self.operations: dict[str, Operation] = {
            "BatchGetTraces": self._batch_get_traces,
            "GetTraceSummaries": self._get_trace_summaries,
            "PutTraceSegments": self._put_trace_segments,
        }

    def _batch_get_traces(self, request: dict[str, Any]) -> dict[str, Any]:
        ids = request["TraceIds"]
        if len(ids) > TRACES_OF_A_REQUEST:
            raise AwsError("InvalidRequestException", f"{len(ids)} traces are asked for, of {TRACES_OF_A_REQUEST}")
        found = {id: self._traces.get(id) for id in ids}
        return {
            "Traces": [_whole(trace) for trace in found.values() if trace is not None],
            "UnprocessedTraceIds": [id for id, trace in found.items() if trace is None],
        }

    def _get_trace_summaries(self, request: dict[str, Any]) -> dict[str, Any]:
        start, end = _instant(request["StartTime"]), _instant(request["EndTime"])
        passes = _filter(request.get("FilterExpression") or "")
        found = [trace for trace in self._traces.between(start, end) if passes(trace)]
        token = request.get("NextToken") or "0"
        if not token.isdecimal():
            raise AwsError("InvalidRequestException", f"{token!r} is no token of the laptop AWS")
        first = int(token)
        last = first + TRACES_OF_A_PAGE
        more = {"NextToken": str(last)} if last < len(found) else {}
        return {
            "TraceSummaries": [_summary(trace) for trace in found[first:last]],
            "ApproximateTime": self._now(),
            "TracesProcessedCount": len(found),
            **more,
        }

    def _put_trace_segments(self, request: dict[str, Any]) -> dict[str, Any]:
        refused = []
        for text in request["TraceSegmentDocuments"]:
            try:
                self._traces.put(text)
            except DocumentRefused as why:
                refused.append({"ErrorCode": "InvalidDocument", "Message": str(why)})
        return {"UnprocessedTraceSegments": refused}


def _whole(trace: Trace) -> dict[str, Any]:
    segments = [{"Id": id, "Document": json.dumps(document)} for id, document in trace.documents.items()]
    return {
        "Id": trace.id,
        "Duration": trace.duration,
        "LimitExceeded": trace.limit_exceeded,
        "Segments": segments,
    }


def _summary(trace: Trace) -> dict[str, Any]:
    annotations: dict[str, list[dict[str, Any]]] = {}
    for key, value, service in trace.annotations:
        annotations.setdefault(key, []).append({"AnnotationValue": _value(value), "ServiceIds": [_service(service)]})
    names = dict.fromkeys(document["name"] for document in trace.documents.values())
    return {
        "Id": trace.id,
        "StartTime": trace.start,
        "Duration": trace.duration,
        "ResponseTime": trace.duration,
        "HasFault": trace.has("fault"),
        "HasError": trace.has("error"),
        "HasThrottle": trace.has("throttle"),
        "IsPartial": False,
        "Annotations": annotations,
        "ServiceIds": [_service(name) for name in names],
    }


def _service(name: str) -> dict[str, Any]:
    return {"Name": name, "Names": [name]}


def _value(value: Any) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"BooleanValue": value}
    return {"StringValue": value} if isinstance(value, str) else {"NumberValue": value}


def _filter(expression: str) -> Callable[[Trace], bool]:
    """Return what a filter expression says of a trace: annotations that are equal, and marks, joined by AND (AWS X-Ray
    Developer Guide, "Using filter expressions"). Raises AwsError for any other."""
    clauses = [_clause(text) for text in _AND.split(expression.strip())] if expression.strip() else []
    return lambda trace: all(holds(trace) for holds in clauses)


def _clause(text: str) -> Callable[[Trace], bool]:
    if text in MARKS:
        return lambda trace: trace.has(text)
    found = CLAUSE.fullmatch(text)
    if found is None:
        raise AwsError(
            "InvalidRequestException",
            f'{text!r} is not answered by the laptop AWS: it knows annotation.KEY = "VALUE", {", ".join(MARKS)}, AND',
        )
    key, value = found[1] or found[2], json.loads(found[3])
    return lambda trace: any(name == key and said == value for name, said, _ in trace.annotations)


def _instant(value: Any) -> float:
    """Return an instant of a request: a number, or a text as RFC 3339 has it."""
    return datetime.fromisoformat(value).timestamp() if isinstance(value, str) else float(value)
