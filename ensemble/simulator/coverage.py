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
            service = application.services[function.service]
            topics = service.topics if application.publishes_to_topics else ()
            by_provider = has_effects and not topics
            cells.update(_of_consumer(service, has_effects=has_effects, by_provider=by_provider))
            if function.name in scheduled:
                cells.update(_of_sweep(function.service))
    return cells


def _of_consumer(service: Service, *, has_effects: bool, by_provider: bool) -> Iterator[tuple[str, Fault]]:
    name = service.name
    for step in _steps_of(service, has_effects):
        yield f"{name} before {step}", Fault.CRASH
        yield f"{name} after {step}", Fault.CRASH
        for fault in (Fault.STALL, Fault.VISIBILITY_EXPIRED, Fault.TIMEOUT):
            yield f"{name} {step}", fault
        if step != "effect" or not by_provider:
            yield f"{name} {step}", Fault.THROTTLED
            yield f"{name} {step}", Fault.ANSWER_LOST
    yield f"{name} acknowledge", Fault.CRASH
    yield f"{name} begin", Fault.TIMEOUT
    yield f"{name} commit", Fault.CONFLICT
    for fault in (Fault.OUTAGE, Fault.CLOCK_SKEWED, Fault.OLDER_VERSION, Fault.ENVIRONMENT_REPLACED):
        yield f"{name} consumer", fault
    yield f"{name} table", Fault.DATABASE_DOWN
    yield f"{name} table", Fault.TABLE_THROTTLED
    for fault in (Fault.QUEUED_TWICE, Fault.BACK_AFTER_DELETE, Fault.BACK_LATE, Fault.POISON):
        yield f"{name} queue", fault
    if not service.stores_events:
        yield f"{name} react", Fault.CRASH_LOOP
        yield f"{name} react", Fault.MISTAKE
    if service.emits:
        for fault in (Fault.ENTRIES_FAILED, Fault.ENTRY_REFUSED, Fault.BUS_DOWN):
            yield f"{name} publish", fault
    if by_provider:
        for fault in (Fault.EFFECT_REFUSED, Fault.EFFECT_ANSWER_LOST, Fault.PROVIDER_DOWN):
            yield f"{name} effect", fault


def _steps_of(service: Service, has_effects: bool) -> Iterator[str]:
    """Yield what a consumer asks for while it handles, or gives up, what it was given."""
    if not service.stores_events:
        yield "load"
    if has_effects:
        yield "effect"
    yield from ("commit", "postpone", "send")
    if service.emits:
        yield from ("publish", "mark")


def _of_sweep(service: str) -> Iterator[tuple[str, Fault]]:
    for fault in (Fault.SWEPT_TWICE, Fault.INDEX_STALE, Fault.THROTTLED, Fault.ANSWER_LOST, Fault.STALL, Fault.OUTAGE):
        yield f"{service} sweep", fault
    yield f"{service} send", Fault.SENDS_FAILED
    yield f"{service} before sweep", Fault.CRASH
    yield f"{service} after sweep", Fault.CRASH


def _of_relay(service: str) -> Iterator[tuple[str, Fault]]:
    """Yield the cells of a relay, which services of version 0.2.0 of the kit have."""
    for fault in (Fault.THROTTLED, Fault.ANSWER_LOST, Fault.ENTRIES_FAILED, Fault.STALL):
        yield f"{service} relay publish", fault
    for step in ("before publish", "between two tries to publish", "after publish", "acknowledge"):
        yield f"{service} relay {step}", Fault.CRASH
    for fault in (Fault.RECORD_RETRIED, Fault.STREAM_STALLED, Fault.CLOCK_SKEWED):
        yield f"{service} relay", fault
