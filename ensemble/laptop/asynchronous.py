"""Lambda's asynchronous invocation, which is how a rule invokes a function: retried, and at last lost."""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass, field, replace
from typing import Any

from ensemble.aws.entries import rfc3339
from ensemble.aws.errors import DeliveryRefused
from ensemble.aws.joints import lets_invoke
from ensemble.laptop.delivery import Delivery, Loss
from ensemble.laptop.engine import Engine
from ensemble.laptop.functions import Function
from ensemble.laptop.identifiers import Identifiers
from ensemble.laptop.invoker import HandlerFailed, Invoker, Throttled
from ensemble.laptop.queues import Queue

RETRY_DELAYS_SECONDS = (60, 120)
"""Two retries, after one minute and two more (Lambda Developer Guide, "How Lambda handles errors and retries")."""

LONGEST_PAUSE_SECONDS, LONGEST_THROTTLED_SECONDS = 300.0, 6 * 60 * 60.0
"""One that is throttled is invoked again after a second, then after longer pauses, for six hours (the same page)."""

RETRIES_EXHAUSTED, AGE_EXCEEDED = "RetriesExhausted", "EventAgeExceeded"


@dataclass(frozen=True, slots=True)
class AsynchronousSettings:
    """How often and how long (seconds) a function is invoked again with an event that it fails at, and what is then.

    `dead_letters` takes the event itself, `on_failure` a record of it (Lambda Developer Guide, "Configuring error
    handling settings for Lambda asynchronous invocations").
    """

    maximum_retries: int = len(RETRY_DELAYS_SECONDS)
    maximum_age: float = LONGEST_THROTTLED_SECONDS
    dead_letters: Queue | None = None
    on_failure: Queue | None = None


DEFAULT = AsynchronousSettings()


@dataclass(frozen=True, slots=True, eq=False)
class Accepted:
    """An event that Lambda has taken for a function. `throttled_since`: seconds since 1970; 0: it is not."""

    function: Function
    payload: str
    trace_header: str | None
    retries: int = 0
    throttled_since: float = 0.0
    accepted_at: float = 0.0


@dataclass(frozen=True, slots=True)
class AsynchronousInvoker:
    """Invokes functions for rules. The rule has done its part when Lambda has taken the event.

    `settings` are those of functions that have any, by ARN. `under_way` has the events whose function is still to
    succeed, with the instants of their invocations.
    """

    engine: Engine
    invoker: Invoker
    identifiers: Identifiers
    losses: deque[Loss]
    settings: dict[str, AsynchronousSettings] = field(default_factory=dict)
    under_way: dict[Accepted, float] = field(default_factory=dict)

    def accept(self, function: Function, delivery: Delivery) -> None:
        """Take a rule's event. Raises DeliveryRefused when no permission of the function lets the rule invoke it, and
        when what its target makes of it is no JSON."""
        rule_arn = delivery.rule.arn
        if not lets_invoke(function.permissions, function.arn, rule_arn):
            raise DeliveryRefused("NO_PERMISSIONS", f"no permission of {function.arn} lets {rule_arn} invoke it")
        try:
            json.loads(delivery.payload)
        except ValueError as error:
            raise DeliveryRefused("INVALID_JSON", f"what {function.arn} gets is no JSON: {error}") from error
        now = self.engine.clock.now()
        accepted = Accepted(function, delivery.payload, delivery.trace_header, accepted_at=now)
        self.under_way[accepted] = now
        self._invoke(accepted)

    def invoke_at(self, instant: float, accepted: Accepted) -> None:
        """Invoke a function at the instant."""
        taken = accepted if accepted.accepted_at else replace(accepted, accepted_at=instant)
        self.under_way[taken] = instant
        self.engine.at(instant, lambda: self._invoke(taken))

    def _invoke(self, accepted: Accepted) -> None:
        event: Any = json.loads(accepted.payload)
        try:
            self.invoker.invoke(accepted.function, event, accepted.trace_header)
        except Throttled as failure:
            self._wait_for_room(accepted, failure)
        except HandlerFailed as failure:
            self._retry(accepted, failure)
        del self.under_way[accepted]

    def _wait_for_room(self, accepted: Accepted, failure: Throttled) -> None:
        """Invoke the function again later, unless it was throttled for too long."""
        now = self.engine.clock.now()
        since = accepted.throttled_since or now
        pause = min(LONGEST_PAUSE_SECONDS, max(1.0, now - since))
        if now + pause - since > self._of(accepted).maximum_age:
            self._give_up(accepted, failure, AGE_EXCEEDED)
            return
        self.invoke_at(now + pause, replace(accepted, throttled_since=since))

    def _retry(self, accepted: Accepted, failure: HandlerFailed) -> None:
        """Invoke the function again later, unless it was retried often enough or the event is too old by then."""
        settings, retries = self._of(accepted), accepted.retries
        if retries >= settings.maximum_retries:
            self._give_up(accepted, failure, RETRIES_EXHAUSTED)
            return
        instant = self.engine.clock.now() + RETRY_DELAYS_SECONDS[retries]
        if instant - accepted.accepted_at > settings.maximum_age:
            self._give_up(accepted, failure, AGE_EXCEEDED)
            return
        self.invoke_at(instant, replace(accepted, retries=retries + 1, throttled_since=0.0))

    def _of(self, accepted: Accepted) -> AsynchronousSettings:
        return self.settings.get(accepted.function.arn, DEFAULT)

    def _give_up(self, accepted: Accepted, failure: HandlerFailed, condition: str) -> None:
        """Send an event to where its function keeps what it failed at, or lose it as Lambda does."""
        settings = self._of(accepted)
        if settings.dead_letters is not None:
            settings.dead_letters.send(accepted.payload, _attributes(self.identifiers.uuid(), failure))
        if settings.on_failure is not None:
            record = self._record(accepted, failure, condition)
            settings.on_failure.send(json.dumps(record, separators=(",", ":"), ensure_ascii=False))
        if settings.dead_letters is None and settings.on_failure is None:
            why = "for six hours" if condition == AGE_EXCEEDED else f"after {accepted.retries} retries"
            self.losses.append(Loss(accepted.function.arn, json.loads(accepted.payload), f"{failure}, {why}"))

    def _record(self, accepted: Accepted, failure: HandlerFailed, condition: str) -> dict[str, Any]:
        """Return the record of an event that was given up (Lambda Developer Guide, "Capturing records of Lambda
        asynchronous invocations")."""
        function = f"{accepted.function.arn}:$LATEST"
        return {
            "version": "1.0",
            "timestamp": rfc3339(self.engine.clock.now()),
            "requestContext": {
                "requestId": self.identifiers.uuid(),
                "functionArn": function,
                "condition": condition,
                "approximateInvokeCount": accepted.retries + 1,
            },
            "requestPayload": json.loads(accepted.payload),
            "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
            "responsePayload": {"errorMessage": _message(failure), "errorType": type(failure.__cause__).__name__},
        }


def _attributes(request_id: str, failure: HandlerFailed) -> dict[str, dict[str, str]]:
    """Return the attributes of a dead letter (Lambda Developer Guide, "Adding a dead-letter queue")."""
    return {
        "RequestID": {"DataType": "String", "StringValue": request_id},
        "ErrorCode": {"DataType": "Number", "StringValue": "200"},
        "ErrorMessage": {"DataType": "String", "StringValue": _message(failure)[:1024]},
    }


def _message(failure: HandlerFailed) -> str:
    return str(failure.__cause__ or failure)
