"""Who may put which event on a bus: the PutEvents statements of a policy, evaluated as IAM does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from ensemble.aws.opaque import Opaque, is_known
from ensemble.aws.resource_types import POLICY, ROLE
from ensemble.choreography.templates import Resource

Statement = Mapping[str, Any]

SOURCE, DETAIL_TYPE = "events:source", "events:detail-type"
"""Condition keys (Amazon EventBridge User Guide, "Using IAM policy conditions in Amazon EventBridge")."""


def put_statements(resource: Resource, buses: Sequence[str]) -> Iterator[Statement]:
    """Yield the statements about PutEvents on the buses of a role's inline policies or of a managed policy."""
    documents = []
    if resource.type == ROLE:
        documents = inline_documents(resource)
    if resource.type == POLICY:
        documents = [resource.properties["PolicyDocument"]]
    for statement in statements_of(documents):
        actions = listed(statement.get("Action", []))
        is_to_put = any(fnmatchcase("events:putevents", action.lower()) for action in actions)
        if is_to_put and any(_matches(statement, bus, True) for bus in buses):
            yield statement


def inline_documents(role: Resource) -> list[Any]:
    """Return the documents of a role's inline policies."""
    policies = listed(role.properties.get("Policies", []))
    return [policy["PolicyDocument"] for policy in policies if not isinstance(policy, Opaque)]


def statements_of(documents: Sequence[Any]) -> Iterator[Statement]:
    """Yield the statements of documents, but for those of which only a deployment knows what they say."""
    for document in documents:
        if not isinstance(document, Opaque):
            yield from (one for one in listed(document["Statement"]) if not isinstance(one, Opaque))


def allows(
    statements: Sequence[Statement], bus_arn: str, source: str, event: str, *, benefit_of_doubt: bool = True
) -> bool:
    """Return whether an event of this source and detail-type may be put on the bus.

    A condition that is not about these two is taken not to hold: then nothing is claimed to be allowed.
    """
    context = {SOURCE: source, DETAIL_TYPE: event}
    return permits(statements, bus_arn, context, benefit_of_doubt=benefit_of_doubt)


def permits(
    statements: Sequence[Statement], resource_arn: str, context: Mapping[str, str], *, benefit_of_doubt: bool = True
) -> bool:
    """Return whether statements about an action permit it on the resource, given the condition keys of the call.

    An explicit deny wins, and nothing is permitted that no statement permits. `benefit_of_doubt`: what is opaque in
    a statement counts for whoever calls, else against.
    """
    effects = {
        statement["Effect"]
        for statement in statements
        if _applies(statement, resource_arn, context, (statement["Effect"] == "Allow") is benefit_of_doubt)
    }
    return effects == {"Allow"}


def sources(statements: Sequence[Statement]) -> tuple[str, ...]:
    """Return the sources that the conditions of fully known statements name, to find what was misspelt."""
    return _named(statements, SOURCE)


def detail_types(statements: Sequence[Statement]) -> tuple[str, ...]:
    """Return the detail-types that the conditions of fully known statements name."""
    return _named(statements, DETAIL_TYPE)


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _named(statements: Sequence[Statement], key: str) -> tuple[str, ...]:
    found = {
        str(value)
        for statement in statements
        if is_known(dict(statement))
        for operator, keys in statement.get("Condition", {}).items()
        if operator != "Null"
        for value in listed(keys.get(key, []))
    }
    return tuple(sorted(found))


def _matches(statement: Statement, arn: str, doubt: bool) -> bool:
    resources = listed(statement.get("Resource", []))
    return any(doubt if isinstance(one, Opaque) else fnmatchcase(arn, str(one)) for one in resources)


def _applies(statement: Statement, arn: str, context: Mapping[str, str], doubt: bool) -> bool:
    """Return whether the statement is about the call; `doubt`: what to take for true of what is opaque."""
    conditions = statement.get("Condition", {})
    if not is_known(conditions):
        return doubt and _matches(statement, arn, doubt)
    return _matches(statement, arn, doubt) and all(
        _holds(operator, listed(expected), context.get(key))
        for operator, keys in conditions.items()
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
