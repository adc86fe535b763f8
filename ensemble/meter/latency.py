"""How long a workflow takes on AWS, by medians of its hops: from the command to the publication of its last event."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ensemble.meter.assumed import (
    EVENTBRIDGE_MILLISECONDS,
    QUEUE_MILLISECONDS,
    STREAM_MILLISECONDS,
    code_milliseconds,
)
from ensemble.meter.recording import Call, Invocation, Recorded
from ensemble.meter.stage import Mapping, Stage


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


class Course:
    """When, by medians, each event of a recorded workflow is on the bus, counted from its first one."""

    def __init__(self, recorded: Recorded, stage: Stage) -> None:
        self._recorded, self._stage = recorded, stage
        self._events = {str(event["detail"].get("event_id") or event["id"]): event for event in recorded.events}

    def way(self, ends: tuple[str, ...]) -> list[Step]:
        """Return the steps from the first event to the last one of these types (of all, where none is given)."""
        for id in reversed(self._events):
            if not ends or self._events[id]["detail-type"] in ends:
                return self._way_to(id)
        return []

    def together(self, mapping: Mapping) -> float:
        """Return how many messages of one workflow come to a mapping within its window, in the mean of the windows."""
        heard = [id for one in self._recorded.invocations if one.source == mapping.source for id in one.events]
        windows: list[float] = []
        for instant in sorted(self._milliseconds(id) for id in heard if id in self._events):
            if not windows or instant > windows[-1] + 1000 * mapping.window:
                windows.append(instant)
        return len(heard) / len(windows) if windows else 1.0

    def _milliseconds(self, id: str) -> float:
        return sum(step.milliseconds for step in self._way_to(id))

    def _way_to(self, id: str) -> list[Step]:
        steps: list[Step] = []
        while (cause := self._cause(id)) is not None and (step := self._step(cause, id)) is not None:
            steps.append(step)
            id = cause
        return steps[::-1]

    def _cause(self, id: str) -> str | None:
        """Return the id of the event that an event follows from.

        A command's own id is made where it comes in, so that what names none of these follows from the first one.
        """
        first = next(iter(self._events))
        cause = self._events[id]["detail"].get("causation_id")
        return cause if cause in self._events else first if id != first else None

    def _step(self, cause: str, id: str) -> Step | None:
        """Return the step from a cause to what follows; None where no consumer of its publisher has heard the cause.

        PutEvents and a write before a stream are not counted as waits: the medians begin before these calls.
        """
        publisher, stage = self._events[id]["source"], self._stage
        heard = [one for one in self._recorded.invocations if cause in one.events]
        of_publisher = [one for one in heard if stage.functions[one.function].service == publisher]
        if not of_publisher:
            return None
        consumer = next((one for one in of_publisher if _publishes(one, id)), of_publisher[0])
        itself = _publishes(consumer, id)
        windows = [one.window for one in stage.mappings if one.source == consumer.source]
        return Step(
            service=publisher,
            event=self._events[cause]["detail-type"],
            publishes=self._events[id]["detail-type"],
            window=1000 * max(windows, default=0.0),
            function=sum(call.milliseconds for call in _before(consumer, id if itself else None))
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
