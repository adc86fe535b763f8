"""How long a workflow takes on AWS, by medians of its hops: from the command to the publication of its last event."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ensemble.meter.assumed import (
    EVENTBRIDGE_MILLISECONDS,
    QUEUE_MILLISECONDS,
    STREAM_MILLISECONDS,
    code_milliseconds,
)
from ensemble.meter.recording import Call, Invocation, Recorded
from ensemble.meter.stage import Stage


@dataclass(frozen=True, slots=True)
class Step:
    """From an event on the bus to the next one: milliseconds of its parts. `window`: the most that a batch waits."""

    service: str
    event: str
    publishes: str
    window: float
    function: float
    stream: float

    @property
    def milliseconds(self) -> float:
        """All parts."""
        return EVENTBRIDGE_MILLISECONDS + QUEUE_MILLISECONDS + self.window + self.function + self.stream


def way(recorded: Recorded, stage: Stage, ends: tuple[str, ...]) -> list[Step]:
    """Return the steps from the first event to the last one of these types (all, where none is given), by the causes.

    PutEvents and a write before a stream are not counted as waits: the medians begin before these calls.
    """
    events = {str(event["detail"].get("event_id") or event["id"]): event for event in recorded.events}
    last = next((id for id in reversed(events) if not ends or events[id]["detail-type"] in ends), None)
    steps: list[Step] = []
    while last is not None and (cause := _cause(events, last)) is not None:
        steps.append(_step(recorded, stage, events, cause, last))
        last = cause
    return steps[::-1]


def _cause(events: Mapping[str, Mapping[str, Any]], id: str) -> str | None:
    """Return the id of the event that an event follows from.

    A command's own id is made where it comes in, so that what names none of these follows from the first one.
    """
    first = next(iter(events))
    cause = events[id]["detail"].get("causation_id")
    return cause if cause in events else first if id != first else None


def _step(recorded: Recorded, stage: Stage, events: Mapping[str, Mapping[str, Any]], cause: str, next_: str) -> Step:
    publisher = events[next_]["source"]
    handled = [one for one in recorded.invocations if cause in one.events and _service(one, stage) == publisher]
    consumer = next((one for one in handled if _publishes(one, next_)), handled[0])
    itself = _publishes(consumer, next_)
    windows = [one.window for one in stage.mappings if one.source == consumer.source]
    return Step(
        service=publisher,
        event=events[cause]["detail-type"],
        publishes=events[next_]["detail-type"],
        window=1000 * max(windows, default=0.0),
        function=sum(call.milliseconds for call in _before(consumer, next_ if itself else None))
        + code_milliseconds(stage.functions[consumer.function].memory),
        stream=0.0 if itself else STREAM_MILLISECONDS,
    )


def _before(invocation: Invocation, event: str | None) -> Iterator[Call]:
    """Yield the calls before the one that publishes the event; before the last one, where none does."""
    for number, call in enumerate(invocation.calls, start=1):
        if event in call.published or (event is None and number == len(invocation.calls)):
            return
        yield call


def _publishes(invocation: Invocation, event: str) -> bool:
    return any(event in call.published for call in invocation.calls)


def _service(invocation: Invocation, stage: Stage) -> str:
    return stage.functions[invocation.function].service
