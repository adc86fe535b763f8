"""How a service is, as its card in the graph shows it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ensemble.console.progress import Json
from ensemble.trace.words import counted, listed


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a service. `waiting`: the messages in its queues. `dead`: those in its DLQs. `is_stopped`: its
    queues feed no function now. `down`: the systems that do not answer it."""

    waiting: int
    dead: int
    is_stopped: bool
    down: Sequence[str]


def node_of(facts: Facts) -> Json:
    """Return the card."""
    state, text = _state(facts)
    return {"state": state, "waiting": facts.waiting, "dead": facts.dead, "text": text}


def _state(facts: Facts) -> tuple[str, str]:
    waits = f", {facts.waiting:,} waiting" if facts.waiting else ""
    if facts.is_stopped:
        return "stopped", f"stopped{waits}"
    if facts.down:
        return "waiting", f"{listed(facts.down)} down{waits}"
    if facts.dead:
        return "failing", f"{counted(facts.dead, 'dead letter')}{waits}"
    return "ok", f"{facts.waiting:,} waiting" if facts.waiting else ""
