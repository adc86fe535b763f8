"""Events and states as they may be shown: without what is sensitive in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ensemble.command_line.stage.erasing import FORGOTTEN, Erasing
from ensemble.contracts.profile import Json
from ensemble.contracts.states.shape import shape_of
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


def shown_state(service: Service, row: Row) -> Any:
    """Return a row's state in its newest shape; None where it has none, and a sentence where it cannot be read."""
    if row.state is None:
        return None
    try:
        stored = service.upcast(row.state, row.state_version)
        shape = shape_of(service.state)
    except Exception as error:  # a newer version's, or whatever `upcast_state` raises
        return f"(of version {row.state_version}, not to be read here: {type(error).__name__})"
    return Hiding(shape, subjects=None).of(stored, [shape])
