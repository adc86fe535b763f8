"""Reads what is a service's of a synthesized stage, with every reference replaced by what it refers to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ensemble.aws.account import ATTRIBUTES, Account, attribute_of
from ensemble.aws.assembly import StackTemplate, account_of, read_assembly
from ensemble.aws.intrinsics import resolvers
from ensemble.aws.resource_types import (
    ARCHIVE,
    BUCKET,
    BUS,
    FUNCTION,
    GLOBAL_TABLE,
    GRANT,
    MAPPING,
    PERMISSION,
    POLICY,
    QUEUE,
    QUEUE_POLICY,
    ROLE,
    RULE,
    TABLE,
)
from ensemble.aws.service_resources import consumer_of, of_services

READ = frozenset(
    {
        *(BUS, RULE, QUEUE, QUEUE_POLICY, FUNCTION, MAPPING, PERMISSION, TABLE, GLOBAL_TABLE, ARCHIVE, BUCKET),
        *(ROLE, POLICY, GRANT),
    }
)
"""What bears on who publishes, who hears, and how long anything is kept."""


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource of one stack: its physical name and, where it has one, its ARN."""

    stack: str
    type: str
    name: str
    arn: str
    properties: dict[str, Any]


def read_resources(assembly: Path) -> list[Resource]:
    """Return the resources of the stage's services, and the policies of publishers outside.

    The policies of a role are its own and those that are attached to it, as a grant of the CDK's is. What only a
    deployment knows is `Opaque`. Raises AssemblyUnreadable.
    """
    return resources_of(read_assembly(assembly), account_of(assembly))


def resources_of(stacks: Sequence[StackTemplate], account: Account) -> list[Resource]:
    """Return the same of stacks that were read, from an assembly or from where they are deployed."""
    resources: list[Resource] = []
    resolver_of = resolvers(stacks, account)
    for stack in stacks:
        resolver = resolver_of[stack.name]
        for logical_id, definition in stack.resources.items():
            if definition["Type"] in READ and not resolver.is_left_out(definition):
                properties = resolver.resolve_members(definition.get("Properties", {}))
                name = resolver.name_of(logical_id)
                arn = _arn(account, definition["Type"], name, properties)
                resources.append(Resource(stack.name, definition["Type"], name, arn, properties))
    attached = [one for one in resources if one.type in (GRANT, POLICY)]
    own = [_with_attached(one, attached) if one.type == ROLE else one for one in of_services(resources)]
    return [*own, *(one for one in attached if one.type == POLICY)]


def _with_attached(role: Resource, policies: Sequence[Resource]) -> Resource:
    """Return the role with the policies that name it among its own."""
    attached = [one.properties for one in policies if role.name in _listed(one.properties.get("Roles"))]
    return replace(role, properties={**role.properties, "Policies": [*role.properties.get("Policies", []), *attached]})


def _listed(value: Any) -> list[Any]:
    """Return the list that a property is; nothing where only a deployment knows it."""
    return value if isinstance(value, list) else []


def _arn(account: Account, resource_type: str, name: str, properties: dict[str, Any]) -> str:
    if "Arn" not in ATTRIBUTES.get(resource_type, {}):
        return ""
    return attribute_of(account, resource_type, name, str(properties.get("EventBusName", "default")), "Arn")


def service_of(function: Resource) -> str | None:
    """Return the service whose consumer the function is."""
    return consumer_of(str(function.properties.get("Handler", "")))
