"""The states that a row had: its history is undone, commit by commit, from what it is now. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from functions.kit.history import Step, steps_in, undone
from functions.kit.rows import Row


class Past(NamedTuple):
    """A state as it was stored, and its version; a state of None: there was no row."""

    state: Any
    version: int


class Passed(NamedTuple):
    """A commit, and the states before and after it; None where the history does not say."""

    step: Step
    before: Past | None
    after: Past | None


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit of a row, as it may be shown. `place`: that of its event (`functions.kit.history`).

    `version`: of the row, by this commit. `at`: seconds since 1970. `queue_wait`, `handler`: seconds until it.
    `states`: before and after; `changed`: the fields in which these differ; both None where that is not known.
    """

    place: str
    version: int
    at: float
    queue_wait: float
    handler: float
    attempt: int
    states: tuple[Any, Any] | None = None
    changed: tuple[str, ...] | None = None

    @property
    def begun(self) -> float:
        """When the attempt began that it ended."""
        return self.at - self.handler

    @property
    def came(self) -> float:
        """When the event came into its queue."""
        return self.begun - self.queue_wait

    def changes(self) -> Iterator[tuple[str, Any, Any]]:
        """Yield each field that changed, as it was and as it became; `ABSENT` where it was not there."""
        before, after = self.states or (None, None)
        for name in self.changed or ():
            yield name, _field(before, name), _field(after, name)


ABSENT: Any = object()
"""What a field is that a state does not have."""


def past_of(row: Row) -> Iterator[Passed]:
    """Yield the commits that a row remembers, the newest first."""
    after: Past | None = Past(row.state, row.state_version)
    for step in steps_in(row.history):
        before = None if after is None or step.undo is None else Past(*undone(*after, step.undo))
        yield Passed(step, before, after)
        after = before


def differing(before: Any, after: Any) -> tuple[str, ...]:
    """Return the names of the fields in which two states differ, in their order."""
    old, new = (one if isinstance(one, Mapping) else {} for one in (before, after))
    return tuple(name for name in {**old, **new} if _field(old, name) != _field(new, name))


def _field(state: Any, name: str) -> Any:
    if isinstance(state, Mapping):
        return state.get(name, ABSENT)
    return ABSENT if state is None else state
