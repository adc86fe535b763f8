"""What of a synthesized stage the simulator runs: what is a service's in the templates, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ensemble.aws.assembly import read_assembly
from ensemble.aws.dynamodb.tables import Schema, schema_of
from ensemble.aws.filters import RecordFilters
from ensemble.aws.joints import Joints, runs_for
from ensemble.aws.mappings import Reading, reading
from ensemble.aws.opaque import is_known
from ensemble.aws.queues import settings_of
from ensemble.aws.resource_types import ARCHIVE, BUCKET, BUS, FUNCTION, MAPPING, QUEUE, ROLE, RULE, TABLE
from ensemble.aws.rules import Filter, is_enabled_by
from ensemble.aws.service_resources import RELAY, bus_name, document, function_name, targets_of
from ensemble.aws.targets import INPUTS
from ensemble.choreography.permissions import inline_documents, statements_of
from ensemble.choreography.templates import Resource, read_resources
from ensemble.contracts.doors import doors_in, doors_of_bundle
from ensemble.simulator.permissions import Permissions
from functions.kit.model import Doors
from functions.kit.waiting import DEAD_LETTER_SUFFIX


@dataclass(frozen=True, slots=True)
class QueueSpec:
    """A queue: times in seconds, and where it sends what was received more than `maximum_receives` times."""

    name: str
    arn: str
    visibility_timeout: float
    retention: float
    maximum_receives: int | None
    dead_letter_queue: str | None


@dataclass(frozen=True, slots=True)
class RuleSpec:
    """A rule of a bus with one target of it, and the target's dead-letter queue.

    `refusal`, `last_refusal`: why the target takes nothing from it, and why its dead-letter queue does not.
    """

    name: str
    bus: str
    pattern: Filter | None
    scheduled: bool
    target: str
    dead_letter_queue: str | None
    refusal: str | None = None
    last_refusal: str | None = None

    @property
    def target_name(self) -> str:
        """The name of the queue, bus or function that it sends to."""
        return _last(self.target)


@dataclass(frozen=True, slots=True)
class MappingSpec:
    """An event source mapping: of a queue, or of a table's stream.

    `filters_by_shape`: whether its filters ask for no more of an item than which attributes it has.
    """

    source: str
    function: str
    reading: Reading
    keeps_failures: bool
    filters: RecordFilters
    filters_by_shape: bool


@dataclass(frozen=True, slots=True)
class FunctionSpec:
    """A function: its service, whether it is the relay, its environment, and what its role permits."""

    name: str
    service: str
    is_relay: bool
    timeout: float
    variables: dict[str, str]
    bundle: Path
    permissions: Permissions

    @property
    def is_earlier(self) -> bool:
        """Whether it is of version 0.2.0 of the kit, which counted how often a record was received."""
        return "MAXIMUM_RECEIVES" in self.variables

    @property
    def doors(self) -> Doors:
        """What it takes as from outside."""
        return doors_of_bundle(self.bundle)


@dataclass(frozen=True, slots=True)
class Topology:
    """All of it, by name; mappings by the queue or table that they read."""

    queues: dict[str, QueueSpec]
    rules: dict[str, list[RuleSpec]]
    functions: dict[str, FunctionSpec]
    mappings: dict[str, MappingSpec]
    tables: dict[str, str]
    schemas: dict[str, Schema]
    """The keys and indexes of each table, by its name."""
    buses: dict[str, str]
    """The ARN of each bus, by its name; as for tables."""
    archived: frozenset[str]
    dead_letters: dict[str, str]
    """Where what is in a dead-letter queue was to go, by that queue."""
    doors: Doors
    """What comes from outside, by source and type, and the field that finds its row."""
    obstacles: tuple[str, ...] = ()
    """What the templates join and AWS does not carry: it is said of every schedule."""
    passing: dict[tuple[str, str, frozenset[str]], bool] = field(default_factory=dict)
    """Whether a stream's filter lets a record pass, by table, kind and the attributes of the item."""
    matching: dict[tuple[str, str, str, bool], list[RuleSpec]] = field(default_factory=dict)
    """The rules that take an event, by its bus, source, type and whether it is replayed, as far as it was asked."""

    @property
    def earlier(self) -> set[str]:
        """The services that run version 0.2.0 of the kit."""
        return {function.service for function in self.functions.values() if function.is_earlier}


