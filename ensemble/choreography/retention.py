"""How long an event may still be delivered after it was published, and whether each id is remembered for longer.

A time that only a deployment knows counts as none: what is refused is refused for what is known.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import ceil, inf
from typing import Any

from ensemble.aws.opaque import Opaque, is_known
from ensemble.aws.resource_types import ARCHIVE, FUNCTION, GLOBAL_TABLE, MAPPING, QUEUE, RULE, TABLE
from ensemble.aws.service_resources import targets_of
from ensemble.choreography.templates import Resource, service_of
from ensemble.contracts.findings import Finding
from functions.kit.model import Service

DAY = 24 * 60 * 60

RETRY_SECONDS = DAY
"""How long EventBridge tries where a target does not say (Amazon EventBridge API Reference, RetryPolicy)."""

QUEUE_SECONDS = 4 * DAY
"""How long a queue keeps a message where it does not say (Amazon SQS API Reference, CreateQueue)."""


def longest_delivery_seconds(resources: Sequence[Resource], stack: str | None = None) -> float:
    """Return how long after it was published an event may still reach a service; `inf`: for ever.

    Longest way: published once more by its cause, which was redriven; replayed on the archive's last day, delivered on
    the last retry, and redriven itself: from its queue to the DLQ and back. A message that waits is sent again before
    its queue drops it, and is then kept once more: twice its queue's time.
    `stack`: the service's; None takes the longest of all.
    """
    own = [resource for resource in resources if stack in (None, resource.stack)]
    retry = max(map(_retry, _of(own, RULE)), default=0)
    archive = max(map(_archive, _of(resources, ARCHIVE)), default=0)
    return _redriven(resources) + archive + retry + _redriven(own)


def _redriven(resources: Sequence[Resource]) -> float:
    """Return how long a message may be under way through the queues of a service: until the DLQ, there, and after."""
    queues = {one.arn: kept_for(one) for one in _of(resources, QUEUE)}
    polled = {mapping.properties.get("EventSourceArn") for mapping in _of(resources, MAPPING)}
    queue = max((kept for arn, kept in queues.items() if arn in polled), default=0)
    dead_letters = max((kept for arn, kept in queues.items() if arn not in polled), default=0)
    return 2 * queue + dead_letters + 2 * queue


def kept_for(queue: Resource) -> float:
    """Return for how many seconds a queue keeps a message."""
    return _seconds(queue.properties.get("MessageRetentionPeriod"), QUEUE_SECONDS)


def longest_delivery_days(resources: Sequence[Resource]) -> float:
    """Return the same in whole days, rounded up."""
    seconds = longest_delivery_seconds(resources)
    return seconds if seconds == inf else ceil(seconds / DAY)


def forgetful(resources: Sequence[Resource]) -> Iterator[Finding]:
    """Yield each service that forgets an event's id while the event may still be delivered again."""
    for function in _of(resources, FUNCTION):
        service = service_of(function)
        memory = function.properties.get("Environment", {}).get("Variables", {}).get("ID_MEMORY_SECONDS")
        if service is None or memory is None or isinstance(memory, Opaque):
            continue
        needed = longest_delivery_seconds(resources, function.stack)
        if float(memory) <= needed:
            yield Finding(
                f"stack {function.stack}",
                f"{service} remembers the id of an event for {int(memory) / DAY:.1f} days, and an event may be "
                f"delivered again {needed / DAY:.1f} days after it was published, by archive, queues and dead-letter "
                f"queues: {service} would handle it twice",
                "raise the memory in infrastructure/retention.py, or keep events for less long",
            )


def unexpiring(services: Sequence[Service], resources: Sequence[Resource]) -> Iterator[Finding]:
    """Yield each service that says when its rows may go, and whose table keeps them for ever."""
    stacks = {service_of(function): function.stack for function in _of(resources, FUNCTION)}
    for service in services:
        if service.forgets and service.name in stacks and not _expires(resources, stacks[service.name]):
            yield Finding(
                f"stack {stacks[service.name]}",
                f"the table of {service.name} has no time to live, so its rows are kept for ever though it forgets",
                "enable it on `expires_at`, or leave `forgets` out",
            )


def _expires(resources: Sequence[Resource], stack: str) -> bool:
    return any(
        not is_known(expiry := table.properties.get("TimeToLiveSpecification", {})) or expiry.get("Enabled") is True
        for table in (*_of(resources, TABLE), *_of(resources, GLOBAL_TABLE))
        if table.stack == stack
    )


def _of(resources: Iterable[Resource], type: str) -> list[Resource]:
    return [resource for resource in resources if resource.type == type]


def _seconds(value: Any, default: float) -> float:
    """Return a time of a template: the default where it says none, and 0 where only a deployment knows it."""
    if isinstance(value, Opaque):
        return 0
    return default if value is None else float(value)


def _retry(rule: Resource) -> float:
    policies = [target.get("RetryPolicy", {}) for target in targets_of(rule)]
    ages = [0 if isinstance(one, Opaque) else one.get("MaximumEventAgeInSeconds") for one in policies]
    return max((_seconds(age, RETRY_SECONDS) for age in ages), default=0)


def _archive(archive: Resource) -> float:
    """Return how long it keeps events; 0 or nothing said means for ever (EventBridge API Reference, CreateArchive)."""
    days = archive.properties.get("RetentionDays", 0)
    return 0 if isinstance(days, Opaque) else float(days) * DAY or inf
