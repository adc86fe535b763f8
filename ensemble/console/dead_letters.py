"""Dead letters in groups: those of one queue, event and version with one reason are mended by one thing. Pure."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256

from ensemble.console.progress import Json, milliseconds

MOST_SHOWN = 20
"""So many dead letters of a group are shown by their keys."""

MOST_PAST, LONGEST_PAST = 5, 100
"""Redrives of which a message says when they were, and characters of each reason: as ASCII in JSON 6.2 kB at most."""


_ID = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")


@dataclass(frozen=True, slots=True)
class Redrives:
    """How often a dead letter was redriven, and when the last times (seconds since 1970) and what it had failed by."""

    number: int = 0
    past: tuple[tuple[float, str], ...] = ()

    @property
    def last(self) -> float:
        """When it was redriven last, in seconds since 1970."""
        return self.past[-1][0]

    def once_more(self, at: float, reason: str) -> Redrives:
        """Return it with one more."""
        return Redrives(self.number + 1, (*self.past, (at, reason[:LONGEST_PAST]))[-MOST_PAST:])

    @classmethod
    def read(cls, text: str) -> Redrives:
        """Read what a message says; nothing where it says nothing of the kind."""
        try:
            number, past = json.loads(text)
            return cls(int(number), tuple((float(at), str(reason)) for at, reason in past)) if past else cls()
        except (ValueError, TypeError):
            return cls()

    @property
    def text(self) -> str:
        """It, as a message says it."""
        return json.dumps([self.number, self.past])


@dataclass(frozen=True, slots=True)
class Letter:
    """A dead letter. `queue`: from which it came. `type`, `key`, `workflow`: of its event, empty where it holds none.
    `since`: when it was put there, in seconds since 1970. `body`: the whole message; `message`: its id in SQS.
    `deployed`: when the code of its service was deployed that is there now; None where that is not known.
    `redrives`: what its message says of earlier ones."""

    queue: str
    service: str
    type: str
    key: str
    workflow: str
    event_id: str
    reason: str
    since: float
    body: str
    message: str = ""
    deployed: float | None = None
    redrives: Redrives = field(default=Redrives())

    @property
    def is_live(self) -> bool | None:
        """Whether it failed by the code that is deployed now; None where that is not known."""
        return None if self.deployed is None else self.since >= self.deployed

    @property
    def group(self) -> str:
        """The name of its group."""
        return _short(f"{self.queue}\n{self.type}\n{self.plain_reason}\n{self.is_live}")

    @property
    def plain_reason(self) -> str:
        """Its reason without what is its own in it: its event's names, and the ids of others, such as one it caused."""
        text = _ID.sub("…", self.reason)
        for own in sorted({self.key, self.workflow, self.event_id} - {""}, key=len, reverse=True):
            text = text.replace(own, "…")
        return text


def grouped(letters: Iterable[Letter]) -> list[Json]:
    """Return the groups, the largest first."""
    groups: dict[str, list[Letter]] = defaultdict(list)
    for letter in letters:
        groups[letter.group].append(letter)
    return sorted((_group(name, of) for name, of in groups.items()), key=lambda one: -one["number"])


def _group(name: str, letters: list[Letter]) -> Json:
    first = letters[0]
    again = [one.redrives.last for one in letters if one.redrives.number]
    return {
        "group": name,
        "queue": first.queue,
        "service": first.service,
        "type": first.type,
        "reason": first.plain_reason,
        "number": len(letters),
        "first": milliseconds(min(one.since for one in letters)),
        "last": milliseconds(max(one.since for one in letters)),
        "deployed": None if first.deployed is None else milliseconds(first.deployed),
        "live": first.is_live,
        "cause": cause(first),
        "again": {"number": len(again), "redriven": milliseconds(max(again))} if again else None,
        "letters": [{"id": one.message, "key": one.key, "workflow": one.workflow} for one in letters[:MOST_SHOWN]],
    }


def cause(letter: Letter) -> str:
    """Return in words what is known of whether the cause is still there."""
    if letter.is_live is None:
        return "whether the code has changed since is not known: ask for a forecast"
    if letter.is_live:
        return "failed by the code that is deployed now: the cause is live, unless it lay outside"
    return "failed by code that was replaced since: a forecast tells whether that mended it"


def _short(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
