"""Delivers an event to a rule's target: again and again while that may help, then to the dead-letter queue."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ensemble.aws.entries import Event
from ensemble.aws.errors import DeliveryRefused
from ensemble.aws.rules import Rule
from ensemble.aws.targets import Target
from ensemble.laptop.cloudwatch.measuring import Measuring
from ensemble.laptop.engine import HOP_SECONDS, Engine
from ensemble.laptop.queues import Queue

LONGEST_BACKOFF_SECONDS = 480
"""EventBridge backs off exponentially, by times it does not publish; with these, 185 attempts take about 24 hours."""

MAXIMUM_LOSSES = 1_000


@dataclass(frozen=True, slots=True)
class Loss:
    """Something that AWS would lose without a word: where, what, and why."""

    where: str
    what: Any
    why: str


@dataclass(eq=False)
class Delivery:
    """One event on its way to one target."""

    rule: Rule
    target: Target
    event: Event
    payload: str
    trace_header: str | None
    first_tried_at: float
    retries: int = 0


Destination = Callable[[Delivery], None]  # takes a delivery, or raises DeliveryRefused


class Courier:
    """Makes deliveries. `destinations` are what targets can be, by ARN; `copies` of each go to a queue (a fault)."""

    def __init__(self, engine: Engine, queues: Mapping[str, Queue], losses: deque[Loss], measuring: Measuring) -> None:
        self._engine = engine
        self._measuring = measuring
        self._queues = queues
        self._losses = losses
        self.destinations: dict[str, Destination] = {}
        self.copies = 1
        self.under_way: dict[Delivery, float] = {}
        """The deliveries still to be made, with their instants."""

    def send(self, rule: Rule, target: Target, event: Event, payload: str, trace_header: str | None) -> None:
        """Start the delivery of an event."""
        for _ in range(self.copies if target.arn in self._queues else 1):
            delivery = Delivery(rule, target, event, payload, trace_header, self._engine.clock.now())
            self.deliver_at(self._engine.clock.now() + HOP_SECONDS, delivery)

    def deliver_at(self, instant: float, delivery: Delivery) -> None:
        """Make a delivery at the instant."""
        self.under_way[delivery] = instant
        self._engine.at(instant, lambda: self._try(delivery))

    def _try(self, delivery: Delivery) -> None:
        del self.under_way[delivery]
        try:
            self._hand_over(delivery)
            self._measuring.rule(delivery.rule.bus, delivery.rule.name)
        except DeliveryRefused as refusal:
            self._after_refusal(delivery, refusal)

    def _hand_over(self, delivery: Delivery) -> None:
        arn, rule = delivery.target.arn, delivery.rule
        queue = self._queues.get(arn)
        if queue is not None:
            group = delivery.target.group_of(delivery.event)
            queue.accept_from_events(delivery.payload, {}, rule.arn, delivery.trace_header, group)
        elif arn in self.destinations:
            self.destinations[arn](delivery)
        else:
            raise DeliveryRefused("NO_RESOURCE", f"there is no {arn}")

    def _after_refusal(self, delivery: Delivery, refusal: DeliveryRefused) -> None:
        if not refusal.retriable:
            return self._give_up(delivery, refusal, None)
        if delivery.retries >= delivery.target.maximum_retries:
            return self._give_up(delivery, refusal, "MaximumRetryAttempts")
        backoff = min(2**delivery.retries, LONGEST_BACKOFF_SECONDS)
        if self._engine.clock.now() + backoff - delivery.first_tried_at > delivery.target.maximum_age:
            return self._give_up(delivery, refusal, "MaximumEventAgeInSeconds")
        delivery.retries += 1
        self.deliver_at(self._engine.clock.now() + backoff, delivery)
        return None

    def _give_up(self, delivery: Delivery, refusal: DeliveryRefused, exhausted: str | None) -> None:
        """Send the event to the target's dead-letter queue, or lose it as EventBridge does."""
        rule, target = delivery.rule, delivery.target
        self._measuring.rule(rule.bus, rule.name)
        queue = self._queues.get(target.dead_letter_arn or "")
        why = f"{target.arn}: {refusal}"
        try:
            if queue is None:
                raise DeliveryRefused("NO_RESOURCE", f"no dead-letter queue {target.dead_letter_arn or ''}".rstrip())
            attributes = _attributes(delivery, refusal, exhausted)
            queue.accept_from_events(delivery.payload, attributes, rule.arn, delivery.trace_header)
        except DeliveryRefused as second:
            self._losses.append(Loss(rule.arn, delivery.event, f"{why}; then {second}"))

    def keep(self, queue_arn: str | None, bus_arn: str, event: Event, refusal: DeliveryRefused) -> None:
        """Send an event that its bus cannot keep to the bus's dead-letter queue, or lose it."""
        queue = self._queues.get(queue_arn or "")
        try:
            if queue is None:
                raise DeliveryRefused("NO_RESOURCE", "the bus has no dead-letter queue")
            said = {"ERROR_CODE": refusal.code, "ERROR_MESSAGE": refusal.message}
            attributes = {name: {"DataType": "String", "StringValue": value} for name, value in said.items()}
            queue.accept_from_events(json.dumps(event), attributes, bus_arn, None)
        except DeliveryRefused as second:
            self._losses.append(Loss(bus_arn, event, f"{refusal}; then {second}"))


def _attributes(delivery: Delivery, refusal: DeliveryRefused, exhausted: str | None) -> dict[str, dict[str, str]]:
    """Return the attributes of a dead-lettered event.

    Source: EventBridge user guide, "Using dead-letter queues to process undelivered events".
    """
    values = {
        "RULE_ARN": delivery.rule.arn,
        "TARGET_ARN": delivery.target.arn,
        "ERROR_CODE": refusal.code,
        "ERROR_MESSAGE": refusal.message,
        "RETRY_ATTEMPTS": str(delivery.retries),
    }
    if exhausted is not None:
        values["EXHAUSTED_RETRY_CONDITION"] = exhausted
    return {name: {"DataType": "String", "StringValue": value} for name, value in values.items()}
