"""Makes the events that the tests of the travel agency hand to reactions."""

from __future__ import annotations

from typing import Any

from functions.kit.model import Event


def event(type: str, **fields: Any) -> Any:
    """Return an event about one trip at noon; untyped, as each reaction has an event type of its own."""
    return Event("e-1", type, "2026-01-01T12:00:00.000Z", "workflow-1", {"trip_id": "t-1", **fields})
