"""Makes the events that the tests of the purchases hand to reactions."""

from __future__ import annotations

from typing import Any

from functions.kit.model import Event


def event(type: str, **fields: Any) -> Any:
    """Return an event about one purchase at noon; untyped, as each reaction has an event type of its own."""
    return Event("e-1", type, "2026-01-01T12:00:00.000Z", "workflow-1", {"purchase_id": "p-1", **fields})
