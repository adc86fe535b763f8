"""The resources of an assembly that are to be run, with their values resolved, and the list of what is not run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ensemble.aws.account import Account
from ensemble.aws.assembly import StackTemplate
from ensemble.aws.intrinsics import Resolver
from ensemble.aws.opaque import Opaque, opaque_in
from ensemble.aws.reading import resolved, with_resolvers
from ensemble.aws.resource_types import FUNCTION
from ensemble.aws.types.row import Type
from ensemble.aws.types.table import CUSTOM, RUN, UNKNOWN, type_of, why_listed

ONLY_DEPLOYED = "which only a deployment knows"


@dataclass(frozen=True, slots=True)
class NotRun:
    """Something of the templates that is not run: a type, a type's property or one resource, how often, and why."""

    what: str
    count: int
    why: str

    @property
    def is_one_resource(self) -> bool:
        """Whether it is one resource, by its type and its name: of a type that is run, or that carries events."""
        return " " in self.what


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource of a type that is run. `properties` holds only those that are run.

    `obstacle`: why this one cannot be run, if it cannot.
    """

    stack: str
    logical_id: str
    type: str
    name: str
    arn: str
    properties: dict[str, Any]
    assets: dict[str, Path]
    obstacle: str | None = None

    def __str__(self) -> str:
        return f"{self.type} {self.stack}/{self.logical_id}"


def read_resources(stacks: Iterable[StackTemplate], account: Account) -> tuple[list[Resource], list[NotRun]]:
    """Return what to run and what is not run."""
    resources: list[Resource] = []
    not_run: Counter[tuple[str, str]] = Counter()
    for stack, resolver in with_resolvers(list(stacks), account):
        providers = set(_providers(stack))
        not_run.update((name, UNKNOWN) for name in stack.template.get("Resources", {}).keys() - stack.resources.keys())
        for logical_id, definition in sorted(stack.resources.items()):
            if resolver.is_left_out(definition) or logical_id in providers:
                continue
            resource_type = definition["Type"]
            if resource_type not in RUN:
                one = f" {stack.name}/{logical_id}" if type_of(resource_type).carries else ""
                not_run[resource_type + one, why_listed(resource_type)] += 1
                continue
            not_run.update(_listed_properties(definition))
            resources.append(_resource(stack, logical_id, definition, resolver, account))
    return resources, [NotRun(what, number, why) for (what, why), number in sorted(not_run.items())]


def _providers(stack: StackTemplate) -> Iterator[str]:
    """Yield the logical id of each function that is a custom resource's: it is listed with that one."""
    for definition in stack.resources.values():
        if definition["Type"].startswith(CUSTOM):
            match definition.get("Properties", {}).get("ServiceToken"):
                case {"Fn::GetAtt": [str(logical_id), _]} | {"Ref": str(logical_id)}:
                    yield logical_id


def _listed_properties(definition: dict[str, Any]) -> Iterator[tuple[str, str]]:
    listed = RUN[definition["Type"]].listed
    for name in definition.get("Properties", {}):
        if name in listed:
            yield f"{definition['Type']}.{name}", listed[name]


def _resource(
    stack: StackTemplate, logical_id: str, definition: dict[str, Any], resolver: Resolver, account: Account
) -> Resource:
    known, one = RUN[definition["Type"]], resolved(stack, logical_id, resolver, account)
    return Resource(
        stack=stack.name,
        logical_id=logical_id,
        type=one.type,
        name=one.name,
        arn=one.arn,
        properties={name: value for name, value in one.properties.items() if name in known.properties},
        assets=stack.assets,
        obstacle=next(_obstacles(definition, one.properties, known, resolver), None),
    )


def _obstacles(
    definition: dict[str, Any], properties: dict[str, Any], known: Type, resolver: Resolver
) -> Iterator[str]:
    """Yield each reason why a resource cannot be run, in one sentence about `it`."""
    if "Condition" in definition and isinstance(resolver.holds(definition["Condition"]), Opaque):
        yield f"it is there under the condition {definition['Condition']}, {ONLY_DEPLOYED}"
    for name, value in properties.items():
        if name not in known.properties and name not in known.listed:
            yield f"it has {name}, which is not run"
        elif name in known.properties - known.passed_on:
            yield from (f"its {name} has {one}, {ONLY_DEPLOYED}" for one in opaque_in(value))
    runtime = properties.get("Runtime", "python")
    if definition["Type"] == FUNCTION and not runtime.startswith("python"):
        yield f"its runtime is {runtime}, and only Python is run"
