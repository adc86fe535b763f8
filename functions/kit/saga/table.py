"""The table of a saga: steps, stage after stage, and what is said at its end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any


def names_of(reads: Iterable[str]) -> tuple[str, ...]:
    """Return the fields that are known after reading so, each once: `items` of `items[].sku`, `coupon` of `coupon?`."""
    return tuple(dict.fromkeys(read.partition(".")[0].partition("[")[0].removesuffix("?") for read in reads))


@dataclass(frozen=True, slots=True)
class Step:
    """One row of a saga's table: see `step` and `wait`. `command` is empty where it only waits."""

    name: str
    command: str
    sends: tuple[str, ...]
    done: str
    refused: tuple[str, ...] = ()
    undo: str = ""
    undone: str = ""
    within: timedelta | None = None
    keeps: tuple[str, ...] = ()
    when: Callable[[Mapping[str, Any]], bool] | None = None
    pivot: bool = False
    irreversible: str | None = None
    accepts: str = ""
    rejects: str = ""


@dataclass(frozen=True, slots=True)
class Cancel:
    """The event that asks for the end of a saga, and the one that says that it is too late.

    Both have a `reason`: of the end, if it comes in time, or `too_late`. `passes`: fields of the first that the second
    has too, with a `?` after one that it may come without.
    """

    event: str
    rejects: str
    too_late: str = "it is too late"
    passes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """A saga's table: its stages one after the other, the steps of each side by side, and what it says at its end."""

    key: str
    stages: tuple[tuple[Step, ...], ...]
    completes: str
    tells: tuple[str, ...]
    fails: str
    cancel: Cancel | None

    @property
    def steps(self) -> tuple[Step, ...]:
        """All steps in their order."""
        return tuple(step for stage in self.stages for step in stage)

    @property
    def wakes(self) -> bool:
        """Whether its sagas need a timer: some answer is to come in time."""
        return any(step.within is not None for step in self.steps)

    @property
    def pivot(self) -> Step | None:
        """The step after which the saga only goes forward."""
        return next((step for step in self.steps if step.pivot), None)
