"""How long an event may still be delivered after it was said, and whether each row is remembered for longer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import ceil, inf

from ensemble.choreography.templates import ARCHIVE, BUCKET, FUNCTION, MAPPING, QUEUE, RULE, TABLE, Resource, service_of
from ensemble.contracts.findings import Finding

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
    queues = {one.arn: float(one.properties.get("MessageRetentionPeriod", QUEUE_SECONDS)) for one in _of(own, QUEUE)}
    polled = {mapping.properties["EventSourceArn"] for mapping in _of(own, MAPPING)}
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
        if service is None or memory in (None, FOR_EVER):
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
        table.properties.get("TimeToLiveSpecification", {}).get("Enabled") is True
        for table in _of(resources, TABLE)
        if table.stack == stack
    )


def _of(resources: Iterable[Resource], type: str) -> list[Resource]:
    return [resource for resource in resources if resource.type == type]


def _retry(rule: Resource) -> float:
    ages = [one.get("RetryPolicy", {}).get("MaximumEventAgeInSeconds") for one in rule.properties.get("Targets", [])]
    return max((RETRY_SECONDS if age is None else float(age) for age in ages), default=0)


def _stream(mapping: Resource) -> float:
    if ":dynamodb:" not in str(mapping.properties["EventSourceArn"]):
        return 0
    age = float(mapping.properties.get("MaximumRecordAgeInSeconds", -1))
    return STREAM_SECONDS if age < 0 else age


def _bucket(bucket: Resource) -> float:
    rules = bucket.properties.get("LifecycleConfiguration", {}).get("Rules", [])
    days = [
        rule["ExpirationInDays"] for rule in rules if rule.get("Status") == "Enabled" and "ExpirationInDays" in rule
    ]
    return min((float(one) * DAY for one in days), default=inf)


def _archive(archive: Resource) -> float:
    """Return how long it keeps events; 0 or nothing said means for ever (EventBridge API Reference, CreateArchive)."""
    return float(archive.properties.get("RetentionDays", 0)) * DAY or inf
