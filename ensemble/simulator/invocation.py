"""An invocation of a function, and the lane that makes the environments it runs in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from greenlet import greenlet

from ensemble.simulator.faults import Plan
from ensemble.simulator.topology import FunctionSpec

CALLS_IN_RESERVE = 24
"""What a batch may need to come to its end once time is short; a function that goes on gets no further."""

Action = Callable[[], None]
Handler = Callable[[dict[str, Any], "Invocation"], dict[str, Any]]


class Lane(Protocol):
    """Makes the execution environments of functions."""

    is_naive: bool
    """Whether it is the control: its consumers publish by themselves, and do not look at the time that is left."""
    calls_of_a_record: int
    """About how many requests a consumer makes for a record: a fault strikes at one of so many."""

    def environment(self, function: FunctionSpec, *, older: bool) -> Handler:
        """Return a new environment's handler; `older`: of the version of the service before."""
        ...


class Invocation:
    """One invocation: what its function may do, what will strike it, and what it has done so far."""

    __slots__ = (
        "calls",
        "calls_left",
        "clock",
        "crashed",
        "event",
        "function",
        "key",
        "meets_conflict",
        "plan",
        "reads_stale",
        "result",
        "short_of_time",
        "skew",
        "stalled",
        "struck",
        "thread",
        "until",
    )

    def __init__(
        self,
        function: FunctionSpec,
        event: dict[str, Any],
        key: str,
        plan: Plan | None,
        skew: float,
        until: float,
        clock: Callable[[], float],
    ) -> None:
        self.function, self.event, self.key, self.plan, self.skew = function, event, key, plan, skew
        self.until, self.clock = until, clock
        self.calls = 0
        self.struck = 0
        self.thread: greenlet | None = None
        self.crashed = False
        self.short_of_time = self.reads_stale = self.meets_conflict = False
        self.calls_left = CALLS_IN_RESERVE
        self.result: dict[str, Any] = {}
        self.stalled: Action = lambda: None

    def get_remaining_time_in_millis(self) -> int:
        """Return what is left of the function's time, as the context of a Lambda invocation does."""
        return 1_000 if self.short_of_time else int((self.until - self.clock()) * 1_000)
