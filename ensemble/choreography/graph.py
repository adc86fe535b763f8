"""The graph of an environment: who can publish what, and to whom the rules deliver it.

It is read off the synthesized templates. Events are run through the real pattern matcher; names are not compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from ensemble.choreography.permissions import Statement, allows, put_statements
from ensemble.choreography.templates import (
    BUS,
    FUNCTION,
    MAPPING,
    POLICY,
    ROLE,
    RULE,
    Resource,
    read_resources,
    service_of,
)
from ensemble.contracts.examples import bridge_event, full, minimal
from ensemble.contracts.schemas import Schemas
from ensemble.laptop.patterns import Pattern, compile_pattern
from functions.kit.model import Reaction, Service

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Edge:
    """An event's way from its publisher to a service, on the live bus or on the replay lane."""

    publisher: str
    event: str
    service: str
    replay: bool = False


class Sent(NamedTuple):
    """What can be published: an event of a live version, by its publisher."""

    publisher: str
    event: str
    version: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule with a pattern: the ARNs it leads to, the services behind them, what it matches of what can be sent."""

    stack: str
    name: str
    pattern: Json
    targets: tuple[str, ...]
    services: tuple[str, ...]
    matched: frozenset[Sent]


@dataclass(frozen=True, slots=True)
class Graph:
    """`permissions`: the PutEvents statements by publisher. `publishable`: the (publisher, event) pairs they allow."""

    services: tuple[Service, ...]
    schemas: Schemas
    resources: tuple[Resource, ...]
    permissions: Mapping[str, tuple[Statement, ...]]
    publishable: frozenset[tuple[str, str]]
    rules: tuple[Rule, ...]
    edges: tuple[Edge, ...]

    def reactions(self, event: str) -> Iterator[tuple[Service, Reaction]]:
        """Yield who hears the event live and reacts to it by name."""
        hearers = {edge.service for edge in self.edges if edge.event == event and not edge.replay}
        for service in self.services:
            for reaction in service.subscriptions:
                if service.name in hearers and reaction.event == event:
                    yield service, reaction

    @property
    def refusals(self) -> frozenset[str]:
        """The events by which some reaction refuses."""
        return frozenset(event for _, reaction in self.all_reactions() for event in reaction.refusals)

    def all_reactions(self) -> Iterator[tuple[Service, Reaction]]:
        """Yield every reaction with its service."""
        for service in self.services:
            for reaction in service.reactions:
                yield service, reaction

    def declared_by(self, publisher: str) -> tuple[str, ...]:
        """Return what a publisher is declared to publish: a service by its reactions, others by their schemas."""
        for service in self.services:
            if service.name == publisher:
                return service.emits
        return self.schemas.published_by(publisher)


def read_graph(assembly: Path, services: Sequence[Service], schemas: Schemas) -> Graph:
    """Read the graph of an environment's assembly, such as `cdk.out/assembly-dev`.

    Raises AssemblyUnreadable and IntrinsicUnsupported.
    """
    resources = read_resources(assembly)
    permissions = _permissions(resources, services, schemas)
    buses = [resource.arn for resource in resources if resource.type == BUS]
    publishable = frozenset(
        (publisher, event)
        for event, publisher in schemas.publishers.items()
        if any(allows(permissions.get(publisher, ()), bus, publisher, event) for bus in buses)
    )
    rules, edges = _delivered(resources, schemas, sorted(publishable))
    return Graph(tuple(services), schemas, tuple(resources), permissions, publishable, rules, edges)


def _permissions(
    resources: Sequence[Resource], services: Sequence[Service], schemas: Schemas
) -> dict[str, tuple[Statement, ...]]:
    """Return what a service's own stack lets its roles put, and for publishers outside the managed policies."""
    stacks = {
        resource.stack: service
        for resource in resources
        if resource.type == FUNCTION and (service := service_of(resource)) is not None
    }
    own: dict[str, list[Statement]] = {service.name: [] for service in services}
    outside: list[Statement] = []
    for resource in resources:
        if resource.type == ROLE and resource.stack in stacks:
            own.setdefault(stacks[resource.stack], []).extend(put_statements(resource))
        if resource.type == POLICY:
            outside.extend(put_statements(resource))
    strangers = set(schemas.publishers.values()) - own.keys()
    return {name: tuple(statements) for name, statements in own.items()} | dict.fromkeys(strangers, tuple(outside))


def _delivered(
    resources: Sequence[Resource], schemas: Schemas, publishable: Sequence[tuple[str, str]]
) -> tuple[tuple[Rule, ...], tuple[Edge, ...]]:
    """Offer every example to every rule, live and replayed, and follow the rules to the services."""
    live = list(_examples(schemas, publishable))
    replayed = [(key, {**one, "replay-name": "a-replay"}) for key, one in live]
    hearers, buses = _hearers(resources), {one.arn: one.name for one in resources if one.type == BUS}
    patterns = [(rule, compile_pattern(rule.properties["EventPattern"])) for rule in resources if _has_pattern(rule)]
    replay_buses = {
        buses[arn]
        for rule, pattern in patterns
        for arn in _targets(rule)
        if arn in buses and _matched(pattern, replayed)
    }
    rules, edges = [], dict[Edge, None]()
    for rule, pattern in patterns:
        is_replay = _bus(rule) in replay_buses
        heard = _matched(pattern, replayed if is_replay else live)
        services = tuple(dict.fromkeys(hearers[arn] for arn in _targets(rule) if arn in hearers))
        matched = frozenset(heard) if is_replay else frozenset([*heard, *_matched(pattern, replayed)])
        rules.append(
            Rule(rule.stack, rule.name, rule.properties["EventPattern"], tuple(_targets(rule)), services, matched)
        )
        edges |= {Edge(key.publisher, key.event, service, is_replay): None for key in heard for service in services}
    return tuple(rules), tuple(edges)


def _examples(schemas: Schemas, publishable: Sequence[tuple[str, str]]) -> Iterator[tuple[Sent, Json]]:
    """Yield two events of each live version that can be published: one with the least in it, one with everything."""
    for publisher, event in publishable:
        for version, schema in schemas.versions[event].items():
            for fields in (minimal(schema), full(schema)):
                yield Sent(publisher, event, version), bridge_event(publisher, event, version, fields)


def _matched(pattern: Pattern, offered: Sequence[tuple[Sent, Json]]) -> list[Sent]:
    """Return each version of which every example is matched."""
    verdicts: dict[Sent, bool] = {}
    for key, one in offered:
        verdicts[key] = verdicts.get(key, True) and pattern.matches(one)
    return [key for key, every in verdicts.items() if every]


def _hearers(resources: Sequence[Resource]) -> dict[str, str]:
    """Return the service that is called by what has this ARN: a queue with a mapping, or a function itself."""
    functions = {one.name: service for one in resources if one.type == FUNCTION and (service := service_of(one))}
    hearers = {one.arn: functions[one.name] for one in resources if one.type == FUNCTION and one.name in functions}
    for mapping in resources:
        if mapping.type == MAPPING:
            called = str(mapping.properties["FunctionName"]).rsplit(":", 1)[-1]
            if called in functions:
                hearers[mapping.properties["EventSourceArn"]] = functions[called]
    return hearers


def _has_pattern(resource: Resource) -> bool:
    return resource.type == RULE and "EventPattern" in resource.properties


def _bus(rule: Resource) -> str:
    return str(rule.properties.get("EventBusName", "default")).rsplit("/", 1)[-1]


def _targets(rule: Resource) -> list[str]:
    return [target["Arn"] for target in rule.properties.get("Targets", [])]
