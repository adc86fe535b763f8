"""Keeps every event, whole, in the order of its workflow: the event store."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from functions.kit.model import Decision, Event, Index, unchanged


@dataclass(frozen=True, slots=True)
class Stored:
    """An event as it was on the bus, and where it stands in its workflow."""

    correlation_id: str
    position: str
    detail: dict[str, Any]


def store(stored: Stored | None, event: Event) -> Decision:
    if stored is not None:
        return unchanged(stored)
    return Decision(Stored(event.correlation_id, f"{event.timestamp}#{event.event_id}", dict(event.fields)))


def by_workflow(stored: Stored) -> Index:
    """List an event under its workflow, by time."""
    return Index(stored.correlation_id, stored.position)
