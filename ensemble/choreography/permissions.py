"""Who may put which event on a bus: the PutEvents statements of a policy, evaluated as IAM does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ensemble.aws.opaque import Opaque, is_known
from ensemble.aws.policies import Statement, applies, permits
from ensemble.aws.resource_types import POLICY, ROLE
from ensemble.choreography.templates import Resource

PUT_EVENTS = "events:PutEvents"
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
        if any(applies({**statement, "Condition": {}}, PUT_EVENTS, bus, {}, True) for bus in buses):
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

    `benefit_of_doubt`: what is opaque in a statement, or not understood, counts for whoever puts it, else against.
    """
    keys = {SOURCE: [source], DETAIL_TYPE: [event]}
    return permits(statements, PUT_EVENTS, bus_arn, keys, benefit_of_doubt=benefit_of_doubt)


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
