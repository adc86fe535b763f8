"""Which resources of the stacks are a service's: its functions, and what these are joined to.

A service's function is known by its handler. All else follows from the references of its functions, mappings and
rules. The rest are ordinary resources beside the services, which checks and simulator leave alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Protocol, TypeVar

from ensemble.aws.opaque import Opaque
from ensemble.aws.resource_types import (
    ARCHIVE,
    BUCKET,
    BUS,
    BUS_POLICY,
    FUNCTION,
    GLOBAL_TABLE,
    MAPPING,
    PERMISSION,
    QUEUE,
    QUEUE_POLICY,
    ROLE,
    RULE,
    TABLE,
    TOPIC,
)

RELAY = "functions.kit.relay_handler.handler"
"""The handler of the function that published what a service's rows said, up to version 0.2.0 of the kit."""


class Described(Protocol):
    """A resource of one stack with its properties resolved."""

    @property
    def stack(self) -> str: ...
    @property
    def type(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def arn(self) -> str: ...
    @property
    def properties(self) -> dict[str, Any]: ...


One = TypeVar("One", bound=Described)


def consumer_of(handler: str) -> str | None:
    """Return the service whose consumer has this handler: `functions.<service>.handler.handler`."""
    match handler.split("."):
        case ["functions", service, "handler", "handler"]:
            return service
    return None


def is_of_a_service(handler: str) -> bool:
    """Return whether the handler is that of a service's consumer or of its relay."""
    return handler == RELAY or consumer_of(handler) is not None


def of_services(resources: Sequence[One]) -> list[One]:
    """Return the resources that are a service's, in their order."""
    found = _Found(resources)
    return [resource for resource in resources if found.has(resource)]


def targets_of(rule: Described) -> list[dict[str, Any]]:
    """Return the targets of a rule; one that only a deployment knows has an opaque ARN and nothing else."""
    targets = rule.properties.get("Targets", [])
    listed = targets if isinstance(targets, list) else [targets]
    return [{"Arn": target} if isinstance(target, Opaque) else target for target in listed]


def document(value: Any) -> dict[str, Any]:
    """Return what a template may give as an object or as JSON text; nothing when only a deployment knows it."""
    if isinstance(value, Opaque):
        return {}
    made = json.loads(value) if isinstance(value, str) else value
    return made if isinstance(made, dict) else {}


def function_name(properties: dict[str, Any]) -> str:
    """Return the name of the function that a mapping or a permission is for, by its name or its ARN."""
    return str(properties.get("FunctionName", "")).rsplit(":", 1)[-1]


def bus_name(rule: Described) -> str:
    """Return the name of a rule's bus."""
    return str(rule.properties.get("EventBusName", "default")).rsplit("/", 1)[-1]


class _Found:
    """What the services' functions lead to, by name or by ARN."""

    def __init__(self, resources: Sequence[Described]) -> None:
        of = {type: [one for one in resources if one.type == type] for type in {one.type for one in resources}}
        functions = [one for one in of.get(FUNCTION, []) if is_of_a_service(str(one.properties.get("Handler", "")))]
        names, arns = {one.name for one in functions}, {one.arn for one in functions}
        mappings = [one for one in of.get(MAPPING, []) if function_name(one.properties) in names]
        sources = {str(one.properties.get("EventSourceArn", "")) for one in mappings}
        heard = [one for one in of.get(QUEUE, []) if one.arn in sources]
        rules = list(_rules(of.get(RULE, []), heard, sources | arns))
        buses = {bus_name(one) for one in rules if "EventPattern" in one.properties} - {"default"}
        bus_arns = {one.arn for one in of.get(BUS, []) if one.name in buses}
        rules += [one for one in of.get(RULE, []) if bus_name(one) in buses and _leads_to(one, bus_arns)]
        keepers = sources | set(_dead_letters(heard, rules, mappings))
        queues = {one.name for one in of.get(QUEUE, []) if one.arn in keepers}
        roles = {one.properties.get("Role") for one in functions}
        joined = {id(one) for one in (*mappings, *rules)}
        settings = [document(document(one.properties.get("Environment")).get("Variables")) for one in functions]
        named = {str(value) for one in settings for value in one.values()}
        tables = {str(one.get("TABLE_NAME")) for one in settings}

        def is_table(one: Described) -> bool:
            return one.name in tables or any(source.startswith(f"{one.arn}/") for source in sources)

        def is_policy_of_a_queue(one: Described) -> bool:
            return any(str(url).rsplit("/", 1)[-1] in queues for url in one.properties.get("Queues", []))

        self._tests: dict[str, Callable[[Described], bool]] = {
            ARCHIVE: lambda one: one.properties.get("SourceArn") in bus_arns,
            BUCKET: lambda one: one.arn in keepers,
            BUS: lambda one: one.name in buses,
            BUS_POLICY: lambda one: bus_name(one) in buses,
            FUNCTION: lambda one: one.name in names,
            GLOBAL_TABLE: is_table,
            MAPPING: lambda one: id(one) in joined,
            PERMISSION: lambda one: function_name(one.properties) in names,
            QUEUE: lambda one: one.arn in keepers,
            QUEUE_POLICY: is_policy_of_a_queue,
            ROLE: lambda one: one.arn in roles,
            RULE: lambda one: id(one) in joined,
            TABLE: is_table,
            TOPIC: lambda one: one.arn in named,
        }

    def has(self, one: Described) -> bool:
        """Return whether a resource of the same stacks is a service's."""
        is_one = self._tests.get(one.type)
        return is_one is not None and is_one(one)


def _rules(rules: Iterable[Described], queues: Iterable[Described], heard: set[str]) -> Iterator[Described]:
    """Yield the rules that lead to a service, and those that should: they have no target, and the beginning of their
    name is that of a queue of its: `<prefix>-<stage>-<service>-`."""
    beginnings = {(queue.stack, queue.name.rpartition("-")[0] + "-") for queue in queues}

    def should(rule: Described) -> bool:
        return not targets_of(rule) and any(
            rule.stack == stack and rule.name.startswith(beginning) for stack, beginning in beginnings
        )

    return (one for one in rules if _leads_to(one, heard) or should(one))


def _leads_to(rule: Described, arns: set[str]) -> bool:
    return any(target.get("Arn") in arns for target in targets_of(rule))


def _dead_letters(
    queues: Iterable[Described], rules: Iterable[Described], mappings: Iterable[Described]
) -> Iterator[str]:
    """Yield the ARNs of the queues and buckets that keep what failed on the way."""
    for queue in queues:
        yield str(document(queue.properties.get("RedrivePolicy")).get("deadLetterTargetArn"))
    for rule in rules:
        for target in targets_of(rule):
            yield str(document(target.get("DeadLetterConfig")).get("Arn"))
    for mapping in mappings:
        failures = document(document(mapping.properties.get("DestinationConfig")).get("OnFailure"))
        yield str(failures.get("Destination"))
