"""Who may put which event on a bus: the PutEvents statements of a policy, evaluated as IAM does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from ensemble.choreography.templates import POLICY, ROLE, Resource

Statement = Mapping[str, Any]

SOURCE, DETAIL_TYPE = "events:source", "events:detail-type"
"""Condition keys (Amazon EventBridge User Guide, "Using IAM policy conditions in Amazon EventBridge")."""


def put_statements(resource: Resource) -> Iterator[Statement]:
    """Yield the statements about PutEvents of a role's inline policies or of a managed policy."""
    documents = []
    if resource.type == ROLE:
        documents = [policy["PolicyDocument"] for policy in resource.properties.get("Policies", [])]
    if resource.type == POLICY:
        documents = [resource.properties["PolicyDocument"]]
    for document in documents:
        for statement in listed(document["Statement"]):
            if any(fnmatchcase("events:putevents", action.lower()) for action in listed(statement.get("Action", []))):
                yield statement


def allows(statements: Sequence[Statement], bus_arn: str, source: str, event: str) -> bool:
    """Return whether an event of this source and detail-type may be put on the bus.

    A condition that is not about these two is taken not to hold: then nothing is claimed to be allowed.
    """
    return permits(statements, bus_arn, {SOURCE: source, DETAIL_TYPE: event})


def permits(statements: Sequence[Statement], resource_arn: str, context: Mapping[str, str]) -> bool:
    """Return whether statements about an action permit it on the resource, given the condition keys of the call.

    An explicit deny wins, and nothing is permitted that no statement permits.
    """
    effects = {statement["Effect"] for statement in statements if _applies(statement, resource_arn, context)}
    return effects == {"Allow"}


def sources(statements: Sequence[Statement]) -> tuple[str, ...]:
    """Return the sources that the statements' conditions name, for telling a near miss."""
    return _named(statements, SOURCE)


def detail_types(statements: Sequence[Statement]) -> tuple[str, ...]:
    """Return the detail-types that the statements' conditions name."""
    return _named(statements, DETAIL_TYPE)


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _named(statements: Sequence[Statement], key: str) -> tuple[str, ...]:
    found = {
        str(value)
        for statement in statements
        for operator, keys in statement.get("Condition", {}).items()
        if operator != "Null"
        for value in listed(keys.get(key, []))
    }
    return tuple(sorted(found))


def _applies(statement: Statement, bus_arn: str, context: Mapping[str, str]) -> bool:
    on_bus = any(fnmatchcase(bus_arn, str(resource)) for resource in listed(statement.get("Resource", [])))
    return on_bus and all(
        _holds(operator, listed(expected), context.get(key))
        for operator, keys in statement.get("Condition", {}).items()
        for key, expected in keys.items()
    )


def _holds(operator: str, expected: list[Any], actual: str | None) -> bool:
    """Return whether one condition holds for a request with one entry, in which each key has one value."""
    match operator.removeprefix("ForAllValues:").removeprefix("ForAnyValue:"):
        case "StringEquals":
            return actual in expected
        case "StringLike":
            return actual is not None and any(fnmatchcase(actual, str(pattern)) for pattern in expected)
        case "Null":
            return [str(value).lower() for value in expected] == ["true" if actual is None else "false"]
    return False
