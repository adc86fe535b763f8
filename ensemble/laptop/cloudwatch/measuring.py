"""What AWS's services measure of themselves, as far as alarms look at it, each by its own page on metrics."""

from __future__ import annotations

import time
from collections.abc import Iterable
from functools import cache

from ensemble.laptop.cloudwatch.embedded import embedded
from ensemble.laptop.cloudwatch.metrics import Metric, Metrics
from ensemble.laptop.queues import Queue

PASSED_OVER_AT = 3
"""Receives after which a message is not counted in its queue's age (Amazon SQS Developer Guide, "Available CloudWatch
metrics for Amazon SQS", ApproximateAgeOfOldestMessage)."""

LONGEST_RUN = 15 * 60.0
"""How long a function may have run since it wrote a line (AWS Lambda Developer Guide, "Configure Lambda function
timeout")."""


ROUNDED = 0.001
"""A line's time is in whole milliseconds, which may be the next one."""


class Measuring:
    """Records what services and functions measure."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def queues(self, queues: Iterable[Queue], minute: int) -> None:
        """Look at the queues at the end of a minute.

        The age is that of the oldest message which is neither deleted nor received three times, in flight or not; an
        empty queue has none (the same page).
        """
        for queue in queues:
            visible = len(queue.visible)
            self._metrics.record(_of_queue(queue, "ApproximateNumberOfMessagesVisible"), visible, minute)
            sent = [one.sent_at for one in queue.messages if one.receive_count < PASSED_OVER_AT]
            if sent:
                age = max(0.0, queue.clock.now() - min(sent))
                self._metrics.record(_of_queue(queue, "ApproximateAgeOfOldestMessage"), age, minute)

    def invocation(self, function: str, began: float, ended: float, *, failed: bool) -> None:
        """Record an invocation at the time at which it began; of one that goes well there is an error of 0 (AWS Lambda
        Developer Guide, "Types of metrics for Lambda functions")."""
        self._function(function, "Invocations", 1, began)
        self._function(function, "Errors", float(failed), began)
        self._function(function, "Duration", 1_000 * (ended - began), began)

    def throttle(self, function: str, at: float) -> None:
        """Record a request that was throttled; it is neither an invocation nor an error (the same page)."""
        self._function(function, "Throttles", 1, at)

    def rule(self, bus: str, rule: str) -> None:
        """Record that a rule invoked a target, or could not for good. One of the default bus does not name the bus
        (Amazon EventBridge User Guide, "Monitoring Amazon EventBridge", Invocations)."""
        self._metrics.record(_of_rule(bus, rule), 1)

    def line(self, line: str) -> None:
        """Record the metrics of a line that a function printed. Powertools writes the machine's time, which is now of
        the laptop's; any other one was chosen by who wrote the line."""
        machine = time.time()
        for metric, value, at in embedded(line):
            is_of_machine = machine - LONGEST_RUN < at <= machine + ROUNDED
            self._metrics.record(metric, value, None if is_of_machine else at)

    def _function(self, name: str, metric: str, value: float, at: float) -> None:
        self._metrics.record(_of_function(name, metric), value, at)


@cache
def _of_rule(bus: str, rule: str) -> Metric:
    of_bus = {} if bus == "default" else {"EventBusName": bus}
    return Metric.of("AWS/Events", "Invocations", {**of_bus, "RuleName": rule})


@cache
def _of_function(name: str, metric: str) -> Metric:
    return Metric.of("AWS/Lambda", metric, {"FunctionName": name})


def _of_queue(queue: Queue, name: str) -> Metric:
    return Metric.of("AWS/SQS", name, {"QueueName": queue.name})
