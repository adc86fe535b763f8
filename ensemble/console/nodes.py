"""How a service is, as its card in the graph shows it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ensemble.console.progress import Json, milliseconds
from ensemble.trace.words import counted, listed


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a service. `waiting`: the messages in its queues. `dead`: those in its DLQs. `is_stopped`: its
    queues feed no function now. `down`: the systems that do not answer it. `oldest`: how long the oldest message waits,
    in seconds; None where nobody says."""

    waiting: int
    dead: int
    is_stopped: bool
    down: Sequence[str]
    oldest: float | None = None


def node_of(facts: Facts) -> Json:
    """Return the card."""
    state, text = _state(facts)
    oldest = None if facts.oldest is None else milliseconds(facts.oldest)
    return {"state": state, "waiting": facts.waiting, "dead": facts.dead, "oldest": oldest, "text": text}


def _state(facts: Facts) -> tuple[str, str]:
    waits = f", {facts.waiting:,} waiting" if facts.waiting else ""
    if facts.is_stopped:
        return "stopped", f"stopped{waits}"
    if facts.down:
        return "waiting", f"{listed(facts.down)} down{waits}"
    if facts.dead:
        return "failing", f"{counted(facts.dead, 'dead letter')}{waits}"
    return "ok", f"{facts.waiting:,} waiting" if facts.waiting else ""
