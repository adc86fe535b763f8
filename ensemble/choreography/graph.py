"""The graph of a stage: who can publish what, and to whom the rules deliver it.

It is read off the synthesized templates. Events are run through the real pattern matcher; names are not compared.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from ensemble.aws.account import Account
from ensemble.aws.opaque import is_known
from ensemble.aws.patterns import Pattern, compile_pattern
from ensemble.aws.policies import Statement
from ensemble.aws.resource_types import BUS, FUNCTION, MAPPING, POLICY, ROLE, RULE
from ensemble.aws.service_resources import bus_name, document, function_name, targets_of
from ensemble.choreography.permissions import allows, put_statements
from ensemble.choreography.templates import Resource, read_resources, service_of
from ensemble.contracts.examples import bridge_event, full, minimal
from ensemble.contracts.kinds import kind_of
from ensemble.contracts.schemas import Kind, Schemas
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
    """A rule with a pattern: its bus, the ARNs it leads to, the services behind them, what it matches of what can be
    sent."""

    stack: str
    name: str
    bus: str
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
        return _declared(self.services, self.schemas, publisher)

    def is_service(self, publisher: str) -> bool:
        """Return whether a publisher is a service of the project, and not outside."""
        return any(service.name == publisher for service in self.services)

    def kind_of(self, event: str) -> Kind:
        """Return what its schema says that it is; else a command if its publisher is outside, an event if not."""
        return kind_of(event, self.services, self.schemas)


def read_graph(assembly: Path, services: Sequence[Service], schemas: Schemas, account: Account | None = None) -> Graph:
    """Read the graph of a stage's assembly, such as `cdk.out/assembly-dev`.

    `account`: where it is deployed, if not where the assembly says, for whoever compares it with that.
    What is opaque in a template is taken to be as it is declared. Raises AssemblyUnreadable.
    """
    resources = read_resources(assembly, account)
    buses = [resource.arn for resource in resources if resource.type == BUS]
    permissions = _permissions(resources, services, schemas, buses)

    def may_put(publisher: str, event: str) -> bool:
        own, is_declared = permissions.get(publisher, ()), event in _declared(services, schemas, publisher)
        return any(allows(own, bus, publisher, event, benefit_of_doubt=is_declared) for bus in buses)

    publishable = frozenset((owner, event) for event, owner in schemas.publishers.items() if may_put(owner, event))
    rules, edges = _delivered(resources, services, schemas, sorted(publishable))
    return Graph(tuple(services), schemas, tuple(resources), permissions, publishable, rules, edges)


def matched_by(graph: Graph, pattern: Json, sent: Collection[Sent]) -> frozenset[Sent]:
    """Return what of this a pattern matches on the live bus. Raises InvalidEventPattern."""
    kinds = sorted({(one.publisher, one.event) for one in sent})
    offered = [(key, one) for key, one in _examples(graph.schemas, kinds) if key in sent]
    return frozenset(_matched(compile_pattern(pattern), offered))


def _declared(services: Sequence[Service], schemas: Schemas, publisher: str) -> tuple[str, ...]:
    for service in services:
        if service.name == publisher:
            return service.emits
    return schemas.published_by(publisher)


def _permissions(
    resources: Sequence[Resource], services: Sequence[Service], schemas: Schemas, buses: Sequence[str]
) -> dict[str, tuple[Statement, ...]]:
    """Return what the roles of a service may put on the buses, and for publishers outside the managed policies."""
    stacks = {
        resource.stack: service
        for resource in resources
        if resource.type == FUNCTION and (service := service_of(resource)) is not None
    }
    own: dict[str, list[Statement]] = {service.name: [] for service in services}
    outside: list[Statement] = []
    for resource in resources:
        if resource.type == ROLE and resource.stack in stacks:
            own.setdefault(stacks[resource.stack], []).extend(put_statements(resource, buses))
        if resource.type == POLICY:
            outside.extend(put_statements(resource, buses))
    strangers = set(schemas.publishers.values()) - own.keys()
    return {name: tuple(statements) for name, statements in own.items()} | dict.fromkeys(strangers, tuple(outside))


def _delivered(
    resources: Sequence[Resource],
    services: Sequence[Service],
    schemas: Schemas,
    publishable: Sequence[tuple[str, str]],
) -> tuple[tuple[Rule, ...], tuple[Edge, ...]]:
    """Offer every example to every rule, live and replayed, and follow the rules to the services."""
    accounts = [one.arn.split(":")[4] for one in resources if one.type == BUS]
    own = {"account": accounts[0]} if accounts else {}
    live = [(key, {**one, **own}) for key, one in _examples(schemas, publishable)]
    replayed = [(key, {**one, "replay-name": "a-replay"}) for key, one in live]
    hearers, buses = _hearers(resources), {one.arn: one.name for one in resources if one.type == BUS}
    patterns = [(rule, compile_pattern(_known_part(rule))) for rule in resources if _has_pattern(rule)]
    replay_buses = {
        buses[arn]
        for rule, pattern in patterns
        for arn in _targets(rule)
        if arn in buses and _matched(pattern, replayed)
    }
    rules, edges = [], dict[Edge, None]()
    for rule, pattern in patterns:
        is_replay = bus_name(rule) in replay_buses
        heard = _matched(pattern, replayed if is_replay else live)
        called = tuple(dict.fromkeys(hearers[arn] for arn in _targets(rule) if arn in hearers))
        matched = frozenset(heard) if is_replay else frozenset([*heard, *_matched(pattern, replayed)])
        targets = tuple(_targets(rule))
        rules.append(Rule(rule.stack, rule.name, bus_name(rule), _known_part(rule), targets, called, matched))
        meant = None if is_known(rule.properties["EventPattern"]) else _reacted_to(services, called)
        edges |= {
            Edge(key.publisher, key.event, service, is_replay): None
            for key in heard
            for service in called
            if meant is None or key.event in meant
        }
    return tuple(rules), tuple(edges)


def _reacted_to(services: Sequence[Service], names: Sequence[str]) -> frozenset[str]:
    return frozenset(one.event for service in services if service.name in names for one in service.subscriptions)


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
            called = function_name(mapping.properties)
            if called in functions:
                hearers[mapping.properties.get("EventSourceArn", "")] = functions[called]
    return hearers


def _has_pattern(resource: Resource) -> bool:
    return resource.type == RULE and "EventPattern" in resource.properties


def _known_part(rule: Resource) -> Json:
    """Return a rule's pattern without what of it only a deployment knows, which may match anything."""
    pattern = rule.properties["EventPattern"]
    known = document(pattern) if isinstance(pattern, str) else pattern
    return {key: value for key, value in known.items() if is_known(value)} or {"source": [{"prefix": ""}]}


def _targets(rule: Resource) -> list[str]:
    return [target["Arn"] for target in targets_of(rule)]
