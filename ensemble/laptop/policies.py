"""Decides whether a resource's policy lets an AWS service act on it, as IAM evaluates a resource policy."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from ensemble.laptop.errors import PropertyUnsupported

Statement = Mapping[str, Any]
Context = Mapping[str, str]

ELEMENTS = {"Action", "Condition", "Effect", "Principal", "Resource", "Sid"}
"""What of a statement is evaluated (IAM User Guide, "IAM JSON policy elements reference")."""

_SECURE = {"aws:securetransport": "true"}  # nothing here travels in the clear


def allows(
    statements: list[Statement], *, service: str, action: str, resource: str, source_arn: str, account_id: str
) -> bool:
    """Return whether the service may do the action on the resource on behalf of `source_arn`.

    An explicit deny wins, and nothing is allowed that no statement allows (IAM User Guide, "Policy
    evaluation logic"). Raises PropertyUnsupported for a condition that is not known.
    """
    context = _SECURE | {"aws:sourcearn": source_arn, "aws:sourceaccount": account_id}
    effects = {
        statement["Effect"]
        for statement in statements
        if _is_principal(statement, service)
        and _matches_any(statement.get("Action", []), action, ignore_case=True)
        and _matches_any(statement.get("Resource", "*"), resource)
        and _holds(statement.get("Condition", {}), context)
    }
    return "Allow" in effects and "Deny" not in effects


def permits(statements: list[Statement], action: str, resource: str) -> bool:
    """Return whether who acts by these statements of its own may do the action on the resource.

    Raises PropertyUnsupported for a condition that is not known.
    """
    effects = {
        statement["Effect"]
        for statement in statements
        if _matches_any(statement.get("Action", []), action, ignore_case=True)
        and _matches_any(statement.get("Resource", "*"), resource)
        and _holds(statement.get("Condition", {}), _SECURE)
    }
    return "Allow" in effects and "Deny" not in effects


def statements_of(document: Mapping[str, Any]) -> list[Statement]:
    """Return the statements of a policy, of which there may be one alone."""
    return _listed(document.get("Statement", []))


def check_statements(statements: list[Statement]) -> None:
    """Raise PropertyUnsupported, at deployment, for what could not be evaluated later, such as NotAction."""
    for statement in statements:
        unknown = set(statement) - ELEMENTS
        if unknown:
            raise PropertyUnsupported(f"a policy's statement has {', '.join(sorted(unknown))}, which is not run")
        _holds(statement.get("Condition", {}), _SECURE)


def _is_principal(statement: Statement, service: str) -> bool:
    principal = statement.get("Principal", {})
    if principal == "*":
        return True
    return service in _listed(principal.get("Service", [])) or "*" in _listed(principal.get("AWS", []))


def _holds(conditions: Mapping[str, Mapping[str, Any]], context: Context) -> bool:
    return all(
        _operator(operator)(_listed(expected), context.get(key.lower()))
        for operator, keys in conditions.items()
        for key, expected in keys.items()
    )


def _operator(name: str) -> Callable[[list[Any], str | None], bool]:
    if name not in _OPERATORS:
        raise PropertyUnsupported(f"the policy condition {name} is not known")
    return _OPERATORS[name]


def _equals(expected: list[Any], actual: str | None) -> bool:
    return actual in [str(value) for value in expected]


def _like(expected: list[Any], actual: str | None) -> bool:
    return actual is not None and any(_wildcard(str(value)).fullmatch(actual) for value in expected)


def _is_boolean(expected: list[Any], actual: str | None) -> bool:
    return actual in [str(value).lower() for value in expected]


_OPERATORS: dict[str, Callable[[list[Any], str | None], bool]] = {
    "ArnEquals": _like,  # IAM lets ArnEquals and ArnLike behave the same
    "ArnLike": _like,
    "Bool": _is_boolean,
    "StringEquals": _equals,
    "StringLike": _like,
}


def _matches_any(patterns: Any, value: str, *, ignore_case: bool = False) -> bool:
    flags = re.IGNORECASE if ignore_case else 0
    return any(_wildcard(pattern, flags).fullmatch(value) for pattern in _listed(patterns))


def _wildcard(pattern: str, flags: int = 0) -> re.Pattern[str]:
    return re.compile(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), flags)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
