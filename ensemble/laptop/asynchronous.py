"""Lambda's asynchronous invocation, which is how a rule invokes a function: retried, and at last lost."""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass, field, replace
from typing import Any

from ensemble.aws.errors import DeliveryRefused
from ensemble.aws.joints import lets_invoke
from ensemble.laptop.delivery import Delivery, Loss
from ensemble.laptop.engine import Engine
from ensemble.laptop.functions import Function
from ensemble.laptop.invoker import HandlerFailed, Invoker, Throttled

RETRY_DELAYS_SECONDS = (60, 120)
"""Two retries, after one minute and two more (Lambda Developer Guide, "How Lambda handles errors and retries")."""

LONGEST_PAUSE_SECONDS, LONGEST_THROTTLED_SECONDS = 300.0, 6 * 60 * 60.0
"""One that is throttled is invoked again after a second, then after longer pauses, for six hours (the same page)."""


@dataclass(frozen=True, slots=True, eq=False)
class Accepted:
    """An event that Lambda has taken for a function. `throttled_since`: seconds since 1970; 0: it is not."""

    function: Function
    payload: str
    trace_header: str | None
    retries: int = 0
    throttled_since: float = 0.0


@dataclass(frozen=True, slots=True)
class AsynchronousInvoker:
    """Invokes functions for rules. The rule has done its part when Lambda has taken the event.

    `under_way` has the events whose function is still to succeed, with the instants of their invocations.
    """

    engine: Engine
    invoker: Invoker
    losses: deque[Loss]
    under_way: dict[Accepted, float] = field(default_factory=dict)

    def accept(self, function: Function, delivery: Delivery) -> None:
        """Take a rule's event. Raises DeliveryRefused when no permission of the function lets the rule invoke it."""
        rule_arn = delivery.rule.arn
        if not lets_invoke(function.permissions, function.arn, rule_arn):
            raise DeliveryRefused("NO_PERMISSIONS", f"no permission of {function.arn} lets {rule_arn} invoke it")
        accepted = Accepted(function, delivery.payload, delivery.trace_header)
        self.under_way[accepted] = self.engine.clock.now()
        self._invoke(accepted)

    def invoke_at(self, instant: float, accepted: Accepted) -> None:
        """Invoke a function at the instant."""
        self.under_way[accepted] = instant
        self.engine.at(instant, lambda: self._invoke(accepted))

    def _invoke(self, accepted: Accepted) -> None:
        event: Any = json.loads(accepted.payload)
        try:
            self.invoker.invoke(accepted.function, event, accepted.trace_header)
        except Throttled as failure:
            self._wait_for_room(accepted, event, failure)
        except HandlerFailed as failure:
            self._retry(accepted, event, failure)
        del self.under_way[accepted]

    def _wait_for_room(self, accepted: Accepted, event: Any, failure: Throttled) -> None:
        """Invoke the function again later, unless it was throttled for too long."""
        now = self.engine.clock.now()
        since = accepted.throttled_since or now
        pause = min(LONGEST_PAUSE_SECONDS, max(1.0, now - since))
        if now + pause - since > LONGEST_THROTTLED_SECONDS:
            self.losses.append(Loss(accepted.function.arn, event, f"{failure}, for six hours"))
            return
        self.invoke_at(now + pause, replace(accepted, throttled_since=since))

    def _retry(self, accepted: Accepted, event: Any, failure: HandlerFailed) -> None:
        """Invoke the function again later, unless it was retried often enough."""
        retries = accepted.retries
        if retries == len(RETRY_DELAYS_SECONDS):
            self.losses.append(Loss(accepted.function.arn, event, f"{failure}, after {retries} retries"))
            return
        again = replace(accepted, retries=retries + 1, throttled_since=0.0)
        self.invoke_at(self.engine.clock.now() + RETRY_DELAYS_SECONDS[retries], again)
