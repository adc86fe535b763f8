"""Carries out the requests of an invocation that a fault is planned for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NoReturn, TypeVar

from greenlet import getcurrent

from ensemble.simulator.answers import THROTTLED, Crash, NoAnswer, Refused
from ensemble.simulator.faults import Fault, Plan
from ensemble.simulator.invocation import Invocation
from functions.kit.aws.sending import READ_SECONDS

if TYPE_CHECKING:
    from ensemble.simulator.world import World

Result = TypeVar("Result")

WRITES = ("PutItem", "UpdateItem", "TransactWriteItems")
OF_DATABASE = ("GetItem", "BatchGetItem", *WRITES, "Query")
STEPS = {
    "GetItem": "load",
    "BatchGetItem": "read ahead",
    "PutItem": "commit",
    "UpdateItem": "mark",
    "TransactWriteItems": "commit",
    "Query": "sweep",
    "PutEvents": "publish",
    "ChangeMessageVisibility": "postpone",
    "SendMessage": "send",
    "SendMessageBatch": "send",
    "DeleteMessage": "delete",
    "Publish": "effect",
    "effect": "effect",
}

OF_MANY = "BatchGetItem"
"""A request of which a throttled table answers a part."""

INSTEAD = (Fault.THROTTLED, Fault.CONFLICT, Fault.EFFECT_REFUSED, Fault.INDEX_STALE)
"""Faults in whose place a request is not carried out, or is carried out otherwise."""

STALLS = (Fault.STALL, Fault.VISIBILITY_EXPIRED)
TAKE_TIME = (*STALLS, Fault.ANSWER_LOST, Fault.EFFECT_REFUSED, Fault.EFFECT_ANSWER_LOST)

PROVIDER_SECONDS = 10.0
"""For how long an effect's adapter waits for an answer, at most (docs/how-it-works.md, "Effects outside DynamoDB")."""


class Striker:
    """Lets the planned fault of an invocation strike, at the first request it can strike."""

    def __init__(self, world: World) -> None:
        self._world = world

    def carry_out(
        self, operation: str, perform: Callable[[Invocation], Result], active: Invocation, plan: Plan
    ) -> Result:
        """Carry a request out, or not, under the fault that is planned for it."""
        fault, step = plan.fault, STEPS[operation]
        is_effect = operation == "effect"
        if not plan.after or fault in INSTEAD:
            if fault is Fault.CRASH:
                self.crash(active, f"before {step}")
            if fault in STALLS and not active.struck and self.hits(active, step):
                self._stall(active, plan.seconds)
            if fault is Fault.THROTTLED and operation not in ("effect", OF_MANY) and self.hits(active, step):
                raise Refused(THROTTLED)
            if fault is Fault.CONFLICT and operation in WRITES and self.hits(active, step):
                if operation != "TransactWriteItems":
                    raise Refused("TransactionConflictException", "another transaction is under way")
                active.meets_conflict = True
            if fault is Fault.INDEX_STALE and operation == "Query":
                active.reads_stale = self.hits(active, step)
            if fault is Fault.EFFECT_REFUSED and is_effect and self.hits(active, step):
                self.wait(active, operation)
        answer = perform(active)
        if fault is Fault.CRASH and plan.after:
            self.crash(active, f"after {step}")
        if fault in STALLS and not active.struck and self.hits(active, step):
            self._stall(active, plan.seconds)
        if fault is Fault.ANSWER_LOST and not is_effect and self.hits(active, step):
            self.wait(active, operation)
        if fault is Fault.EFFECT_ANSWER_LOST and is_effect and self.hits(active, step):
            self.wait(active, operation)
        if fault is Fault.TIMEOUT and not active.struck and self.hits(active, step):
            active.short_of_time = True
        return answer

    def hits(self, active: Invocation, step: str) -> bool:
        """Let the planned fault strike; the first time it is listed, and may be left out."""
        plan = active.plan
        if plan is None:
            return False
        if not active.struck and not self._world.disturbs(f"{plan.fault}: {active.key}"):
            active.plan = None
            return False
        active.struck += 1
        self._world.hit(f"{active.function.service} {'relay ' if active.function.is_relay else ''}{step}", plan.fault)
        return True

    def fails(self, active: Invocation, fault: Fault, position: int, step: str) -> bool:
        """Whether an entry of a call fails, which the fault planned for the invocation does to some of them.

        The plan may be gone since the entry before: its disturbance was left out.
        """
        plan = active.plan
        if plan is None or plan.fault is not fault:
            return False
        if active.calls >= plan.call + plan.times or self._world.chance.draw(f"{active.key} entry {position}") < 0.4:
            return False
        return self.hits(active, step)

    def crash(self, active: Invocation, step: str) -> None:
        """Let the function end here, if that is planned. Raises Crash."""
        if self.hits(active, step):
            raise Crash

    def cut_off(self, active: Invocation, step: str) -> None:
        """Let a function that a fault has struck already crash as well. Raises Crash."""
        relay = "relay " if active.function.is_relay else ""
        self._world.hit(f"{active.function.service} {relay}{step}", Fault.CRASH)
        raise Crash

    def wait(self, active: Invocation, operation: str) -> NoReturn:
        """Wait for an answer that does not come. Raises NoAnswer, or Crash when the function has no time for that.

        A function that nothing else has struck knows how long it may have to wait, and so begins nothing that
        it has no time for.
        """
        seconds = PROVIDER_SECONDS if operation == "effect" else READ_SECONDS
        if active.until - self._world.now <= seconds and not (active.struck or self._world.lane.is_naive):
            self._world.violate(f"{active.function.name} is cut off while it waits for an answer")
        self._pause(active, seconds)
        raise NoAnswer

    def _stall(self, active: Invocation, seconds: float) -> None:
        """Let a function do nothing for a while; its batch may be visible to others before it is done."""
        active.stalled()
        self._pause(active, seconds)

    def _pause(self, active: Invocation, seconds: float) -> None:
        """Let others run meanwhile; a function that pauses past its timeout does not come back."""
        here = getcurrent()
        self._world.at(min(self._world.now + seconds, active.until), here.switch)
        self._world.trouble_until(min(self._world.now + seconds, active.until))
        assert here.parent is not None
        here.parent.switch()
        self._world.active = active
        if self._world.now >= active.until:
            raise Crash
