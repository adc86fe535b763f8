"""How an event comes to a service, as its edge in the graph shows it: how soon, what waits, what fails. Pure."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from statistics import median
from typing import Any

from ensemble.console.nodes import OLD_SECONDS
from ensemble.console.progress import Json
from ensemble.trace.words import span

MOST_ANSWERS, ANSWERS_SINCE_SECONDS = 20, 300.0
"""So many of the newest answers of an edge count, and none that is older."""


def edge(source: str, event: str, service: str) -> str:
    """Return an edge's name."""
    return f"{source}/{event}>{service}"


class AnswerTimes:
    """How long services take to answer what they hear. Spans and instants are seconds."""

    def __init__(self) -> None:
        self._answers: dict[str, deque[tuple[float, float]]] = defaultdict(lambda: deque(maxlen=MOST_ANSWERS))

    def take(self, name: str, at: float, seconds: float) -> None:
        """Take an answer on an edge, published at an instant, so long after what it answers was on the bus."""
        self._answers[name].append((at, max(0.0, seconds)))

    def of(self, now: float) -> dict[str, float]:
        """Return by edge the middle one of its newest times."""
        since = now - ANSWERS_SINCE_SECONDS
        recent = {name: [time for at, time in kept if at >= since] for name, kept in self._answers.items()}
        return {name: median(times) for name, times in recent.items() if times}


def edges_of(times: Mapping[str, float], waits: Mapping[str, float], faults: Mapping[str, Sequence[str]]) -> Json:
    """Return the edges of which something is known, by name. `waits`: for how long the oldest message of the edge's
    queue has waited, in seconds. `faults`: in few words, and as a sentence."""
    names: Iterable[str] = dict.fromkeys((*times, *waits, *faults))
    return {name: _edge(times.get(name), waits.get(name, 0.0), faults.get(name)) for name in names}


def _edge(time: float | None, oldest: float, fault: Sequence[str] | None) -> dict[str, Any]:
    answered = [] if time is None else [f"answered within {span(time)}"]
    waiting = [f"the oldest message of its queue waits for {span(oldest)}"] if oldest >= OLD_SECONDS else []
    if fault is not None:
        word, text = fault
        since = span(oldest) if waiting else ""
        return {"state": "fault", "text": word, "since": since, "said": "; ".join((text, *waiting))}
    if waiting:
        return {"state": "waiting", "text": span(oldest), "since": "", "said": "; ".join((*waiting, *answered))}
    return {"state": "ok", "text": "" if time is None else span(time), "since": "", "said": "".join(answered)}
