"""Reads in the functions' logs what they met: no queue and no event shows it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import takewhile
from pathlib import Path
from traceback import TracebackException
from typing import Any

from ensemble.command_line.run.faults import Fault, message_of, places_of
from ensemble.command_line.run.observing import doors_of_laptop
from ensemble.laptop import Laptop
from ensemble.laptop.functions import Function
from ensemble.laptop.invoker import Failure
from ensemble.laptop.output import Line
from functions.kit.envelope import identity_in
from functions.kit.model import Doors

DEAD_LETTERED = "dead-lettered"
HAPPENED = {"EventPostponed": "postponed", "EventDeadLettered": DEAD_LETTERED}
"""The messages of a consumer's log lines about an event that failed, whose `reason` says why."""

PLACES = "code"
"""The field with the places that a fault came through. Without it the reason says all: the kit raised it, as NotYet."""


class NewLines:
    """Knows which of a function's lines it has given already."""

    def __init__(self) -> None:
        self._last: dict[str, str | None] = {}

    def of(self, function: Function) -> list[str]:
        """Return the lines after the last one seen; only the last lines of a function are kept, so it may be gone."""
        seen = self._last.get(function.name)
        new = list(takewhile(lambda line: line is not seen, reversed(function.output)))
        # Python keeps but one of each text of one character or none, so such a line is not known by its identity.
        self._last[function.name] = next((line for line in new if len(line) > 1), seen)
        return new[::-1]


class FaultLog:
    """Looks at what each function printed, and at the invocations that failed, since the last look."""

    def __init__(self, laptop: Laptop) -> None:
        self._laptop = laptop
        self._lines = NewLines()
        self._last_failure: Failure | None = None
        self.new()

    def new(self) -> list[Fault]:
        """Return each fault met since the last look, function by function, the oldest first."""
        logged = [
            fault
            for function in self._laptop.functions.values()
            for line in self._lines.of(function)
            if (fault := _logged(line, function, self._roots(function))) is not None
        ]
        return [*logged, *(self._failed(failure) for failure in self._new_failures())]

    def _new_failures(self) -> list[Failure]:
        failures = self._laptop.failures
        new = list(takewhile(lambda failure: failure is not self._last_failure, reversed(failures)))
        self._last_failure = failures[-1] if failures else None
        return new[::-1]

    def _failed(self, failure: Failure) -> Fault:
        """Return an invocation that failed as a whole."""
        error = TracebackException.from_exception(failure.error)
        places = places_of(error, *self._roots(self._laptop.function(failure.function)))
        return Fault(
            failure.function,
            "failed on",
            message_of(error),
            places,
            **_event_of(failure.event, doors_of_laptop(self._laptop)),
        )

    def _roots(self, function: Function) -> tuple[Path, ...]:
        return function.bundle.directory, self._laptop.project


def _event_of(event: Any, doors: Doors) -> dict[str, Any]:
    """Return which event an invocation was about: the first of its batch that is one."""
    records = event.get("Records", []) if isinstance(event, Mapping) else []
    found = next(filter(None, (identity_in(record["body"], doors) for record in records if "body" in record)), {})
    return _named(found)


def _named(fields: Mapping[str, Any]) -> dict[str, Any]:
    names = {"type": "type", "event_id": "event_id", "workflow": "correlation_id"}
    return {name: str(fields[field]) for name, field in names.items() if field in fields}


def _logged(line: str, function: Function, roots: tuple[Path, ...]) -> Fault | None:
    """Return the fault that a log line is about; None for any other line."""
    entry = next(_entries(line), None)
    if entry is None:
        return None
    error = line.error if isinstance(line, Line) and PLACES in entry else None
    return Fault(
        function.name,
        HAPPENED[entry["message"]],
        " ".join(str(entry.get("reason")).split()) if error is None else message_of(error),
        () if error is None else places_of(error, *roots),
        service=str(entry.get("service", "")),
        attempt=int(entry.get("attempt", 0)),
        **_named(entry),
    )


def _entries(line: str) -> Iterator[dict[str, Any]]:
    """Yield the entry of a log line that is about an event that failed."""
    if not any(message in line for message in HAPPENED):
        return
    try:
        entry = json.loads(line)
    except ValueError:
        return
    if isinstance(entry, dict) and isinstance(entry.get("message"), str) and entry["message"] in HAPPENED:
        yield entry
