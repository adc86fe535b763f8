"""Dead letters in groups: those of one queue and event with one reason are mended by one thing. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256

from ensemble.console.progress import Json, milliseconds

MOST_SHOWN = 20
"""So many dead letters of a group are shown by their keys."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A dead letter. `queue`: from which it came. `type`, `key`, `workflow`: of its event, empty where it holds none.
    `since`: when it was put there, in seconds since 1970. `body`: the whole message."""

    queue: str
    service: str
    type: str
    key: str
    workflow: str
    event_id: str
    reason: str
    since: float
    body: str

    @property
    def group(self) -> str:
        """The name of its group."""
        return _short(f"{self.queue}\n{self.type}\n{self.plain_reason}")

    @property
    def mark(self) -> str:
        """What is the same when it is a dead letter once more."""
        return _short(f"{self.queue}\n{self.body}")

    @property
    def plain_reason(self) -> str:
        """Its reason without what is its own in it."""
        text = self.reason
        for own in sorted({self.key, self.workflow, self.event_id} - {""}, key=len, reverse=True):
            text = text.replace(own, "…")
        return text


def grouped(letters: Iterable[Letter], sent_back: Mapping[str, float]) -> list[Json]:
    """Return the groups, the largest first. `sent_back`: when which was sent back, by its mark."""
    groups: dict[str, list[Letter]] = defaultdict(list)
    for letter in letters:
        groups[letter.group].append(letter)
    return sorted((_group(name, of, sent_back) for name, of in groups.items()), key=lambda one: -one["number"])


def _group(name: str, letters: list[Letter], sent_back: Mapping[str, float]) -> Json:
    first = letters[0]
    again = [sent_back[one.mark] for one in letters if one.since >= sent_back.get(one.mark, float("inf"))]
    return {
        "group": name,
        "queue": first.queue,
        "service": first.service,
        "type": first.type,
        "reason": first.plain_reason,
        "number": len(letters),
        "first": milliseconds(min(one.since for one in letters)),
        "last": milliseconds(max(one.since for one in letters)),
        "again": {"number": len(again), "sent_back": milliseconds(max(again))} if again else None,
        "letters": [{"key": one.key, "workflow": one.workflow} for one in letters[:MOST_SHOWN]],
    }


def _short(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
