"""What the pages are told of a recording: it has no stage, and nothing in it changes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

from ensemble.command_line.console.workflows import compared
from ensemble.console.progress import Json
from ensemble.console.recording import Recording
from ensemble.console.server import Question, Refused


class Recorded:
    """Tells pages the beginning; they have the rest from `questions`, and show any instant of it."""

    def __init__(self, recording: Recording) -> None:
        self._begin = recording.begin

    def snapshot(self) -> Json:
        """Return what a page shows at first."""
        empty: dict[str, Any] = {"lines": [], "events": [], "counts": {}, "nodes": {}, "edges": {}, "differs": []}
        return {"sequence": 0, "now": self._begin, **empty, "alarms": 0, "dead": 0, "failure": ""}

    async def batches(self, after: int) -> AsyncIterator[Json]:
        """Yield nothing: all is known."""
        nothing: tuple[Json, ...] = ()
        for batch in nothing:
            yield batch


def questions(recording: Recording) -> dict[str, Question]:
    """Return what may be asked of a recording, by path: `at` is the instant, in milliseconds since 1970."""

    def workflow(parts: Mapping[str, str]) -> Json:
        asked = parts["asked"]
        told = recording.told(asked, _instant(parts.get("at"), recording.end))
        if told is None:
            raise Refused(f"nothing is known of {asked} at that instant", 404)
        return told

    return {
        "recording": lambda _: {"batches": recording.batches, "notes": recording.notes},
        "workflow/{asked:path}": workflow,
        "compare": lambda parts: compared(workflow, parts),
    }


def _instant(text: str | None, end: float) -> float:
    try:
        return end if text is None else float(text)
    except ValueError:
        raise Refused(f"{text} is no instant: milliseconds since 1970 are meant") from None
