"""A fault as a developer wants to see it: what was raised, where in the project, on which event of which workflow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from traceback import FrameSummary, TracebackException

CODE, KIT = "functions/", "functions/kit/"
MAXIMUM_PLACES = 5
"""How many lines of the project are shown of a traceback: the innermost."""

MAXIMUM_CHARACTERS = 300
"""How much is shown of a message, which may hold a whole event."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What a function met with an event. `happened` is what it then did, such as "postponed".

    `places`: lines of the project that it came through, the outermost first, each with what stands there.
    `type`, `event_id`, `workflow`, `attempt` (which one at the event it was) are empty or 0 where they are not known.
    """

    function: str
    happened: str
    reason: str
    places: tuple[tuple[str, str], ...] = ()
    service: str = ""
    type: str = ""
    event_id: str = ""
    workflow: str = ""
    attempt: int = 0

    @property
    def key(self) -> tuple[object, ...]:
        """What is the same for each time that the same fault is met: messages differ by the event they are about."""
        reason = self.reason.partition(":")[0] if self.places else self.reason
        return self.function, self.happened, self.type, reason, self.places

    @property
    def head(self) -> str:
        """The fault in one line."""
        return f"{self.function} {self.happened} {self.type or 'an event'}: {self.reason}"

    @property
    def lines(self) -> tuple[str, ...]:
        """The fault in full: the line, the places, and which event it was."""
        return (self.head, *self._of_places(), *self._of_event())

    @property
    def text(self) -> str:
        """The same in one text."""
        return "\n".join(self.lines)

    def _of_places(self) -> Iterator[str]:
        for place, line in self.places:
            yield f"    {place}"
            if line:
                yield f"        {line}"

    def _of_event(self) -> Iterator[str]:
        named = (("event", self.event_id), ("workflow", self.workflow), ("service", self.service))
        known = [f"{name} {value}" for name, value in named if value]
        if self.event_id:
            yield "    " + ", ".join(known + ([f"try {self.attempt}"] if self.attempt else []))


class Tally:
    """Counts how often each fault was met. Of the faults, so many of the latest are known."""

    def __init__(self, maximum: int = 1_000) -> None:
        self._maximum = maximum
        self._times: Counter[tuple[object, ...]] = Counter()

    def add(self, fault: Fault) -> int:
        """Return how often the fault was met, this time included."""
        times = self._times.pop(fault.key, 0) + 1  # so that it is the last one
        self._times[fault.key] = times
        if len(self._times) > self._maximum:
            del self._times[next(iter(self._times))]
        return times


def texts_of(faults: Iterable[Fault]) -> list[str]:
    """Return each distinct fault in words, as it was met first, and how often it was met."""
    first: dict[tuple[object, ...], Fault] = {}
    times: Counter[tuple[object, ...]] = Counter()
    for fault in faults:
        first.setdefault(fault.key, fault)
        times[fault.key] += 1
    return [fault.text + (f"\n    {times[key]} times" if times[key] > 1 else "") for key, fault in first.items()]


def message_of(error: TracebackException) -> str:
    """Return what was raised and what it says, and what it was raised from, in one bounded line."""
    text = " ".join("".join(error.format_exception_only()).split())
    bounded = text if len(text) <= MAXIMUM_CHARACTERS else text[:MAXIMUM_CHARACTERS] + "..."
    kind, colon, rest = bounded.partition(":")
    cause = f" (from {message_of(error.__cause__)})" if error.__cause__ is not None else ""
    return kind.rpartition(".")[2] + colon + rest + cause


def places_of(error: TracebackException, *roots: Path) -> tuple[tuple[str, str], ...]:
    """Return the project's own lines of a traceback: those of services, or of the kit where there are none.

    `roots`: the directory that the function's code is loaded from, and the project, whose files it may name.
    """
    frames = [(path, frame) for frame in error.stack if (path := _path(frame, roots)).startswith(CODE)]
    own = [one for one in frames if not one[0].startswith(KIT)]
    return tuple((f"{path}:{frame.lineno} {frame.name}", frame.line or "") for path, frame in own or frames)[
        -MAXIMUM_PLACES:
    ]


def _path(frame: FrameSummary, roots: Iterable[Path]) -> str:
    """Return a frame's file in the project, or nothing."""
    path = Path(frame.filename)
    return next((path.relative_to(root).as_posix() for root in roots if path.is_relative_to(root)), "")
