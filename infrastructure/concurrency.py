"""How many of a stage's functions may run at once, and whether the account has that many.

A queue's mapping bounds its consumer, so the sum is known. In a protected stage each consumer that a timer wakes has
its share reserved: nothing else in the account, another consumer least of all, can take it. Elsewhere nothing is
reserved, since a new account allows ten at once and lets nobody reserve any; what has no room there comes later.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from functions.kit.model import Service
from infrastructure.configuration import LIMITS, Configuration
from infrastructure.errors import ConcurrencyExceeded
from infrastructure.lanes import lanes_of

UNRESERVED = 100
"""What of an account's concurrency nobody may reserve (AWS Lambda Developer Guide, "Configuring reserved concurrency
for a function")."""

OF_COUNTERS = 4
"""For each queue of a service that moves counters: its transactions meet at the same items, and more workers spend
their time on conflicts (`docs/performance.md`)."""

OF_EFFECTS = 12
"""For each queue of a service with effects: what is under way when a system outside goes down cannot be recalled, so
this many calls and few more reach it before the breaker opens."""

TICK = 1
"""Of a consumer, for the tick of its sweep beside what its queues may take."""


def fitting(service: Service, of_stage: int, *, moves_counters: bool) -> int:
    """Return how many workers each queue of a service gets that asks for no number: what fits what it does."""
    if moves_counters:
        return min(OF_COUNTERS, of_stage)
    return min(OF_EFFECTS, of_stage) if service.effects else of_stage


def reserved(service: Service, queues: int, for_each: int, configuration: Configuration) -> int | None:
    """Return what is reserved for a consumer: all that its queues may take and the tick; None is nothing."""
    return queues * for_each + TICK if configuration.protected and service.sweeps else None


def refuse_too_much(
    stage: str,
    services: Sequence[Service],
    workers: Mapping[str, int],
    commands: Collection[str],
    configuration: Configuration,
) -> None:
    """Raise ConcurrencyExceeded when the functions of a stage may ask for more than the account lets them have.

    `workers`: for each queue of a service, by its name. `commands`: what no service publishes.
    """
    queues = {service.name: len(lanes_of(service, commands)) for service in services}
    of_queues = {name: number * workers[name] for name, number in queues.items()}
    sweeps = TICK * sum(service.sweeps for service in services)
    total, allowed = sum(of_queues.values()) + sweeps, configuration.account_concurrency - UNRESERVED
    if total > allowed:
        parts = ", ".join(f"{name} {number:,} ({queues[name]} x {workers[name]})" for name, number in of_queues.items())
        fixes = "; ".join(_fixes((allowed - sweeps) // max(sum(queues.values()), 1), total + UNRESERVED))
        raise ConcurrencyExceeded(
            f"app.py: the functions of {stage} may run {total:,} at once, and the account allows {allowed:,}. By "
            f"queues x maximum_concurrency: {parts}; and {sweeps} for sweeps. account_concurrency is "
            f"{configuration.account_concurrency:,}, of which {UNRESERVED} stay unreserved. Fix: {fixes}"
        )


def _fixes(for_each_queue: int, needed: int) -> Iterator[str]:
    if for_each_queue >= LIMITS["maximum_concurrency"][0]:
        yield f"maximum_concurrency={for_each_queue} or less"
    yield f"ask AWS for the quota (Lambda, Concurrent executions) and write account_concurrency={needed}"
