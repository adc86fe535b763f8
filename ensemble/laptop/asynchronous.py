"""Lambda's asynchronous invocation, which is how a rule invokes a function: retried, and at last lost."""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass
from typing import Any

from ensemble.laptop.delivery import Delivery, Loss
from ensemble.laptop.engine import Engine
from ensemble.laptop.errors import DeliveryRefused
from ensemble.laptop.functions import Function
from ensemble.laptop.invoker import HandlerFailed, Invoker
from ensemble.laptop.policies import allows

RETRY_DELAYS_SECONDS = (60, 120)
"""Two retries, after one minute and two more (Lambda Developer Guide, "How Lambda handles errors and retries")."""


@dataclass(frozen=True, slots=True)
class AsynchronousInvoker:
    """Invokes functions for rules. The rule has done its part when Lambda has taken the event."""

    engine: Engine
    invoker: Invoker
    losses: deque[Loss]

    def accept(self, function: Function, delivery: Delivery) -> None:
        """Take a rule's event. Raises DeliveryRefused when no permission of the function lets the rule invoke it."""
        rule_arn = delivery.rule.arn
        permitted = allows(
            function.permissions,
            service="events.amazonaws.com",
            action="lambda:InvokeFunction",
            resource=function.arn,
            source_arn=rule_arn,
            account_id=function.arn.split(":")[4],
        )
        if not permitted:
            raise DeliveryRefused("NO_PERMISSIONS", f"no permission of {function.arn} lets {rule_arn} invoke it")
        self._invoke(function, delivery.payload, delivery.trace_header, 0)

    def _invoke(self, function: Function, payload: str, trace_header: str | None, retries: int) -> None:
        event: Any = json.loads(payload)
        try:
            self.invoker.invoke(function, event, trace_header)
        except HandlerFailed as failure:
            if retries == len(RETRY_DELAYS_SECONDS):
                self.losses.append(Loss(function.arn, event, f"{failure}, after {retries} retries"))
                return
            delay = RETRY_DELAYS_SECONDS[retries]
            self.engine.after(delay, lambda: self._invoke(function, payload, trace_header, retries + 1))
