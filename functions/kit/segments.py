"""What X-Ray is told: a segment for what a service did with an event, in the trace of its workflow.

`Segments` is the provider of Powertools' Tracer, in the place of the X-Ray SDK, and the one part that knows X-Ray's
documents and its daemon (decision 0069). Where nothing is recorded, nothing is made and nothing sent.
"""

from __future__ import annotations

import json
import os
import re
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from aws_lambda_powertools.shared.functions import resolve_truthy_env_var_choice

from functions.kit import clock
from functions.kit.traces import Trace, part_id, segment_id, trace_of_header

DAEMON_HEADER = b'{"format":"json","version":1}\n'
"""What comes before each document (AWS X-Ray Developer Guide, "Sending segment documents to the X-Ray daemon")."""

LARGEST_DOCUMENT = 64_000
"""Bytes of a document: X-Ray takes 64 kB (AWS X-Ray Developer Guide, "AWS X-Ray segment documents")."""

LONGEST_NAME, LONGEST_ANNOTATION, MOST_STEPS = 200, 500, 100
"""Characters of a name (the same page), and what is kept of an annotation's text and of the steps inside a segment."""

_NOT_IN_NAMES = re.compile(r"[^\w\s.:/%&#=+\-@]")
_NOT_IN_KEYS = re.compile(r"[^A-Za-z0-9_]")


@dataclass(slots=True)
class Segment:
    """A piece of work, with what is to be told of it and the steps inside it; times in seconds since 1970.

    `header`: the tracing header for what comes after it. `fault`: the class of what it met, or its description.
    """

    name: str
    id: str
    trace: Trace
    header: str = ""
    began: float = field(default_factory=lambda: clock.now())
    ended: float = 0.0
    annotations: dict[str, str | int | float | bool] = field(default_factory=dict)
    fault: str = ""
    steps: list[Segment] = field(default_factory=list)

    def put_annotation(self, key: str, value: str | float | bool) -> None:
        """Say something of it by which it can be searched."""
        self.annotations[_NOT_IN_KEYS.sub("_", key)] = value[:LONGEST_ANNOTATION] if isinstance(value, str) else value

    def put_metadata(self, key: str, value: Any, namespace: str = "default") -> None:
        """Nothing is kept of it: Powertools would have us send what functions return and raise, whatever it holds."""

    def document(self) -> dict[str, Any]:
        """Return it as X-Ray's documents have it, without its place in the trace."""
        name = _NOT_IN_NAMES.sub("_", self.name)[:LONGEST_NAME] or "_"
        said: dict[str, Any] = {"name": name, "id": self.id, "start_time": self.began, "end_time": self.ended}
        if self.annotations:
            said["annotations"] = self.annotations
        if self.fault:
            exception = {"id": part_id(self.id, "fault"), "message": self.fault, "type": self.fault.partition(":")[0]}
            said |= {"fault": True, "cause": {"exceptions": [exception]}}
        if self.steps:
            said["subsegments"] = [step.document() for step in self.steps[:MOST_STEPS]]
        return said


class _Unrecorded:
    """Takes what would be said of a step where nothing is recorded."""

    def put_annotation(self, key: str, value: str | float | bool) -> None:
        """Nothing is kept."""

    def put_metadata(self, key: str, value: Any, namespace: str = "default") -> None:
        """Nothing is kept."""


UNRECORDED = _Unrecorded()


class Segments:
    """Makes segments and sends them to the daemon at `AWS_XRAY_DAEMON_ADDRESS`, which Lambda runs beside a function
    (AWS Lambda Developer Guide, "Visualize Lambda function invocations using AWS X-Ray").

    Records nothing where there is no daemon, or `POWERTOOLS_TRACE_DISABLED` says so, as it does in a stage that passes
    traces through: there a trace goes on as it came.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        is_off = resolve_truthy_env_var_choice(environment.get("POWERTOOLS_TRACE_DISABLED", "false"))
        host, _, port = environment.get("AWS_XRAY_DAEMON_ADDRESS", "").rpartition(":")
        self._daemon = (host, int(port)) if host and not is_off else None
        self._service = environment.get("POWERTOOLS_SERVICE_NAME", "")
        self._open: list[Segment] = []

    @property
    def begins(self) -> bool:
        """Whether what nothing has caused begins a trace in the invocation under way, since that one is recorded."""
        return self._invocation() is not None

    def begin(self, trace: Trace, event_id: str) -> Segment:
        """Return the segment of what the service does with an event of this trace."""
        id = segment_id(self._service, event_id)
        after = trace if self._daemon is None else Trace(trace.id, id)
        return Segment(self._service, id, trace, after.header)

    @contextmanager
    def within(self, segment: Segment) -> Iterator[None]:
        """Let the steps of this block be inside a segment."""
        self._open.append(segment)
        try:
            yield
        finally:
            self._open.pop()

    @contextmanager
    def in_subsegment(self, name: str) -> Iterator[Segment | _Unrecorded]:
        """Record a step, as Powertools' Tracer asks for it: inside what is under way, or else inside the invocation."""
        above = self._open[-1] if self._open else self._invocation()
        if above is None or self._daemon is None:
            yield UNRECORDED
            return
        step = Segment(name, part_id(above.id, f"{len(above.steps)}/{name}"), above.trace)
        try:
            with self.within(step):
                yield step
        except Exception as fault:
            step.fault = type(fault).__name__
            raise
        finally:
            step.ended = clock.now()
            above.steps.append(step)
            if not self._open:
                self._send(step, {"type": "subsegment", "trace_id": above.trace.root, "parent_id": above.id})

    def put_annotation(self, key: str, value: str | float | bool) -> None:
        """Say something of the step under way, if one is recorded."""
        if self._open:
            self._open[-1].put_annotation(key, value)

    def end(self, segment: Segment) -> None:
        """Tell X-Ray of a segment."""
        segment.ended = clock.now()
        parent = {"parent_id": segment.trace.parent} if segment.trace.parent else {}
        self._send(segment, {"trace_id": segment.trace.root, **parent})

    def _invocation(self) -> Segment | None:
        """Return the segment that Lambda itself makes of the invocation, if it is recorded."""
        trace = None if self._daemon is None else trace_of_header(os.environ.get("_X_AMZN_TRACE_ID", ""))
        return Segment("", trace.parent, trace) if trace and trace.parent else None

    def _send(self, segment: Segment, place: dict[str, str]) -> None:
        if self._daemon is None:
            return
        document = segment.document() | place
        if len(sent := json.dumps(document).encode()) > LARGEST_DOCUMENT:
            sent = json.dumps({name: document[name] for name in document if name != "subsegments"}).encode()
        try:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as daemon:
                daemon.setblocking(False)
                daemon.sendto(DAEMON_HEADER + sent, self._daemon)
        except OSError:  # a segment is lost, and no event
            return
