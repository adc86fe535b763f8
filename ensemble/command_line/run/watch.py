"""What `ensemble up` shows while it runs: a line for each event, each trouble once it is known, and each alarm."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.text import Text

from ensemble.command_line.palette import Palette
from ensemble.command_line.run.fault_log import DEAD_LETTERED, FaultLog
from ensemble.command_line.run.faults import Fault, Tally
from ensemble.command_line.run.observing import doors_of_laptop, known
from ensemble.command_line.run.unheard import Hearing
from ensemble.command_line.terminal import printable, printable_lines
from ensemble.laptop import Laptop
from ensemble.laptop.cloudwatch.alarms import Change
from ensemble.laptop.cloudwatch.verdict import State
from ensemble.scenario import subject
from functions.kit.envelope import identity_in

COLUMNS = (("time", 12), ("event", 26), ("publisher", 10), ("about", 16), ("workflow", 8))
"""With two spaces between them they fill 80 columns, the width of a terminal that nobody widened."""

WIDTH_WITH_WHOLE_ID = 80 - 8 + 36
"""From here on there is room for a whole correlation id, which is a UUID unless given, in the last column."""


class Watch:
    """Prints events and troubles, and counts them. `hearing`: what says why no rule takes an event."""

    def __init__(self, console: Console, laptop: Laptop, hearing: Hearing | None = None) -> None:
        self._console = console
        self._laptop = laptop
        self.hearing = hearing
        self._palette = Palette()
        self._fault_log, self._tally = FaultLog(laptop), Tally()
        self._events = 0
        self._troubles = 0
        self._known: dict[str, object] = {}
        self._told: Change | None = None
        """The latest change of an alarm that is looked at already."""

    def head(self) -> None:
        """Print the heads of the columns."""
        self._console.print(Text("  ".join(name.ljust(width) for name, width in COLUMNS), "dim"))

    def show(self, bus: str, event: Mapping[str, Any]) -> None:
        """Print an event that a bus accepted."""
        self._events += 1
        detail = known(event, doors_of_laptop(self._laptop))
        source = event["source"]
        colour = self._palette.colour_of(source)
        cells = (
            (datetime.fromtimestamp(self._laptop.now()).strftime("%H:%M:%S.%f")[:12], "dim"),
            (event["detail-type"], colour),
            (source, colour),
            (subject(detail), ""),
            (self._fitted(str(detail["correlation_id"])), "dim"),
        )
        line = [
            (printable(text).ljust(width) + "  ", style)
            for (text, style), (_, width) in zip(cells, COLUMNS, strict=True)
        ]
        replay = printable(f"replay {event['replay-name']}") if "replay-name" in event else ""
        text = Text.assemble(*line, (replay, "dim"))
        text.rstrip()
        self._console.print(text)

    def _fitted(self, correlation_id: str) -> str:
        """Return the id whole, as log searches want it, unless it would wrap the line of a terminal."""
        is_narrow = self._console.is_terminal and self._console.width < WIDTH_WITH_WHOLE_ID
        return correlation_id[:8] if is_narrow else correlation_id

    def look(self) -> None:
        """Print the troubles that were not there at the last look, and the alarms that changed since."""
        with self._laptop.engine.lock:
            troubles, faults, changes = list(self._present()), self._fault_log.new(), self._laptop.alarm_changes
        for name, text, _ in troubles:
            if name not in self._known:
                self._print_trouble(text)
        self._known = {name: trouble for name, _, trouble in troubles}
        for fault in faults:
            self._print_fault(fault, self._tally.add(fault))
        for change in changes[changes.index(self._told) + 1 if self._told in changes else 0 :]:
            self._print_alarm(change)
            self._told = change

    def summary(self) -> str:
        """Say how much happened."""
        return f"Events: {self._events}; dead letters and failures: {self._troubles}."

    def _print_trouble(self, text: str) -> None:
        self._troubles += 1
        first, *others = printable_lines(text).split("\n")
        self._console.print(Text.assemble((f"✗ {first}", "bold red"), *(f"\n{line}" for line in others)))

    def _print_fault(self, fault: Fault, times: int) -> None:
        """Print a fault whole the first time, and then its count, each time that this has doubled."""
        if fault.happened == DEAD_LETTERED and not fault.places:
            return  # its queue says the same
        if times == 1:
            self._print_trouble(fault.text)
        elif times & (times - 1) == 0:
            self._console.print(Text(f"✗ {printable(fault.head)} ({times} times)", "red"))

    def _print_alarm(self, change: Change) -> None:
        """Print an alarm that goes off, or is quiet again."""
        name = f"alarm {change.alarm.name}"
        if change.after is State.ALARM:
            text = f"! {name} goes off: {change.alarm.description}".rstrip(": ")
            self._console.print(Text(printable(text), "bold red"))
        elif change.before is State.ALARM:
            self._console.print(
                Text(printable(f"✓ {name} is quiet again, after {change.lasted / 60:.0f} min"), "green")
            )

    def _present(self) -> Iterator[tuple[str, str, object]]:
        """Yield a name that stays the same while the trouble is there, its lines, and the trouble, for each."""
        for queue, messages in self._laptop.dead_letters().items():
            for message in messages:
                about = ", ".join(
                    f"{name} {value}"
                    for name, value in identity_in(message.body, doors_of_laptop(self._laptop)).items()
                )
                text = f"dead letter in {queue}: {printable(_reason(message.attributes))}"
                text += f"\n    {about}" if about else ""
                yield message.message_id, text, message
        for bus, event in self._laptop.unheard:
            problem = self.hearing and self.hearing.problem(event["detail-type"], event["source"], bus)
            if problem:
                yield event["id"], printable(problem), event
        for loss in self._laptop.losses:
            yield str(id(loss)), printable(f"lost at {loss.where}: {loss.why}"), loss


def _reason(attributes: Mapping[str, Mapping[str, Any]]) -> str:
    """Return why a message was dead-lettered: as its consumer says, as EventBridge says, or by SQS's silence."""
    for name in ("reason", "ERROR_MESSAGE", "ERROR_CODE"):
        if name in attributes:
            return str(attributes[name]["StringValue"])
    return "it was received too often"
