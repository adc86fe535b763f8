"""What `ensemble up` shows while it runs: a line for each event, and each trouble as soon as it is known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.text import Text

from ensemble.command_line.palette import Palette
from ensemble.command_line.run.postponements import Postponements
from ensemble.command_line.terminal import printable
from ensemble.laptop import Laptop
from ensemble.scenario import subject
from functions.kit.envelope import completed

COLUMNS = (("time", 12), ("event", 26), ("publisher", 10), ("about", 16), ("workflow", 8))
"""With two spaces between them they fill 80 columns, the width of a terminal that nobody widened."""

WIDTH_WITH_WHOLE_ID = 80 - 8 + 36
"""From here on there is room for a whole correlation id, which is a UUID unless given, in the last column."""

MAXIMUM_REASONS = 1_000
"""Of the reasons to postpone, so many of the latest are known again."""


class Watch:
    """Prints events and troubles, and counts them."""

    def __init__(self, console: Console, laptop: Laptop) -> None:
        self._console = console
        self._laptop = laptop
        self._palette = Palette()
        self._postponements = Postponements(laptop)
        self._postponed: list[str] = []
        self._events = 0
        self._troubles = 0
        self._known: dict[str, object] = {}

    def head(self) -> None:
        """Print the heads of the columns."""
        self._console.print(Text("  ".join(name.ljust(width) for name, width in COLUMNS), "dim"))

    def show(self, bus: str, event: Mapping[str, Any]) -> None:
        """Print an event that a bus accepted."""
        self._events += 1
        detail = completed(event, "1.0")
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
        """Print the troubles that were not there at the last look."""
        with self._laptop.engine.lock:
            troubles = list(self._present())
        for name, text, _ in troubles:
            if name not in self._known:
                self._troubles += 1
                self._console.print(Text(f"✗ {printable(text)}", "bold red"))
        self._known = {name: trouble for name, _, trouble in troubles}

    def summary(self) -> str:
        """Say how much happened."""
        return f"Events: {self._events}; dead letters and failures: {self._troubles}."

    def _present(self) -> Iterator[tuple[str, str, object]]:
        """Yield a name that stays the same while the trouble is there, a line, and the trouble, for each."""
        for queue, messages in self._laptop.dead_letters().items():
            for message in messages:
                yield message.message_id, f"dead letter in {queue}: {_reason(message.attributes)}", message
        for failure in self._laptop.failures:
            yield failure.request_id, f"{failure.function} failed: {failure.description}", failure
        for loss in self._laptop.losses:
            yield str(id(loss)), f"lost at {loss.where}: {loss.why}", loss
        # Told once for each reason, however often its event comes back.
        self._postponed = list(dict.fromkeys([*self._postponed, *self._postponements.new()]))[-MAXIMUM_REASONS:]
        for postponement in self._postponed:
            yield postponement, postponement, postponement


def _reason(attributes: Mapping[str, Mapping[str, Any]]) -> str:
    """Return why a message was dead-lettered: as its consumer says, as EventBridge says, or by SQS's silence."""
    for name in ("reason", "ERROR_MESSAGE", "ERROR_CODE"):
        if name in attributes:
            return str(attributes[name]["StringValue"])
    return "it was received too often"
