"""What a recorded schedule did, step by step, with what each step is about: the trace has the same as text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ensemble.simulator.buses import Accepted
    from ensemble.simulator.dynamodb import Item
    from ensemble.simulator.invocation import Invocation


@dataclass(frozen=True, slots=True)
class Routine:
    """What happens at every step and says little: a delivery, a call of a function."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A row was loaded: whatever the function does from here on is about it."""

    table: str
    key: str


@dataclass(frozen=True, slots=True)
class Written:
    """An item as it was before and is after a write."""

    table: str
    key: str
    before: Item | None
    after: Item


@dataclass(frozen=True, slots=True)
class Taken:
    """An event that a bus took."""

    event: Accepted


@dataclass(frozen=True, slots=True)
class Struck:
    """A fault that struck; `about`: the deliveries it struck, where no function was under way."""

    step: str
    fault: str
    about: str


@dataclass(frozen=True, slots=True)
class Judged:
    """An invariant that does not hold."""


What = Routine | Loaded | Written | Taken | Struck | Judged | None


@dataclass(frozen=True, slots=True)
class Step:
    """A line of the trace. `what`: None where the text says all. `invocation`: the one under way, if any."""

    instant: float
    text: str
    what: What
    invocation: Invocation | None