def read_topology(assembly: Path) -> Topology:
    """Read the stacks of one stage. Raises AssemblyUnreadable."""
    resources = read_resources(assembly)
    bundles = {key: path for stack in read_assembly(assembly) for key, path in stack.assets.items()}
    roles = {one.arn: Permissions(list(statements_of(inline_documents(one)))) for one in _of(resources, ROLE)}
    functions = {one.name: _function(one, bundles, roles) for one in _of(resources, FUNCTION)}
    takers = {one.arn for type in (QUEUE, BUS) for one in _of(resources, type)}
    scheduled = {one.arn for one in _of(resources, FUNCTION)}
    rules: dict[str, list[RuleSpec]] = {}
    joints = Joints(resources)
    enabled = [one for one in _of(resources, RULE) if is_enabled_by(one.properties)]
    for rule in (made for one in enabled for made in _rules(one, takers, scheduled, joints)):
        rules.setdefault(rule.bus, []).append(rule)
    queues = {one.name: _queue(one) for one in _of(resources, QUEUE)}
    buckets = {one.arn for one in _of(resources, BUCKET)}
    mappings = [_mapping(one, buckets) for one in _of(resources, MAPPING)]
    return Topology(
        queues=queues,
        rules=rules,
        functions=functions,
        mappings={mapping.source: mapping for mapping in mappings if mapping.reading.is_enabled},
        tables={one.name: one.arn for one in _of(resources, TABLE)},
        schemas={one.name: schema_of(one.properties) for one in _of(resources, TABLE)},
        buses={one.name: one.arn for one in _of(resources, BUS)},
        dead_letters=_dead_letters(queues),
        doors=doors_in({one.bundle for one in functions.values()}),
        archived=frozenset(_last(one.properties["SourceArn"]) for one in _of(resources, ARCHIVE)),
        obstacles=tuple(one.what for one in joints.obstacles()),
    )


def _dead_letters(queues: Iterable[str]) -> dict[str, str]:
    """Return where a person moves what is dead-lettered, as the documents say: to the queue named like it."""
    return {name: name.removesuffix(DEAD_LETTER_SUFFIX) for name in queues if name.endswith(DEAD_LETTER_SUFFIX)}


def _of(resources: Iterable[Resource], type: str) -> list[Resource]:
    return sorted((one for one in resources if one.type == type), key=lambda one: one.name)


def _queue(resource: Resource) -> QueueSpec:
    settings = settings_of(resource.properties)
    return QueueSpec(
        name=resource.name,
        arn=resource.arn,
        visibility_timeout=settings.visibility_timeout,
        retention=settings.retention,
        maximum_receives=settings.maximum_receives,
        dead_letter_queue=None if settings.dead_letter_arn is None else _last(settings.dead_letter_arn),
    )


def _rules(resource: Resource, takers: set[str], scheduled: set[str], joints: Joints) -> Iterator[RuleSpec]:
    """Yield the rule once for each target that is a service's and gets the event as it is.

    `takers`: the ARNs that rules with a pattern can lead to; `scheduled`: those that rules with a schedule can.
    """
    properties = resource.properties
    pattern = document(properties.get("EventPattern"))
    is_scheduled = "ScheduleExpression" in properties
    if not is_known(properties.get("EventPattern")):
        return
    for target in targets_of(resource):
        if target["Arn"] not in (scheduled if is_scheduled else takers) or INPUTS & target.keys():
            continue
        dead_letters = document(target.get("DeadLetterConfig"))
        yield RuleSpec(
            name=resource.name,
            bus=bus_name(resource),
            pattern=Filter(pattern) if pattern else None,
            scheduled=is_scheduled,
            target=target["Arn"],
            dead_letter_queue=_last(dead_letters["Arn"]) if dead_letters else None,
            refusal=joints.refusal(resource.arn, target["Arn"], by_role="RoleArn" in target),
            last_refusal=joints.refusal(resource.arn, dead_letters["Arn"]) if dead_letters else None,
        )


def _mapping(resource: Resource, buckets: set[str]) -> MappingSpec:
    properties = resource.properties
    failures = properties.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")
    return MappingSpec(
        source=_source(properties["EventSourceArn"]),
        function=function_name(properties),
        reading=reading(properties),
        keeps_failures=failures in buckets,
        filters=RecordFilters(properties.get("FilterCriteria")),
        filters_by_shape=all(map(_is_about_shape, properties.get("FilterCriteria", {}).get("Filters", []))),
    )


def _is_about_shape(filter: Mapping[str, str]) -> bool:
    pattern = json.loads(filter["Pattern"])
    return pattern.keys() <= {"eventName", "dynamodb"} and _asks_for_presence(pattern.get("dynamodb", {}))


def _asks_for_presence(pattern: Any) -> bool:
    if isinstance(pattern, dict):
        return all(map(_asks_for_presence, pattern.values()))
    return pattern in ([{"exists": True}], [{"exists": False}])


def _source(arn: str) -> str:
    """Return the name of a queue, or of the table whose stream it is."""
    resource = arn.split(":", 5)[5]
    return resource.split("/")[1] if "/" in resource else resource


def _function(resource: Resource, bundles: dict[str, Path], roles: dict[str, Permissions]) -> FunctionSpec:
    properties = resource.properties
    variables = {name: str(value) for name, value in properties["Environment"]["Variables"].items()}
    return FunctionSpec(
        name=resource.name,
        service=variables["POWERTOOLS_SERVICE_NAME"],
        is_relay=properties["Handler"] == RELAY,
        timeout=runs_for(properties),
        variables=variables,
        bundle=bundles[properties["Code"]["S3Key"]],
        permissions=roles[properties["Role"]],
    )


def _last(arn: str) -> str:
    return arn.rsplit(":", 1)[-1].rsplit("/", 1)[-1]
