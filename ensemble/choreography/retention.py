"""How long an event may still be delivered after it was said, and whether each row is remembered for longer.

A time that only a deployment knows counts as none: what is refused is refused for what is known.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import ceil, inf
from typing import Any

from ensemble.choreography.templates import Resource, service_of
from ensemble.contracts.findings import Finding
from ensemble.laptop.opaque import Opaque, is_known
from ensemble.laptop.resource_types import ARCHIVE, BUCKET, FUNCTION, GLOBAL_TABLE, MAPPING, QUEUE, RULE, TABLE
from ensemble.laptop.service_resources import targets_of

DAY = 24 * 60 * 60

FOR_EVER = "none"
"""What ROW_MEMORY_SECONDS says where rows do not expire (`functions/kit/settings.py`)."""

STREAM_SECONDS = DAY
"""How long a stream keeps a record (Amazon DynamoDB Developer Guide, "Change data capture for DynamoDB Streams")."""

RETRY_SECONDS = DAY
"""How long EventBridge tries where a target does not say (Amazon EventBridge API Reference, RetryPolicy)."""

QUEUE_SECONDS = 4 * DAY
"""How long a queue keeps a message where it does not say (Amazon SQS API Reference, CreateQueue)."""


def longest_delivery_seconds(resources: Sequence[Resource], stack: str | None = None) -> float:
    """Return how long after it was said an event may still reach a service; `inf` when something keeps it for ever.

    Longest way: from the stream's failure bucket on its last day, replayed on the archive's last day, delivered on
    the last retry, sent to the DLQ on its queue's last day, redriven on the DLQ's last day, handled on its queue's
    last day.
    `stack`: the service's; None takes the longest of all.
    """
    own = [resource for resource in resources if stack in (None, resource.stack)]
    queues = {one.arn: _seconds(one.properties.get("MessageRetentionPeriod"), QUEUE_SECONDS) for one in _of(own, QUEUE)}
    polled = {mapping.properties.get("EventSourceArn") for mapping in _of(own, MAPPING)}
    queue = max((kept for arn, kept in queues.items() if arn in polled), default=0)
    dead_letters = max((kept for arn, kept in queues.items() if arn not in polled), default=0)
    retry = max(map(_retry, _of(own, RULE)), default=0)
    stream = max(map(_stream, _of(resources, MAPPING)), default=0)
    bucket = max(map(_bucket, _of(resources, BUCKET)), default=0)
    archive = max(map(_archive, _of(resources, ARCHIVE)), default=0)
    return stream + bucket + archive + retry + queue + dead_letters + queue


def longest_delivery_days(resources: Sequence[Resource]) -> float:
    """Return the same in whole days, rounded up."""
    seconds = longest_delivery_seconds(resources)
    return seconds if seconds == inf else ceil(seconds / DAY)


def forgetful(resources: Sequence[Resource]) -> Iterator[Finding]:
    """Yield each service whose rows expire while an event that they remember may still be delivered again."""
    for function in _of(resources, FUNCTION):
        service = service_of(function)
        memory = function.properties.get("Environment", {}).get("Variables", {}).get("ROW_MEMORY_SECONDS")
        if service is None or memory in (None, FOR_EVER) or isinstance(memory, Opaque):
            continue
        needed = longest_delivery_seconds(resources, function.stack)
        if float(memory) <= needed:
            yield Finding(
                f"stack {function.stack}",
                f"rows of {service} are remembered for {int(memory) / DAY:.1f} days and an event may be delivered "
                f"again {needed / DAY:.1f} days after it was said, by stream, archive, queues and dead-letter queues: "
                f"{service} would handle it twice",
                "raise the memory in infrastructure/retention.py, or keep events for less long",
            )
        if not _expires(resources, function.stack):
            yield Finding(
                f"stack {function.stack}",
                f"the table of {service} has no time to live, so its rows are kept for ever though it forgets",
                "enable it on `expires_at`, or declare forgets=False",
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


def _stream(mapping: Resource) -> float:
    if ":dynamodb:" not in str(mapping.properties.get("EventSourceArn")):
        return 0
    age = _seconds(mapping.properties.get("MaximumRecordAgeInSeconds"), -1)
    return STREAM_SECONDS if age < 0 else age


def _bucket(bucket: Resource) -> float:
    lifecycle = bucket.properties.get("LifecycleConfiguration", {})
    if not is_known(lifecycle):
        return 0
    days = [
        rule["ExpirationInDays"]
        for rule in lifecycle.get("Rules", [])
        if rule.get("Status") == "Enabled" and "ExpirationInDays" in rule
    ]
    return min((float(one) * DAY for one in days), default=inf)


def _archive(archive: Resource) -> float:
    """Return how long it keeps events; 0 or nothing said means for ever (EventBridge API Reference, CreateArchive)."""
    days = archive.properties.get("RetentionDays", 0)
    return 0 if isinstance(days, Opaque) else float(days) * DAY or inf
