"""The resources that an assembly says a stage has, with their values resolved for the account it is deployed in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ensemble.aws.account import Account
from ensemble.aws.assembly import StackTemplate, read_assembly
from ensemble.aws.intrinsics import Resolver
from ensemble.aws.opaque import Opaque
from ensemble.aws.reading import Resource, resolved, with_resolvers
from ensemble.aws.types.table import type_of

Expected = Resource
"""A resource as its template says it is."""


def expected_in(assembly: Path, account: Account) -> list[Expected]:
    """Return the resources of all stacks of a stage's assembly; a name that CloudFormation makes is opaque too."""
    return [
        one
        for stack, resolver in with_resolvers(read_assembly(assembly), account)
        for one in _in_stack(stack, resolver, account)
    ]


def _in_stack(stack: StackTemplate, resolver: Resolver, account: Account) -> Iterator[Expected]:
    unnamed = [resolver.name_of(id) for id, one in stack.resources.items() if _is_named_by_deployment(one)]
    for logical_id, definition in stack.resources.items():
        if not resolver.is_left_out(definition):
            one = resolved(stack, logical_id, resolver, account)
            yield replace(one, properties=_without(unnamed, one.properties))


def _is_named_by_deployment(definition: Mapping[str, Any]) -> bool:
    """Whether CloudFormation makes the resource's name, from stack, logical id and chance (AWS CloudFormation User
    Guide, "Name type")."""
    return type_of(definition["Type"]).named_by not in definition.get("Properties", {})


def _without(unnamed: Sequence[str], value: Any) -> Any:
    """Return a value in which each text with one of these names is opaque."""
    if isinstance(value, dict):
        return {name: _without(unnamed, member) for name, member in value.items()}
    if isinstance(value, list):
        return [_without(unnamed, one) for one in value]
    is_made = isinstance(value, str) and any(value.endswith(name) for name in unnamed)
    return Opaque(value) if is_made else value
