"""The command `ensemble advance`: lets time pass at once on a running `ensemble up`, and says what came due."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.text import Text

from ensemble.command_line.errors import UsageRefused
from ensemble.command_line.run.asking import ask
from ensemble.command_line.run.durations import seconds_of
from ensemble.command_line.run.observing import doors_of_laptop, known
from ensemble.command_line.terminal import printable
from ensemble.laptop import Laptop
from ensemble.scenario import subject
from functions.kit.model import rfc3339

MAXIMUM_EVENTS = 100
"""Of the events put on a bus meanwhile, so many of the latest are given."""


class CameDue:
    """Notes what happens while time leaps."""

    def __init__(self, laptop: Laptop) -> None:
        self._laptop = laptop
        self.schedules: Counter[str] = Counter()
        self.again: Counter[str] = Counter()
        self.events: list[dict[str, str]] = []

    def event(self, bus: str, event: Mapping[str, Any]) -> None:
        """Note an event that a bus took."""
        detail = known(event, doors_of_laptop(self._laptop))
        about, workflow = subject(detail), str(detail["correlation_id"])
        named = {"type": event["detail-type"], "source": event["source"], "about": about, "workflow": workflow}
        self.events.append({"time": _text(self._laptop.now()), **named})

    def invocation(self, function: str, event: Any) -> None:
        """Note an invocation by a schedule, and messages that were received before."""
        if isinstance(event, Mapping) and event.get("source") == "aws.events":
            self.schedules[function] += 1
        for record in event.get("Records", []) if isinstance(event, Mapping) else []:
            self.again[function] += int(record.get("attributes", {}).get("ApproximateReceiveCount", 1)) > 1


def advanced(laptop: Laptop, seconds: float) -> dict[str, Any]:
    """Let the time pass, and return what came due. Another thread runs the laptop."""
    due = CameDue(laptop)
    with laptop.observed(due.event, due.invocation):
        leap = laptop.engine.leap(seconds)
        with laptop.engine.lock:
            laptop.engine.lock.wait_for(lambda: leap.is_over)
    return {
        "now": _text(laptop.now()),
        "schedules": +due.schedules,
        "again": +due.again,
        "number_of_events": len(due.events),
        "events": due.events[-MAXIMUM_EVENTS:],
    }


def advancing(laptop: Laptop, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Answer a terminal that asks for it. Raises UsageRefused."""
    seconds = arguments.get("seconds")
    if not isinstance(seconds, int | float) or not 0 < seconds < float("inf"):
        raise UsageRefused("time can be moved by a number of seconds, and forward only")
    return advanced(laptop, seconds)


def advance(console: Console, duration: str, endpoint: str) -> None:
    """Let time pass on the laptop AWS at an endpoint, and print what came due. Raises CommandFailed."""
    answer = ask(endpoint, "advance", seconds=seconds_of(duration))
    console.print(Text.assemble(("It is now ", "bold"), (answer["now"], "bold"), f", {duration} later."))
    lines = [
        *_counted("schedules", "ran by its schedule", answer),
        *_counted("again", "was handed messages again", answer),
        *(_line(event) for event in answer["events"]),
    ]
    left_out = answer["number_of_events"] - len(answer["events"])
    if left_out:
        lines.append(f"and {left_out} events before these")
    for line in lines or ["Nothing came due."]:
        console.print(Text(printable(line)))


def _counted(name: str, what: str, answer: Mapping[str, Any]) -> Iterable[str]:
    return (f"{function} {what} ({times})" for function, times in sorted(answer[name].items()))


def _line(event: Mapping[str, str]) -> str:
    return f"  {event['time'][11:23]}  {event['type']}  {event['source']}  {event['about']}".rstrip()


def _text(instant: float) -> str:
    return rfc3339(datetime.fromtimestamp(instant, UTC))
