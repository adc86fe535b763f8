"""A workflow as it was at an instant, from documents that were read before and after it: nothing later is shown. Pure.

The document before says how it stood. The one after knows more of what had happened by then: an event says when it was
published, a row when it has committed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from ensemble.console.progress import Json, milliseconds

NOT_YET = "not handled"


def as_of(documents: Sequence[Json], instant: float) -> Json | None:
    """Return the document as of an instant; None when nothing had happened.

    `documents`: of one workflow, in the order in which they were read. `instant`: milliseconds since 1970.
    """
    before = next((one for one in reversed(documents) if _at(one["now"]) <= instant), None)
    after = next((one for one in documents if _at(one["now"]) > instant), before)
    if after is None:
        return None
    if after is before:
        return before | {"now": _text(instant)}
    known = {event["event_id"] for event in (before or {"events": ()})["events"]}
    events = [event for event in after["events"] if event["event_id"] in known or _had_happened(event, instant)]
    if not events:
        return None
    stood = before or {"state": "running", "shown": "running", "undone": False, "ended_by": [], "why": [], "rows": []}
    shown = {event["event_id"] for event in events}
    handled = {*_handled(stood), *_committed(after, instant)}
    return {
        **after,
        **{name: stood[name] for name in ("state", "shown", "undone", "why", "rows")},
        "now": _text(instant),
        "ended_by": [one for one in stood["ended_by"] if one in shown],
        "events": [
            event | {"heard": [_step(event, step, shown, handled) for step in event["heard"]]} for event in events
        ],
        "waterfall": list(_segments(after, shown, instant)),
    }


def _had_happened(event: Json, instant: float) -> bool:
    """Whether it says so itself: of what no store has yet the time is not known."""
    return bool(event["stored"]) and _at(event["at"]) <= instant


def _handled(document: Json) -> Iterator[tuple[str, str]]:
    """Yield what was handled, by event and service."""
    for event in document.get("events", ()):
        for step in event["heard"]:
            if step["reception"] != NOT_YET:
                yield event["event_id"], step["service"]


def _committed(document: Json, instant: float) -> Iterator[tuple[str, str]]:
    """Yield what rows have committed by an instant, by event and service."""
    ids = {event.get("event_hash"): event["event_id"] for event in document["events"]}
    for row in document["rows"]:
        for commit in row.get("history", ()):
            if commit["event_hash"] in ids and _at(commit["committed_at"]) <= instant:
                yield ids[commit["event_hash"]], row["service"]


def _step(event: Json, step: Json, shown: set[str], handled: set[tuple[str, str]]) -> Json:
    """Return a step: what has published something had handled its event."""
    published = [one for one in step["published"] if one in shown]
    is_handled = bool(published) or (event["event_id"], step["service"]) in handled
    return step | {
        "reception": step["reception"] if is_handled else NOT_YET,
        "published": published,
        "to_publish": step["to_publish"] if is_handled else [],
    }


def _segments(document: Json, shown: set[str], instant: float) -> Iterator[Mapping[str, Any]]:
    """Yield the parts of the waterfall that had begun, none of them longer than until then."""
    for segment in document.get("waterfall", ()):
        if segment["event_id"] in shown and _at(segment["begin"]) <= instant:
            is_over = _at(segment["end"]) <= instant
            yield segment if is_over else {**segment, "end": _text(instant), "exact": False}


def _at(text: str) -> float:
    return milliseconds(datetime.fromisoformat(text).timestamp())


def _text(instant: float) -> str:
    at = datetime.fromtimestamp(instant / 1_000, UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
