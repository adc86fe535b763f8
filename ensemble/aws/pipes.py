"""EventBridge Pipes: what a pipe sends of a record, pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ensemble.aws.entries import Entry
from ensemble.aws.input_templates import compact, places_in, rendered
from ensemble.aws.mappings import Reading, reading
from ensemble.aws.paths import MISSING, at, steps_of

Record = Mapping[str, Any]

LARGEST_BATCH = 10
"""To a bus or a queue (Amazon EventBridge User Guide, "Amazon EventBridge Pipes batching and concurrency")."""

EVENT_JSON, INGESTION_TIME = "aws.pipes.event.json", "aws.pipes.event.ingestion-time"


@dataclass(frozen=True, slots=True)
class PipeTarget:
    """What a pipe sends, and where. `known`: the pipe's own variables; `parameters`: those of the target's kind."""

    arn: str
    template: str | None
    parameters: Mapping[str, Any]
    known: Mapping[str, str]

    def payload(self, record: Record, now: str) -> str:
        """Return what the target gets of a record that comes `now` (RFC 3339).

        Source: Amazon EventBridge User Guide, "Amazon EventBridge Pipes input transformation".
        """
        if self.template is None:
            return compact(record)
        opened, own = _opened(record), {**self.known, INGESTION_TIME: now}
        return rendered(self.template, lambda name: self._value(name, record, opened, own))

    def parameter(self, name: str, record: Record) -> Any:
        """Return a parameter of the target, which may be the path of a text in the record."""
        return self._filled(self.parameters.get(name), _opened(record))

    def entry(self, record: Record, now: str, bus: str) -> Entry:
        """Return the PutEvents entry of a record; source and type are Pipes' own where the pipe does not say them."""
        source, detail_type = self.parameter("Source", record), self.parameter("DetailType", record)
        time, resources = self.parameter("Time", record), self.parameters.get("Resources") or []
        return {
            "EventBusName": bus,
            "Source": source or f"Pipe {self.known['aws.pipes.pipe-name']}",
            "DetailType": detail_type or f"Event from {record.get('eventSource', 'aws')}",
            "Detail": self.payload(record, now),
            "Resources": [self._filled(one, _opened(record)) for one in resources],
            **({"Time": time} if time else {}),
        }

    def unknown_places(self) -> Iterator[str]:
        """Yield what the template asks for that no pipe knows."""
        for name in places_in(self.template or ""):
            if name not in (*self.known, EVENT_JSON, INGESTION_TIME) and steps_of(name) is None:
                yield name

    def _value(self, name: str, record: Record, opened: Record, known: Mapping[str, str]) -> Any:
        steps = steps_of(name)
        if steps is not None:
            return at(opened, steps)
        return record if name == EVENT_JSON else known[name]

    def _filled(self, value: Any, opened: Record) -> Any:
        steps = steps_of(value) if isinstance(value, str) else None
        if steps is None:
            return value
        found = at(opened, steps)
        return None if found is MISSING else found


def _opened(record: Record) -> Record:
    """Return a record whose body, if it is JSON, is what that says (the same guide, "Implicit body data parsing")."""
    try:
        return {**record, "body": json.loads(record["body"])}
    except (KeyError, TypeError, ValueError):
        return record


def reading_of(properties: Mapping[str, Any]) -> Reading:
    """Return how a pipe with these properties reads its source (Amazon EventBridge Pipes API Reference, CreatePipe)."""
    given = properties.get("SourceParameters", {})
    how = given.get("DynamoDBStreamParameters") or given.get("SqsQueueParameters") or {}
    like_a_mapping = reading({"BatchSize": LARGEST_BATCH, **how})
    return replace(
        like_a_mapping,
        is_enabled=properties.get("DesiredState", "RUNNING") == "RUNNING",
        reports_failures=True,
        bisects=how.get("OnPartialBatchItemFailure") == "AUTOMATIC_BISECT",
    )
