"""Reads what is a service's of a synthesized stage, with every reference replaced by what it refers to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ensemble.aws.account import Account
from ensemble.aws.assembly import StackTemplate, account_of, read_assembly
from ensemble.aws.reading import Resource as Resource
from ensemble.aws.reading import resources_in
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


def read_resources(assembly: Path, account: Account | None = None) -> list[Resource]:
    """Return the resources of the stage's services, and the policies of publishers outside.

    `account`: where it is deployed, if not where the assembly says. The policies of a role are its own and those that
    are attached to it, as a grant of the CDK's is. What only a deployment knows is `Opaque`. Raises AssemblyUnreadable.
    """
    return resources_of(read_assembly(assembly), account or account_of(assembly))


def resources_of(stacks: Sequence[StackTemplate], account: Account) -> list[Resource]:
    """Return the same of stacks that were read, from an assembly or from where they are deployed."""
    resources = [one for one in resources_in(stacks, account) if one.type in READ]
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


def service_of(function: Resource) -> str | None:
    """Return the service whose consumer the function is."""
    return consumer_of(str(function.properties.get("Handler", "")))
