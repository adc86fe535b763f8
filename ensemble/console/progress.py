"""How far a workflow is, from its events alone: what the list says before anybody looks closer. Pure.

Events tell what has ended, what is being undone and who comes next. That a message waits for a system that is down, or
is a dead letter, they do not tell: whoever has looked closer says so, and it holds until the workflow goes on.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from ensemble.console.choreography import Choreography
from ensemble.trace.known import Happened
from ensemble.trace.standing import MOVING_SECONDS, State
from ensemble.trace.words import listed

Json = dict[str, Any]

LOOKED_AT_SECONDS = 30.0
"""So long holds what was found of a workflow that does not go on."""

SHOWN_OF_A_WORKFLOW = 8
"""So many characters of its id name a workflow whose events have no key."""


class Shown(StrEnum):
    """How a workflow is shown, each with its own colour and shape."""

    RUNNING = "running"
    WAITING = "waiting"
    COMPENSATING = "compensating"
    FAILED = "failed"
    STOPPED = "stopped"
    DROPPED = "dropped"
    DONE = "done"
    CANCELLED = "cancelled"


def shown_as(state: State, *, is_undone: bool) -> Shown:
    """Return how a workflow is shown that was looked at closely."""
    if state is State.DONE:
        return Shown.CANCELLED if is_undone else Shown.DONE
    if state is State.RUNNING and is_undone:
        return Shown.COMPENSATING
    return Shown.WAITING if state is State.UNKNOWN else Shown(str(state))


@dataclass(frozen=True, slots=True)
class Looked:
    """What somebody has found who looked closer, at an instant."""

    shown: Shown
    text: str
    at: float


class Progress:
    """One workflow. Instants are seconds since 1970."""

    __slots__ = (
        "_answered",
        "_compensating",
        "_declared",
        "_ended",
        "_ids",
        "_promised_at",
        "_reached",
        "began",
        "first",
        "key",
        "last",
        "looked",
        "undone",
    )

    def __init__(self, first: Happened, declared: Choreography) -> None:
        self._declared = declared
        self._ids: dict[str, tuple[str, str, float]] = {}
        self._answered: set[tuple[str, str]] = set()
        self._compensating: set[tuple[str, str]] = set()
        self._reached: set[str] = set()
        self._ended: Happened | None = None
        self._promised_at = math.inf
        self.first = self.last = first
        self.key = ""
        self.undone = 0
        self.looked: Looked | None = None

    def take(self, event: Happened) -> bool:
        """Take an event of it; return whether it is new."""
        if event.name in self._ids:
            return False
        self._ids[event.name] = (event.source, event.type, event.out_at)
        self.looked = None
        self.first = min(self.first, event, key=_order)
        self.last = max(self.last, event, key=_order)
        self.key = self.key or self._declared.key_of(event)
        self.undone += event.type in self._declared.undoing
        if event.cause is not None:
            self._answered.add((event.cause, event.source))
        heard = self._declared.heard(event)
        self._compensating |= {(event.event_id, one.service) for one in heard if one.is_compensation}
        if event.type in self._declared.spine:
            self._reached.add(event.type)
        if self._declared.is_ending(event):
            self._ended = event
        if self._declared.is_promised_end(event):
            self._promised_at = min(self._promised_at, event.at)
        return True

    def cause_of(self, event: Happened) -> tuple[str, str, float] | None:
        """Return what an event follows from: its source, its type, and when it was on the bus; None where that is not
        known, or was on no bus."""
        return None if event.cause is None else self._ids.get(event.cause)

    @property
    def is_ended(self) -> bool:
        return self._ended is not None and not list(self._expected())

    def shown(self, now: float) -> Shown:
        """Return how it is shown at an instant."""
        if self.looked is not None:
            return self.looked.shown
        if self._ended is not None and self.is_ended:
            return Shown.CANCELLED if self._compensating & self._answered else Shown.DONE
        if now - self.last.at > MOVING_SECONDS:
            return Shown.WAITING
        return Shown.COMPENSATING if self.last.type in self._declared.undoing else Shown.RUNNING

    def is_late(self, now: float) -> bool:
        """Whether it is past the deadline that a service promises, or has ended after that."""
        over = min(self._promised_at, self.last.at if self.is_ended else now)
        return over > self._declared.deadline(self.first)

    def is_to_look_at(self, now: float) -> bool:
        """Whether it stands still, and nobody knows lately why."""
        if self.looked is not None:
            return now - self.looked.at > LOOKED_AT_SECONDS
        return self.shown(now) is Shown.WAITING

    @property
    def looked_at(self) -> float:
        """When somebody looked closer; before all time if nobody did since it went on."""
        return -math.inf if self.looked is None else self.looked.at

    def line(self, now: float) -> Json:
        """Return the line of the list."""
        return {
            "workflow": self.first.workflow,
            "key": self.key or self.first.workflow[:SHOWN_OF_A_WORKFLOW],
            "type": self.first.type,
            "began": milliseconds(self.first.at),
            "last": {"type": self.last.type, "at": milliseconds(self.last.at)},
            "events": len(self._ids),
            "undone": self.undone,
            "reached": [type for type in self._declared.spine if type in self._reached],
            "state": str(self.shown(now)),
            "late": self.is_late(now),
            "text": self._text(),
            "ended": milliseconds(self.last.at) if self.is_ended else None,
        }

    def _text(self) -> str:
        if self.looked is not None:
            return self.looked.text
        expected = list(self._expected())
        if not expected:
            return self.last.type
        service, publishes = expected[0]
        return f"{self.last.type} → {service}: {listed(publishes, 'or')}"

    def _expected(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield who may still answer the last event, and with what."""
        for one in self._declared.heard(self.last):
            if one.publishes and (self.last.event_id, one.service) not in self._answered:
                yield one.service, one.publishes


def milliseconds(seconds: float) -> float:
    """Return an instant or a span as the page has it."""
    return round(1_000 * seconds, 3)


def _order(event: Happened) -> tuple[float, bool]:
    return event.at, event.cause is not None
