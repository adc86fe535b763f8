"""Whether the stacks carry what the services are declared to need: what is joined, awake, and kept for long enough."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ensemble.aws.joints import Joints, runs_for
from ensemble.aws.opaque import is_known
from ensemble.aws.resource_types import FUNCTION, MAPPING, QUEUE, TABLE
from ensemble.choreography.retention import DAY, kept_for
from ensemble.choreography.templates import Resource, service_of
from ensemble.contracts.findings import Finding
from functions.kit.model import INDEX, Service
from functions.kit.needs import SHORTEST_TIMEOUT_SECONDS
from functions.kit.waiting import PATIENCE_SECONDS


def uncarried(resources: Sequence[Resource]) -> Iterator[Finding]:
    """Yield what the templates join and AWS does not carry, or refuses to join."""
    for one in Joints(resources).obstacles():
        yield Finding(f"stack {one.stack}", one.what, one.mend)


def hurried(resources: Sequence[Resource]) -> Iterator[Finding]:
    """Yield each function of a service that is ended before its calls could fail, and each queue of a service that
    forgets what its service may still wait for."""
    for function in (one for one in resources if one.type == FUNCTION and service_of(one)):
        if is_known(function.properties.get("Timeout")) and runs_for(function.properties) < SHORTEST_TIMEOUT_SECONDS:
            yield Finding(
                f"stack {function.stack}",
                f"the function {function.name} is ended after {runs_for(function.properties):g} s, and to handle an "
                f"event while AWS answers slowly takes up to {SHORTEST_TIMEOUT_SECONDS} s",
                f"give it at least {SHORTEST_TIMEOUT_SECONDS} s",
            )
    polled = {one.properties.get("EventSourceArn") for one in resources if one.type == MAPPING}
    for queue in (one for one in resources if one.type == QUEUE and one.arn in polled):
        if kept_for(queue) < PATIENCE_SECONDS and is_known(queue.properties.get("MessageRetentionPeriod")):
            yield Finding(
                f"stack {queue.stack}",
                f"the queue {queue.name} forgets a message after {_span(kept_for(queue))}, and an event may wait "
                f"{_span(PATIENCE_SECONDS)} for what is down: it would be lost",
                "keep messages for 14 days",
            )


def unindexed(services: Sequence[Service], resources: Sequence[Resource]) -> Iterator[Finding]:
    """Yield each service with timers whose table has no index to find them by."""
    stacks = {service_of(one): one.stack for one in resources if one.type == FUNCTION}
    for service in (one for one in services if one.sweeps and one.name in stacks):
        for table in (one for one in resources if one.type == TABLE and one.stack == stacks[service.name]):
            indexes = table.properties.get("GlobalSecondaryIndexes", [])
            if is_known(indexes) and INDEX not in [one["IndexName"] for one in indexes]:
                yield Finding(
                    f"stack {table.stack}",
                    f"the table {table.name} has no index {INDEX!r}, by which the sweep finds the timers of "
                    f"{service.name}: none ever fires",
                    f"give it the index {INDEX!r}",
                )


def _span(seconds: float) -> str:
    return f"{seconds / DAY:.3g} days" if seconds >= DAY else f"{seconds:g} s"
