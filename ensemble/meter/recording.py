"""Records what functions do on the laptop AWS: their invocations with the requests of each, their logs, the events."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ensemble.laptop import Laptop
from ensemble.laptop.answers import Answer
from ensemble.meter.requests import Request
from ensemble.meter.stage import Stage
from ensemble.meter.units import Units


@dataclass(slots=True)
class Call:
    """A request of a function: how long it is assumed to take, its units, and the ids of events that it publishes."""

    operation: str
    milliseconds: float
    units: Units
    published: tuple[str, ...] = ()


@dataclass(slots=True)
class Invocation:
    """An invocation: of which function, by a queue or a table of this name (None: by a schedule), with what.

    `delivered`: how many bodies a rule has sent to the queue. `events`: the ids of the events in its records.
    """

    function: str
    source: str | None
    records: int
    delivered: int
    events: frozenset[str]
    calls: list[Call] = field(default_factory=list)


@dataclass(slots=True)
class Recorded:
    """What was recorded. `lines`: what each function printed. `events`: on the bus, in their order."""

    invocations: list[Invocation] = field(default_factory=list)
    lines: dict[str, list[str]] = field(default_factory=dict)
    events: list[Mapping[str, Any]] = field(default_factory=list)

    @property
    def metrics(self) -> frozenset[str]:
        """The custom metrics of the functions' lines, by name and dimensions (CloudWatch embedded metric format)."""
        return frozenset(metric for lines in self.lines.values() for line in lines for metric in _metrics(line))


class Recorder:
    """Records a laptop from now on; `take` returns what came since it was called last."""

    def __init__(self, laptop: Laptop, stage: Stage) -> None:
        self._laptop, self._stage = laptop, stage
        self._recorded = Recorded()
        self._printed: Counter[str] = Counter()
        self._sent: set[str] = set()
        laptop.around_requests(self._answer)
        laptop.before_invoke(self._begin)
        laptop.on_event(lambda _, event: self._recorded.events.append(event))
        self.take()

    def take(self) -> Recorded:
        """Return what came since the last time."""
        taken, self._recorded = self._recorded, Recorded()
        for name, function in self._laptop.functions.items():
            taken.lines[name] = function.output[self._printed[name] :]
            self._printed[name] += len(taken.lines[name])
        return taken

    def _begin(self, function: str, event: Mapping[str, Any]) -> None:
        records = event.get("Records", [])
        source = _source(records[0]) if records else None
        bodies = {record["messageId"] for record in records if "messageId" in record}
        delivered, events = len(bodies - self._sent), frozenset(filter(None, map(_event_id, records)))
        self._recorded.invocations.append(Invocation(function, source, len(records), delivered, events))

    def _answer(self, headers: Mapping[str, str], body: bytes, answer: Callable[[], Answer]) -> Answer:
        request = Request(headers, body)
        answered, units = request.answered(answer, self._stage.tables, self._laptop.table_image)
        self._sent |= set(_sent(request, answered))
        call = Call(request.operation, request.milliseconds, units, tuple(_published(request)))
        if self._recorded.invocations:
            self._recorded.invocations[-1].calls.append(call)
        return answered


def _source(record: Mapping[str, Any]) -> str:
    """Return the name of the queue or of the table that a record is from."""
    arn = str(record["eventSourceARN"])
    return arn.partition("/")[2].partition("/")[0] if "/stream/" in arn else arn.rpartition(":")[2]


def _event_id(record: Mapping[str, Any]) -> str | None:
    """Return the id of the event in a record of a queue: of its envelope, or else EventBridge's."""
    if "body" not in record:
        return None
    event = json.loads(record["body"])
    return str(event["detail"].get("event_id") or event["id"])


def _published(request: Request) -> Iterator[str]:
    if request.operation == "PutEvents":
        for entry in request.parameters["Entries"]:
            yield str(json.loads(entry["Detail"]).get("event_id", ""))


def _sent(request: Request, answer: Answer) -> Iterable[str]:
    """Yield the ids of the messages that a function has sent to a queue itself."""
    if request.operation not in ("SendMessage", "SendMessageBatch") or answer.status != 200:
        return
    content = json.loads(answer.body)
    yield from (one["MessageId"] for one in content.get("Successful", [content]))


def _metrics(line: str) -> Iterator[str]:
    try:
        content = json.loads(line)
        declared = content["_aws"]["CloudWatchMetrics"]
    except (ValueError, TypeError, LookupError):
        return
    for one in declared:
        for names in one["Dimensions"]:
            dimensions = ",".join(f"{name}={content.get(name)}" for name in names)
            yield from (f"{one['Namespace']} {metric['Name']} {dimensions}" for metric in one["Metrics"])
