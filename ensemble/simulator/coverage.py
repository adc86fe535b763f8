"""Which cells a campaign is to reach: each outcome of each reaction, and each fault at each step it can strike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ensemble.simulator.application import Application
from ensemble.simulator.faults import Fault
from ensemble.simulator.topology import Topology
from functions.kit.model import Service

NOTHING = "nothing"


def outcomes(services: Mapping[str, Service]) -> set[tuple[str, str, str]]:
    """Return (service, event, what is published) for everything that a reaction declares to publish.

    A reaction that publishes nothing is to be reached doing so.
    """
    return {
        (service.name, reaction.event, published)
        for service in services.values()
        for reaction in service.reactions
        if reaction.event != "*"
        for published in reaction.publishes or (NOTHING,)
    }


def steps(topology: Topology, application: Application) -> set[tuple[str, Fault]]:
    """Return (step, fault) for every fault at every step it can strike."""
    cells: set[tuple[str, Fault]] = {
        ("bus", Fault.DELIVERED_TWICE),
        ("bus", Fault.DELIVERED_LATE),
        ("bus", Fault.TARGET_FORBIDDEN),
        ("bus", Fault.TARGET_MISSING),
        ("archive", Fault.REPLAYED),
        ("dead-letter queues", Fault.REDRIVEN),
    }
    scheduled = {
        rule.target.rsplit(":", 1)[-1] for rules in topology.rules.values() for rule in rules if rule.scheduled
    }
    for function in topology.functions.values():
        if function.is_relay:
            cells.update(_of_relay(function.service))
        else:
            has_effects = bool(application.effects(function, topic=None))
            topics = application.services[function.service].topics if application.publishes_to_topics else ()
            by_provider = has_effects and not topics
            cells.update(_of_consumer(function.service, has_effects=has_effects, by_provider=by_provider))
            if function.name in scheduled:
                cells.update(_of_sweep(function.service))
    return cells


def _of_consumer(service: str, *, has_effects: bool, by_provider: bool) -> Iterator[tuple[str, Fault]]:
    steps = ["load", "effect", "commit"] if has_effects else ["load", "commit"]
    for step in steps:
        yield f"{service} before {step}", Fault.CRASH
        yield f"{service} after {step}", Fault.CRASH
        for fault in (Fault.STALL, Fault.VISIBILITY_EXPIRED, Fault.TIMEOUT):
            yield f"{service} {step}", fault
        if step != "effect" or not by_provider:
            yield f"{service} {step}", Fault.THROTTLED
            yield f"{service} {step}", Fault.ANSWER_LOST
    yield f"{service} acknowledge", Fault.CRASH
    yield f"{service} begin", Fault.TIMEOUT
    yield f"{service} commit", Fault.CONFLICT
    for fault in (Fault.OUTAGE, Fault.CLOCK_SKEWED, Fault.OLDER_VERSION):
        yield f"{service} consumer", fault
    yield f"{service} table", Fault.DATABASE_DOWN
    for fault in (Fault.QUEUED_TWICE, Fault.BACK_AFTER_DELETE, Fault.BACK_LATE, Fault.POISON):
        yield f"{service} queue", fault
    if by_provider:
        for fault in (Fault.EFFECT_REFUSED, Fault.EFFECT_ANSWER_LOST, Fault.PROVIDER_DOWN):
            yield f"{service} effect", fault


def _of_sweep(service: str) -> Iterator[tuple[str, Fault]]:
    for fault in (Fault.SWEPT_TWICE, Fault.INDEX_STALE, Fault.THROTTLED, Fault.ANSWER_LOST, Fault.STALL, Fault.OUTAGE):
        yield f"{service} sweep", fault
    yield f"{service} before sweep", Fault.CRASH
    yield f"{service} after sweep", Fault.CRASH


def _of_relay(service: str) -> Iterator[tuple[str, Fault]]:
    for fault in (Fault.THROTTLED, Fault.ANSWER_LOST, Fault.ENTRIES_FAILED, Fault.STALL):
        yield f"{service} relay publish", fault
    for step in ("before publish", "between two tries to publish", "after publish", "acknowledge"):
        yield f"{service} relay {step}", Fault.CRASH
    for fault in (Fault.RECORD_RETRIED, Fault.STREAM_STALLED, Fault.CLOCK_SKEWED):
        yield f"{service} relay", fault
