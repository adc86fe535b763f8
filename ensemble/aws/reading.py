"""The resources of stacks with every reference resolved: what all who read templates begin with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from ensemble.aws.account import Account
from ensemble.aws.assembly import StackTemplate
from ensemble.aws.intrinsics import Resolver, resolvers
from ensemble.aws.types.table import type_of


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource of one stack: its physical name and, where its type has one, its ARN.

    What only a deployment knows of `properties` is `Opaque`. `definition`: its part of the template, as it stands.
    """

    stack: str
    type: str
    name: str
    arn: str
    properties: dict[str, Any]
    logical_id: str = ""
    definition: dict[str, Any] = field(default_factory=dict)


def resources_in(stacks: Sequence[StackTemplate], account: Account) -> Iterator[Resource]:
    """Yield the resources of stacks, but for those whose condition leaves them out."""
    for stack, resolver in with_resolvers(stacks, account):
        for logical_id, definition in stack.resources.items():
            if not resolver.is_left_out(definition):
                yield resolved(stack, logical_id, resolver, account)


def with_resolvers(stacks: Sequence[StackTemplate], account: Account) -> Iterator[tuple[StackTemplate, Resolver]]:
    """Yield each stack with what resolves its references, to other stacks too."""
    of = resolvers(stacks, account)
    return ((stack, of[stack.name]) for stack in stacks)


def resolved(stack: StackTemplate, logical_id: str, resolver: Resolver, account: Account) -> Resource:
    """Return one resource of a stack."""
    definition = stack.resources[logical_id]
    name = resolver.name_of(logical_id)
    return Resource(
        stack=stack.name,
        type=definition["Type"],
        name=name,
        arn=type_of(definition["Type"]).arn(account, name, resolver.within(logical_id)),
        properties=resolver.resolve_members(definition.get("Properties", {})),
        logical_id=logical_id,
        definition=definition,
    )
