"""What a row remembers of its last commits: which event, when, how long it took, and what the state was before.

One line of JSON for each, the newest first: `[place, version, committed at, queue wait, handler, attempt, undo...]`. It
takes only what is left of the kilobyte that the row is written as anyway, so it costs no write unit; what does not fit
is forgotten, the oldest first.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from functions.kit import inbox
from functions.kit.envelope import encoded

HISTORY = "history"
"""The attribute of a row's item."""

PLACE_CHARACTERS = 8
"""How much is kept of the hash of an event's id: 48 bits, for the few events of one row."""

UNIT_BYTES = 1_024
"""What a write unit writes (Amazon DynamoDB Developer Guide, "DynamoDB read and write operations")."""

UNSURE_BYTES = 20
"""By so much at most the size of a row may differ from what its numbers count here: DynamoDB says theirs only about
(Amazon DynamoDB Developer Guide, "DynamoDB item sizes and formats")."""


class Handling(NamedTuple):
    """How an event is being handled: since when (seconds since 1970), how long it was in its queue before
    (milliseconds), and which attempt it is."""

    event_id: str
    begun: float
    queue_wait: int
    attempt: int


class Step(NamedTuple):
    """One commit of a row. `place`: that of its event (`place_of`). `version`: of the row, by this commit.

    `at`: when it was committed, in milliseconds since 1970. `queue_wait`, `handler`: milliseconds. `undo`: what makes
    the state before of the state after (`undone`); None where it did not fit.
    """

    place: str
    version: int
    at: int
    queue_wait: int
    handler: int
    attempt: int
    undo: tuple[Any, ...] | None


class Stored(NamedTuple):
    """A state as it is stored: its JSON, empty where there is no row yet, and its version."""

    text: str = ""
    version: int = 1


def place_of(event_id: str) -> str:
    """Return under what a history has the event with this id."""
    return inbox.place_of(event_id)[:PLACE_CHARACTERS]


def with_step(
    history: str, handling: Handling, version: int, at: float, before: Stored, after: Stored, room: int
) -> str:
    """Return the history with one more step, in so many bytes at most. `at`: seconds since 1970."""
    if room <= 0:
        return ""
    took, milliseconds = max(0, round(1_000 * (at - handling.begun))), round(1_000 * at)
    times = f'"{place_of(handling.event_id)}",{version},{milliseconds},{handling.queue_wait},{took},{handling.attempt}'
    line = f"[{times},{_undo(before, after)}]"
    if bytes_of(line) > room:
        line = f"[{times}]"
    text = f"{line}\n{history}" if history else line
    while bytes_of(text) > room:
        text = text.rpartition("\n")[0]
    return text


def steps_in(history: str) -> list[Step]:
    """Return the steps, the newest first; those up to one that cannot be read."""
    steps = []
    for line in history.split("\n"):
        try:
            place, version, at, queue_wait, handler, attempt, *undo = json.loads(line)
        except (ValueError, TypeError):
            break
        steps.append(Step(place, version, at, queue_wait, handler, attempt, tuple(undo) or None))
    return steps


def undone(state: Any, version: int, undo: tuple[Any, ...]) -> tuple[Any, int]:
    """Return the state before a step and its version, given those after it."""
    old, added = undo[0], undo[1] if len(undo) > 1 else ()
    before = undo[2] if len(undo) > 2 else version
    if isinstance(old, list):
        return old[0], before
    kept = state.items() if isinstance(state, Mapping) else ()  # somebody may have written another one by hand
    return {name: value for name, value in kept if name not in added} | old, before


def room_beside(size: int, outboxes: list[int]) -> int:
    """Return how many bytes an item of this size may grow by so that no write of it costs more: neither this one, nor
    one when some of its outboxes, of these sizes, are taken out."""
    sizes = {size % UNIT_BYTES}
    for outbox in outboxes:
        sizes |= {(one - outbox) % UNIT_BYTES for one in sizes}
    return min((UNSURE_BYTES - one) % UNIT_BYTES for one in sizes) - 2 * UNSURE_BYTES


def _undo(before: Stored, after: Stored) -> str:
    """Return the old values of the fields that have changed, the names of the new ones, and the old version, each as
    far as there is something; the whole old state in a list where one of the two is no object."""
    if before == after:
        return "{}"
    if not before.text:
        return "[null]"
    old, new = json.loads(before.text), json.loads(after.text)
    is_other = before.version != after.version
    if not (isinstance(old, Mapping) and isinstance(new, Mapping)):
        return f"[{before.text}],[],{before.version}" if is_other else f"[{before.text}]"
    changed = encoded({name: value for name, value in old.items() if name not in new or new[name] != value})
    added = [name for name in new if name not in old]
    if is_other:
        return f"{changed},{encoded(added)},{before.version}"
    return f"{changed},{encoded(added)}" if added else changed


def bytes_of(text: str) -> int:
    """Return how many bytes a text has in UTF-8."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "backslashreplace"))
