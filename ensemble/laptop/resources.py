"""The resources of an assembly that are to be run, with their values resolved, and the list of what is not run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ensemble.laptop.account import ATTRIBUTES, Account
from ensemble.laptop.assembly import StackTemplate
from ensemble.laptop.errors import PropertyUnsupported
from ensemble.laptop.intrinsics import Resolver
from ensemble.laptop.support import LISTED, RUN, UNKNOWN


@dataclass(frozen=True, slots=True)
class NotRun:
    """Something of the templates that is not run: a type or a type's property, how often it occurs, and why."""

    what: str
    count: int
    why: str


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource that is run. `properties` holds only those that are run."""

    stack: str
    logical_id: str
    type: str
    name: str
    arn: str
    properties: dict[str, Any]
    assets: dict[str, Path]

    def __str__(self) -> str:
        return f"{self.type} {self.stack}/{self.logical_id}"


def read_resources(stacks: Iterable[StackTemplate], account: Account) -> tuple[list[Resource], list[NotRun]]:
    """Return what to run and what is not run. Raises PropertyUnsupported and IntrinsicUnsupported."""
    resources: list[Resource] = []
    not_run: Counter[tuple[str, str]] = Counter()
    for stack in stacks:
        resolver = Resolver(stack.name, stack.template, account)
        for logical_id, definition in sorted(stack.template.get("Resources", {}).items()):
            if "Condition" in definition and not resolver.holds(definition["Condition"]):
                continue
            resource_type = definition["Type"]
            if resource_type not in RUN:
                not_run[resource_type, LISTED.get(resource_type, UNKNOWN)] += 1
                continue
            not_run.update(_listed_properties(stack, logical_id, definition))
            resources.append(_resource(stack, logical_id, definition, resolver, account))
    return resources, [NotRun(what, number, why) for (what, why), number in sorted(not_run.items())]


def _listed_properties(stack: StackTemplate, logical_id: str, definition: dict[str, Any]) -> list[tuple[str, str]]:
    support = RUN[definition["Type"]]
    listed = []
    for name in definition.get("Properties", {}):
        if name in support.listed:
            listed.append((f"{definition['Type']}.{name}", support.listed[name]))
        elif name not in support.run:
            raise PropertyUnsupported(f"{definition['Type']} {stack.name}/{logical_id} has {name}, which is not run")
    return listed


def _resource(
    stack: StackTemplate, logical_id: str, definition: dict[str, Any], resolver: Resolver, account: Account
) -> Resource:
    support = RUN[definition["Type"]]
    wanted = {name: value for name, value in definition.get("Properties", {}).items() if name in support.run}
    name = resolver.name_of(logical_id)
    attributes = ATTRIBUTES.get(definition["Type"], {})
    arn = attributes.get("Arn") or attributes.get("TopicArn")
    return Resource(
        stack=stack.name,
        logical_id=logical_id,
        type=definition["Type"],
        name=name,
        arn=arn(account, name, resolver.bus_of(logical_id)) if arn else "",
        properties=resolver.resolve_members(wanted),
        assets=stack.assets,
    )
