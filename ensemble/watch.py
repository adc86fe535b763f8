"""What `ensemble up` shows while it runs: a line for each event, and each trouble as soon as it is known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.text import Text

from ensemble.commands import subject
from ensemble.palette import Palette
from functions.shared.envelope import completed
from local import Laptop

COLUMNS = (("time", 12), ("event", 26), ("published by", 12), ("about", 20), ("workflow", 8))


class Watch:
    """Prints events and troubles, and counts them."""

    def __init__(self, console: Console, laptop: Laptop) -> None:
        self._console = console
        self._laptop = laptop
        self._palette = Palette()
        self._events = 0
        self._known: set[str] = set()

    def head(self) -> None:
        """Print the heads of the columns."""
        self._console.print(Text("  ".join(name.ljust(width) for name, width in COLUMNS), "dim"))

    def tell(self, bus: str, event: Mapping[str, Any]) -> None:
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
            (detail["correlation_id"][:8], "dim"),
        )
        line = [(text.ljust(width) + "  ", style) for (text, style), (_, width) in zip(cells, COLUMNS, strict=True)]
        replay = f"replay {event['replay-name']}" if "replay-name" in event else ""
        text = Text.assemble(*line, (replay, "dim"))
        text.rstrip()
        self._console.print(text)

    def look(self) -> None:
        """Print the troubles that were not there at the last look."""
        with self._laptop.engine.lock:
            troubles = list(self._troubles())
        for name, text in troubles:
            if name not in self._known:
                self._known.add(name)
                self._console.print(Text(f"✗ {text}", "bold red"))

    def summary(self) -> str:
        """Say how much happened."""
        return f"Events: {self._events}; dead letters and failures: {len(self._known)}."

    def _troubles(self) -> Iterator[tuple[str, str]]:
        """Yield a name that stays the same, and a line, for each."""
        for queue, messages in self._laptop.dead_letters().items():
            for message in messages:
                yield message.message_id, f"dead letter in {queue}: {_reason(message.attributes)}"
        for failure in self._laptop.failures:
            yield failure.request_id, f"{failure.function} failed: {failure.error!r}"
        for loss in self._laptop.losses:
            yield str(id(loss)), f"lost at {loss.where}: {loss.why}"


def _reason(attributes: Mapping[str, Mapping[str, Any]]) -> str:
    """Return why a message was dead-lettered: as its consumer says, as EventBridge says, or by SQS's silence."""
    for name in ("reason", "ERROR_MESSAGE", "ERROR_CODE"):
        if name in attributes:
            return str(attributes[name]["StringValue"])
    return "it was received too often"
