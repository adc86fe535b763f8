"""Puts stored events on the replay bus at a rate, and remembers in a file how far it got."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from ensemble.command_line.errors import AwsFailed
from ensemble.command_line.replay.selection import Selection
from ensemble.command_line.replay.stored import Place, StoreReading, place_after
from ensemble.command_line.stage.stored_events import StoredEvent
from functions.kit.publisher import MAXIMUM_ENTRIES, TRANSIENT, chunks

ATTEMPTS = 8
"""How often an event is put that EventBridge is too busy for, each time after a longer pause."""


@dataclass(slots=True)
class Progress:
    """How far a replay got. `after`: the place of the last event that was put. `emptied`: of a rebuild, whether the
    service's table was."""

    after: Place | None = None
    put: int = 0
    total: int = 0
    emptied: bool = False


class Cursor:
    """Keeps the progress of one replay in a file, so that the same command goes on from there."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.progress = Progress(**json.loads(file.read_text(encoding="utf-8"))) if file.exists() else Progress()

    def save(self) -> None:
        """Write the progress: all of it, or nothing."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        beside = self.file.with_suffix(".new")
        beside.write_text(json.dumps(asdict(self.progress)), encoding="utf-8")
        os.replace(beside, self.file)

    def end(self) -> None:
        """Forget the progress: the same command begins anew."""
        self.file.unlink(missing_ok=True)


class Putting:
    """`client`: EventBridge's. `rate`: events a second at most. `pause` waits for seconds, and `now` tells them."""

    def __init__(
        self, client: Any, bus: str, rate: float, now: Callable[[], float], pause: Callable[[float], None]
    ) -> None:
        self._client, self._bus, self._rate, self._now, self._pause = client, bus, rate, now, pause

    def run(self, reading: StoreReading, selection: Selection, cursor: Cursor) -> Iterator[Progress]:
        """Put what is left, and yield the progress after each call. What is stopped is put from the last call on again:
        who hears it knows it.

        Raises AwsFailed for an event that is refused.
        """
        progress = cursor.progress
        events = filter(selection.takes, reading.events(progress.after))
        while some := list(islice(events, MAXIMUM_ENTRIES)):
            started = self._now()
            self._put(some, selection)
            progress.after, progress.put = place_after(some[-1]), progress.put + len(some)
            cursor.save()
            yield progress
            self._pause(max(0.0, len(some) / self._rate - (self._now() - started)))
        cursor.end()

    def _put(self, events: list[StoredEvent], selection: Selection) -> None:
        for chunk in chunks((0, {}, selection.entry(event, self._bus)) for event in events):
            entries = [dict(entry) for _, _, entry in chunk]
            for attempt in range(ATTEMPTS):
                entries = self._refused(entries)
                if not entries:
                    break
                self._pause(0.1 * 2**attempt)
            else:
                raise AwsFailed("EventBridge is too busy for what is put. Fix: run it again, at a lower --rate")

    def _refused(self, entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Put the entries; return those that may be taken later. Raises AwsFailed."""
        answers = self._client.put_events(Entries=entries)["Entries"]
        failed = [(one, answer) for one, answer in zip(entries, answers, strict=True) if "ErrorCode" in answer]
        for entry, answer in failed:
            if answer["ErrorCode"] not in TRANSIENT:
                raise AwsFailed(
                    f"EventBridge refuses a {entry['DetailType']}: {answer['ErrorCode']} {answer.get('ErrorMessage')}"
                )
        return [entry for entry, _ in failed]
