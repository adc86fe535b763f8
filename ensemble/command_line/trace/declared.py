"""What the project declares of who hears what, and by which queue the stacks send it there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ensemble.aws.resource_types import FUNCTION, MAPPING, QUEUE, RULE
from ensemble.aws.service_resources import bus_name, function_name
from ensemble.choreography.graph import Graph, read_graph
from ensemble.choreography.templates import Resource, service_of
from ensemble.command_line.stage.forget import tables_of
from ensemble.command_line.stage.operations import DROPPED, ENDED, SCHEMA, STARTED
from ensemble.command_line.synthesis import names_in
from ensemble.contracts.doors import all_doors
from ensemble.contracts.schemas import Schemas
from ensemble.trace.known import Hearing
from ensemble.trace.lines import Promises
from functions.kit.model import EVERY_EVENT, Doors, Reaction, Service, system_of

Heard = Mapping[tuple[str, str, str], str]
"""The queue by which an event comes to a service: by service, publisher and event."""


@dataclass(frozen=True, slots=True)
class Declared:
    """`tables`: by service. `fed`: the service that each queue feeds. `timers`: the queue of each service that has
    timers. `stores`: the queues by which events come to where they are stored. `log_groups`: by service."""

    services: Sequence[Service]
    schemas: Schemas
    doors: Doors
    tables: Mapping[str, str]
    hearings: tuple[Hearing, ...]
    fed: Mapping[str, str]
    timers: Mapping[str, str]
    stores: tuple[str, ...]
    log_groups: Mapping[str, str]

    def finders(self) -> Iterable[tuple[Service, str]]:
        """Return the services that have rows, each with a field that finds them."""
        return dict.fromkeys(
            (service, service.key_of(reaction))
            for service in self.services
            for reaction in service.subscriptions
            if reaction.event != EVERY_EVENT
        )

    def shapes(self, type: str) -> Iterable[Any]:
        """Return the schemas of all versions of an event, whose fields may be shown: of the project, or the toolkit."""
        return self.schemas.ever(type) or ([SCHEMA] if type in (STARTED, ENDED, DROPPED) else [])

    @property
    def promises(self) -> Promises:
        """What services promise of the workflows that start and end with them."""
        return {one.workflow.starts: (one.name, one.workflow) for one in self.services if one.workflow is not None}

    @property
    def event_stores(self) -> Iterable[Service]:
        """The services that store every event."""
        return (service for service in self.services if service.stores_events)


def read_declared(assembly: Path, services: Sequence[Service], schemas: Schemas) -> Declared:
    """Read it off the declarations and a stage's assembly."""
    graph, names = read_graph(assembly, services, schemas), names_in(assembly)
    fed = _fed(graph.resources)
    heard = _heard(graph, fed, names.replay_bus)
    hearings = (
        _hearing(service, reaction, schemas, heard)
        for service in services
        for reaction in service.subscriptions
        if reaction.event != EVERY_EVENT
    )
    stores = {service.name for service in services if service.stores_events}
    live = dict.fromkeys(queue for (service, _, _), queue in heard.items() if service in stores)
    return Declared(
        services,
        schemas,
        all_doors(services, schemas),
        tables_of(services, names),
        tuple(hearings),
        {queue: service for service, queue in fed.values()},
        dict(_timers(graph.resources)),
        tuple(live),
        dict(_log_groups(graph.resources)),
    )


def _fed(resources: Iterable[Resource]) -> dict[str, tuple[str, str]]:
    """Return the service and the name of each queue that a consumer is fed by, by its ARN."""
    resources = tuple(resources)
    consumers = {one.name: service for one in resources if one.type == FUNCTION and (service := service_of(one))}
    queues = {one.arn: one.name for one in resources if one.type == QUEUE}
    return {
        arn: (consumers[name], queues[arn])
        for one in resources
        if one.type == MAPPING
        and (name := function_name(one.properties)) in consumers
        and (arn := str(one.properties.get("EventSourceArn"))) in queues
    }


def _heard(graph: Graph, fed: Mapping[str, tuple[str, str]], replay_bus: str) -> Heard:
    replayed = {(one.stack, one.name) for one in graph.resources if one.type == RULE and bus_name(one) == replay_bus}
    return {
        (service, sent.publisher, sent.event): queue
        for rule in graph.rules
        if (rule.stack, rule.name) not in replayed
        for arn in rule.targets
        if arn in fed
        for service, queue in [fed[arn]]
        for sent in sorted(rule.matched)
    }


def _hearing(service: Service, reaction: Reaction, schemas: Schemas, heard: Heard) -> Hearing:
    source = schemas.publishers.get(reaction.event, "")
    return Hearing(
        service.name,
        source,
        reaction.event,
        service.key_of(reaction),
        heard.get((service.name, source, reaction.event)),
        reaction.publishes,
        tuple(system_of(effect) for effect in reaction.effects),
        reaction.compensates is not None,
    )


def _timers(resources: Iterable[Resource]) -> Iterable[tuple[str, str]]:
    """Yield each service whose sweep sends timers, with the queue that it sends them to."""
    for one in resources:
        if one.type == FUNCTION and (service := service_of(one)) is not None:
            url = one.properties.get("Environment", {}).get("Variables", {}).get("QUEUE_URL")
            if isinstance(url, str):
                yield service, url.rpartition("/")[2]


def _log_groups(resources: Iterable[Resource]) -> Iterable[tuple[str, str]]:
    """Yield each service with the log group of its consumer."""
    for one in resources:
        if one.type == FUNCTION and (service := service_of(one)) is not None:
            yield service, str(one.properties["LoggingConfig"]["LogGroup"])
