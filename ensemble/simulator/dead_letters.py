"""What must hold of a record that its consumer gives up: what really happened explains the reason, and not too soon."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

POISON = "poison"
"""What the subject of a message begins with that no service can handle."""

TWIN = "twin-"
"""What the id begins with that two commands have, though they say different things: one of them is refused."""

SAME_ID = "an event with the same id was handled"
"""What a consumer says of it."""

REASON = "reason"
"""The message attribute that says why a message is dead-lettered."""

UNHANDLED = "ContractViolation"
"""The kind of reason by which a consumer says that a record can never be handled."""


@dataclass(slots=True)
class Past:
    """What came of a message, and of those that it is a copy of. Times in seconds since 1970.

    `is_struck`: whether a fault met the message itself, and so may have used up a receive. `copies`: how often it was
    sent again.
    """

    sent_at: float
    first_received_at: float | None = None
    is_struck: bool = False
    copies: int = 0

    def received_at(self, instant: float) -> None:
        """Note a receive."""
        if self.first_received_at is None:
            self.first_received_at = instant

    def waited(self, now: float) -> float:
        """Return for how long it has been received."""
        return 0.0 if self.first_received_at is None else now - self.first_received_at


@dataclass(frozen=True, slots=True)
class Facts:
    """What really happened to what a record is about.

    `unanswered`: the kinds of errors by which functions learnt that a system outside did not answer. `is_refused`:
    whether the bus refuses, for good, what the record makes its service say. `is_mistaken`: whether the service's
    reaction to it raises an error. `is_deadly`: whether it kills its function. `deaths`: how often a function was to
    have it, or a copy of it, and never said what became of it. `patience`: for how long (seconds) an outage, or
    something that is not yet there, is waited for.
    """

    unanswered: Collection[str] = ()
    is_refused: bool = False
    is_mistaken: bool = False
    is_deadly: bool = False
    deaths: int = 0
    patience: float = 13 * 86_400.0


KIND = re.compile(r"\w+")

MISTAKE = "SimulatedMistake"
"""The kind of error that a reaction raises while it is mistaken."""

REFUSED = "EventRefused"
"""The kind of reason by which a consumer says that the bus refuses an event for good."""

CRASH_LOOP = "FunctionDied"
"""The kind of reason by which a consumer says that a record ended its function again and again."""

DEATHS = 2
"""How often a record must have ended its function, at least, before it may be given up for that."""

HEALS = frozenset(
    {
        *("ClientError", "ReadTimeoutError", "NotYet", "VersionConflict", "TooLittleTime", "StateUnreadable"),
        *("BreakerOpen", "PublishingFailed", "Unavailable"),
    }
)
"""Kinds of reasons that pass by themselves, beside the errors of systems outside that did not answer."""

SOONER = 1_200.0
"""Seconds by which a record may be given up before its patience ends: it would wait past it, or a clock is off."""


def unjustified(about: str, reason: str, past: Past, now: float, facts: Facts) -> Iterator[str]:
    """Yield what is wrong with giving a record up: an outage alone is no reason, however long it lasts."""
    kind = _kind(reason)
    if is_unhandleable(about, reason) and kind == UNHANDLED:
        return
    explained = {REFUSED: facts.is_refused, MISTAKE: facts.is_mistaken}
    if kind == CRASH_LOOP:
        if facts.deaths < DEATHS:
            yield f"{about} is given up as a crash loop, and ended its function {facts.deaths} times"
    elif kind in HEALS or kind in facts.unanswered:
        if past.waited(now) < facts.patience - SOONER:
            yield f"{about} is given up after {past.waited(now):.0f} s, and an outage is all that it met: {reason}"
    elif not explained.get(kind, False):
        yield f"{about} is dead-lettered, which no fault explains: {reason}"


def is_unhandleable(about: str, reason: str) -> bool:
    """Whether nobody can handle a message: poison, or a twin that was refused as the other one had been handled."""
    return about.startswith(POISON) or (f" {TWIN}" in about and SAME_ID in reason)


def _kind(reason: str) -> str:
    """Return the kind of fault that a reason begins with."""
    found = KIND.match(reason)
    return found[0] if found else ""


# Version 0.2.0 of the kit, whose functions may run beside: it counts receives, and gives up what heals after an hour.

EARLIER_PATIENCE = 3_600.0
"""Seconds for which a dependency may be down before a consumer of that version gives a record up."""


def unjustified_earlier(about: str, reason: str, past: Past, now: float, facts: Facts) -> Iterator[str]:
    """Yield what is wrong with giving a record up, by the promises of version 0.2.0."""
    kind, waited = _kind(reason), past.waited(now)
    if kind == UNHANDLED and about.startswith(POISON):
        return
    if kind not in HEALS and kind not in facts.unanswered and not (kind == MISTAKE and facts.is_mistaken):
        yield f"{about} is dead-lettered, which no fault explains: {reason}"
    if not past.is_struck and waited < EARLIER_PATIENCE:
        yield f"{about} is given up after {waited:.0f} s: {reason}"
