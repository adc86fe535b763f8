"""Events and states as they may be shown: without what is sensitive in them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ensemble.command_line.stage.erasing import FORGOTTEN, Erasing
from ensemble.contracts.profile import Json
from ensemble.contracts.states.shape import shape_of
from ensemble.trace.history import Commit, Past, differing, past_of
from functions.kit.model import Service
from functions.kit.rows import Row

HIDDEN = "(sensitive)"
"""What is shown in the place of a value that is marked, or that nobody has declared: it may be anything."""


class Hiding(Erasing):
    """Hides what `ensemble forget` would erase."""

    def _replaced(self, value: Any, shapes: Sequence[Json]) -> Any:
        return value if value in (None, FORGOTTEN) else HIDDEN


def shown_fields(fields: Any, shapes: Sequence[Json]) -> Any:
    """Return the fields of an event, given the schemas of all its versions."""
    return Hiding({}, subjects=None).of(fields, list(shapes)) if shapes else HIDDEN


def shown_state(service: Service, stored: Past) -> Any:
    """Return a state in its newest shape; None where there is none, and a sentence where it cannot be read."""
    if stored.state is None:
        return None
    try:
        newest = service.upcast(stored.state, stored.version)
        shape = shape_of(service.state)
    except Exception as error:  # a newer version's, or whatever `upcast_state` raises
        return f"(of version {stored.version}, not to be read here: {type(error).__name__})"
    return Hiding(shape, subjects=None).of(newest, [shape])


def shown_history(service: Service, row: Row) -> Iterator[Commit]:
    """Yield the commits that a row remembers, the newest first. A sensitive field that changed is named."""
    for step, before, after in past_of(row):
        states = changed = None
        if before is not None and after is not None:
            states = shown_state(service, before), shown_state(service, after)
            changed = differing(_newest(service, before), _newest(service, after))
        at, queue_wait, handler = (one / 1_000 for one in (step.at, step.queue_wait, step.handler))
        yield Commit(step.place, step.version, at, queue_wait, handler, step.attempt, states, changed)


def _newest(service: Service, stored: Past) -> Any:
    try:
        return None if stored.state is None else service.upcast(stored.state, stored.version)
    except Exception:  # as above
        return stored.state
