"""What every open page is told: a snapshot, and then what has changed, under one count of sequence. Pure.

It holds a bounded number of workflows: those that ended first leave first.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Mapping
from heapq import nsmallest
from typing import Any

from ensemble.console.choreography import Choreography
from ensemble.console.edges import AnswerTimes, edge, edges_of
from ensemble.console.progress import Json, Looked, Progress, Shown, milliseconds
from ensemble.trace.known import Happened

MOST_WORKFLOWS = 10_000
MOST_EVENTS = 500
"""So many workflows, and events of all of them, a page is shown."""

MOST_BATCHES = 500
"""So many batches are kept for pages whose connection was broken; an older one loads a new snapshot."""


class Feed:
    """Folds what is read of a stage into what pages show."""

    def __init__(self, declared: Choreography) -> None:
        self._declared = declared
        self._workflows: dict[str, Progress] = {}
        self._unfinished: dict[str, tuple[Shown, bool]] = {}
        self._looked_at: set[str] = set()
        self._events: deque[Json] = deque(maxlen=MOST_EVENTS)
        self._counts: Counter[str] = Counter()
        self._facts: dict[str, Any] = {"nodes": {}, "edges": {}, "differs": [], "alarms": 0, "dead": 0}
        self._answers = AnswerTimes()
        self._of_edges: dict[str, Any] = {"waits": {}, "faults": {}}
        self._batches: deque[Json] = deque(maxlen=MOST_BATCHES)
        self.sequence = 0

    def take(self, events: Iterable[Happened], now: float, facts: Mapping[str, Any] | None = None) -> Json | None:
        """Take what is new: events in the order in which they were stored, and what else is known of the stage now.

        Returns the batch for the pages; None where nothing has changed for them.
        """
        new = [event for event in events if self._progress(event).take(event)]
        for event in new:
            self._take_answer(event)
        shown = [self._event(event) for event in new]
        self._events.extend(shown)
        self._counts.update(_name(event) for event in new)
        shown_facts = {} if facts is None else self._shown_facts(facts, now)
        changed = {name: one for name, one in shown_facts.items() if self._facts.get(name) != one}
        self._facts |= changed
        lines = self._changed_lines({event.workflow for event in new} | self._looked_at, now)
        self._looked_at.clear()
        if not (shown or lines or changed):
            return None
        self.sequence += 1
        counts = {name: self._counts[name] for name in {_name(event) for event in new}}
        batch = {"sequence": self.sequence, "now": milliseconds(now), "events": shown, "lines": lines, "counts": counts}
        self._batches.append(batch | changed)
        self._forget()
        return self._batches[-1]

    def snapshot(self, now: float) -> Json:
        """Return all that a page shows."""
        newest = sorted(self._workflows.values(), key=lambda one: one.first.at, reverse=True)
        return {
            "sequence": self.sequence,
            "now": milliseconds(now),
            "lines": [one.line(now) for one in newest],
            "events": list(self._events),
            "counts": dict(self._counts),
            **self._facts,
        }

    def since(self, sequence: int) -> list[Json] | None:
        """Return the batches after one; None where some of them are not kept."""
        oldest = self._batches[0]["sequence"] if self._batches else self.sequence + 1
        if sequence > self.sequence or sequence < oldest - 1:
            return None
        return [batch for batch in self._batches if batch["sequence"] > sequence]

    def standing_still(self, now: float, most: int) -> list[str]:
        """Return the workflows that have not ended and do not move, and that nobody looked at lately: first those that
        nobody has looked at, the newest before, and then those of longest ago."""
        waiting = (workflow for workflow in reversed(self._unfinished) if self._workflows[workflow].is_to_look_at(now))
        return nsmallest(most, waiting, key=lambda workflow: self._workflows[workflow].looked_at)

    def looked_at(self, workflow: str, looked: Looked) -> None:
        """Take what somebody found who looked closer at a workflow."""
        progress = self._workflows.get(workflow)
        if progress is not None:
            progress.looked = looked
            self._looked_at.add(workflow)

    def _take_answer(self, answer: Happened) -> None:
        cause = self._progress(answer).cause_of(answer)
        if cause is not None:
            source, type, out_at = cause
            self._answers.take(edge(source, type, answer.source), answer.at, answer.at - out_at)

    def _shown_facts(self, facts: Mapping[str, Any], now: float) -> dict[str, Any]:
        """Return the facts as pages have them: what is known of edges is one thing there."""
        self._of_edges |= {name: one for name, one in facts.items() if name in self._of_edges}
        edges = edges_of(self._answers.of(now), self._of_edges["waits"], self._of_edges["faults"])
        return {name: one for name, one in facts.items() if name not in self._of_edges} | {"edges": edges}

    def _progress(self, event: Happened) -> Progress:
        found = self._workflows.get(event.workflow)
        if found is None:
            found = self._workflows[event.workflow] = Progress(event, self._declared)
        return found

    def _changed_lines(self, touched: Iterable[str], now: float) -> list[Json]:
        """Return the lines of those that went on, and of those that are shown otherwise since time went on."""
        changed = dict.fromkeys(touched)
        for workflow, shown in self._unfinished.items():
            if _shown(self._workflows[workflow], now) != shown:
                changed[workflow] = None
        for workflow in changed:
            progress = self._workflows[workflow]
            if progress.is_ended:
                self._unfinished.pop(workflow, None)
            else:
                self._unfinished[workflow] = _shown(progress, now)
        return [self._workflows[workflow].line(now) for workflow in changed]

    def _forget(self) -> None:
        for workflow in list(self._workflows)[: max(0, len(self._workflows) - MOST_WORKFLOWS)]:
            del self._workflows[workflow]
            self._unfinished.pop(workflow, None)
            self._looked_at.discard(workflow)

    def _event(self, event: Happened) -> Json:
        progress = self._workflows[event.workflow]
        return {
            "id": event.event_id,
            "type": event.type,
            "source": event.source,
            "workflow": event.workflow,
            "key": progress.key or self._declared.key_of(event),
            "at": milliseconds(event.at),
            "cause": event.cause,
            "undo": event.type in self._declared.undoing,
        }


def _shown(progress: Progress, now: float) -> tuple[Shown, bool]:
    return progress.shown(now), progress.is_late(now)


def _name(event: Happened) -> str:
    return f"{event.source}/{event.type}"
