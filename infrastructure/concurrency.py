"""How many of a stage's functions may run at once, and whether the account has that many.

A queue's mapping bounds its consumer, so the sum is known. In a protected stage each relay, and each consumer that a
timer wakes, has its share reserved: nothing else in the account, a consumer least of all, can take it from them.
Elsewhere nothing is reserved, since a new account allows ten at once and lets nobody reserve any; what has no room
there comes later.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from functions.kit.model import Service
from infrastructure.configuration import LIMITS, Configuration
from infrastructure.errors import ConcurrencyExceeded
from infrastructure.needs import Needs

UNRESERVED = 100
"""What of an account's concurrency nobody may reserve (AWS Lambda Developer Guide, "Configuring reserved concurrency
for a function")."""

RELAY = 10
"""Of each relay: one for a shard of its stream. A table has four partitions at first, and one more for each 1,000 write
units a second (Amazon DynamoDB Developer Guide, "Partitions and data distribution"). With more shards they take turns.
"""

TICK = 1
"""Of a consumer, for the tick of its sweep beside what its queues may take."""


def reserved_for_consumer(service: Service, needs: Needs, configuration: Configuration) -> int | None:
    """Return what is reserved for a consumer: all that its queues may take and the tick; None is nothing."""
    if not (configuration.protected and service.sweeps):
        return None
    return queues_of(service) * needs.maximum_concurrency + TICK


def reserved_for_relay(configuration: Configuration) -> int | None:
    """Return what is reserved for a relay; None is nothing."""
    return RELAY if configuration.protected else None


def queues_of(service: Service) -> int:
    """Return how many queues a consumer is handed messages of: one for each event that it hears, and each replay."""
    return sum(1 + reaction.replay for reaction in service.subscriptions)


def refuse_too_much(
    stage: str, services: Sequence[Service], needs: Mapping[str, Needs], configuration: Configuration
) -> None:
    """Raise ConcurrencyExceeded when the functions of a stage may ask for more than the account lets them have."""
    of_queues = sum(queues_of(service) * needs[service.name].maximum_concurrency for service in services)
    relays, sweeps = sum(bool(service.emits) for service in services), sum(service.sweeps for service in services)
    fixed, allowed = relays * RELAY + sweeps * TICK, configuration.account_concurrency - UNRESERVED
    total = of_queues + fixed
    if total > allowed:
        queues = sum(map(queues_of, services))
        fixes = "; ".join(_fixes((allowed - fixed) // max(queues, 1), total + UNRESERVED))
        raise ConcurrencyExceeded(
            f"app.py: the functions of {stage} may run {total:,} at once, and the account allows {allowed:,}: "
            f"{of_queues:,} for {queues} queues by maximum_concurrency, {RELAY} for each of {relays} relays, "
            f"{TICK} for each of {sweeps} sweeps; account_concurrency is {configuration.account_concurrency:,}, of "
            f"which {UNRESERVED} stay unreserved. Fix: {fixes}"
        )


def _fixes(for_each_queue: int, needed: int) -> Iterator[str]:
    if for_each_queue >= LIMITS["maximum_concurrency"][0]:
        yield f"maximum_concurrency={for_each_queue} or less"
    yield f"ask AWS for the quota (Lambda, Concurrent executions) and write account_concurrency={needed}"
