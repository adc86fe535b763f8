"""The states that a workflow may have in a list."""

from __future__ import annotations

from enum import StrEnum


class Condition(StrEnum):
    """How a workflow is, in a list: its state, and whether something is or was undone."""

    RUNNING = "running"
    WAITING = "waiting"
    COMPENSATING = "compensating"
    FAILED = "failed"
    STOPPED = "stopped"
    DROPPED = "dropped"
    UNKNOWN = "unknown"
    DONE = "done"
    UNDONE = "undone"
