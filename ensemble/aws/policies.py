"""Decides whether policies let a principal act on a resource, as IAM evaluates them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any

from ensemble.aws.errors import PropertyUnsupported
from ensemble.aws.opaque import Opaque, is_known

Statement = Mapping[str, Any]
Judge = Callable[[list[str], Sequence[str]], bool]
Keys = Mapping[str, Sequence[str]]
"""The condition keys of a call, in small letters, each with its values: one, or of some keys several."""

ELEMENTS = {"Action", "Condition", "Effect", "Principal", "Resource", "Sid"}
"""What of a statement is evaluated (IAM User Guide, "IAM JSON policy elements reference")."""

MOST_REMEMBERED = 10_000
"""How many answers are remembered to whether a text matches a pattern: the same few are asked for at each call."""

_SECURE: Keys = {"aws:securetransport": ["true"]}  # nothing here travels in the clear


def allows(
    statements: Sequence[Statement],
    *,
    service: str,
    action: str,
    resource: str,
    source_arn: str,
    account_id: str,
    keys: Keys | None = None,
) -> bool:
    """Return whether a resource's policy lets a service do the action on it, on behalf of `source_arn`.

    `keys`: of the call, beside those of every call of a service.
    """
    given = {"aws:sourcearn": [source_arn], "aws:sourceaccount": [account_id], **(keys or {})}
    return permits([one for one in statements if _is_principal(one, service)], action, resource, given)


def permits(
    statements: Sequence[Statement],
    action: str,
    resource: str,
    keys: Keys | None = None,
    *,
    benefit_of_doubt: bool = True,
) -> bool:
    """Return whether the statements permit a call, whoever makes it.

    An explicit deny wins, and nothing is allowed that no statement allows (IAM User Guide, "Policy evaluation logic").
    `benefit_of_doubt`: what only a deployment knows of a statement, and a condition whose operator is not known here,
    counts for the caller, else against.
    """
    context = {**_SECURE, **(keys or {})}
    effects = {
        one["Effect"]
        for one in statements
        if applies(one, action, resource, context, (one["Effect"] == "Allow") is benefit_of_doubt)
    }
    return effects == {"Allow"}


def applies(statement: Statement, action: str, resource: str, keys: Keys, doubt: bool) -> bool:
    """Return whether a statement is about a call; `doubt`: what to take for true of what is not known of it."""
    conditions = statement.get("Condition", {})
    return (
        _matches_any(statement.get("Action", []), action, doubt, ignore_case=True)
        and _matches_any(statement.get("Resource", "*"), resource, doubt)
        and (_holds(conditions, keys) if _is_understood(conditions) else doubt)
    )


def _is_understood(conditions: Any) -> bool:
    return is_known(conditions) and all(_judge_of(operator) for operator in conditions)


def statements_of(document: Mapping[str, Any]) -> list[Statement]:
    """Return the statements of a policy, of which there may be one alone."""
    return _listed(document.get("Statement", []))


def check_statements(statements: Sequence[Statement]) -> None:
    """Raise PropertyUnsupported, at deployment, for what could not be evaluated later, such as NotAction."""
    for statement in statements:
        unknown = set(statement) - ELEMENTS
        if unknown:
            raise PropertyUnsupported(f"a policy's statement has {', '.join(sorted(unknown))}, which is not run")
        conditions = statement.get("Condition", {})
        for operator in conditions if is_known(conditions) else ():
            _condition(operator)


def _is_principal(statement: Statement, service: str) -> bool:
    principal = statement.get("Principal", {})
    if isinstance(principal, str):
        return principal == "*" or isinstance(principal, Opaque)
    return service in _listed(principal.get("Service", [])) or "*" in _listed(principal.get("AWS", []))


def _holds(conditions: Mapping[str, Mapping[str, Any]], keys: Keys) -> bool:
    """Return whether all conditions hold, whose operators are known."""
    return all(
        _condition(operator)([str(value) for value in _listed(expected)], keys.get(key.lower(), ()))
        for operator, about in conditions.items()
        for key, expected in about.items()
    )


def _condition(name: str) -> Judge:
    """Return what judges a key's values by a condition operator. Raises PropertyUnsupported for one not known here."""
    judge = _judge_of(name)
    if judge is None:
        raise PropertyUnsupported(f"the policy condition {name} is not known")
    return judge


@cache
def _judge_of(name: str) -> Judge | None:
    """Return the same, None for an operator that is not known (IAM User Guide, "IAM JSON policy elements: Condition
    operators", and "Set operators for multivalued context keys")."""
    quantifier, _, plain = name.rpartition(":")
    if plain == "Null":
        return lambda expected, actual: expected == ["false" if actual else "true"]
    is_optional, plain = plain.endswith("IfExists"), plain.removesuffix("IfExists")
    if plain not in _OPERATORS or quantifier not in ("", "ForAllValues", "ForAnyValue"):
        return None
    is_one, is_negated = _OPERATORS[plain]

    def judge(expected: list[str], actual: Sequence[str]) -> bool:
        if not actual:
            return is_optional or quantifier == "ForAllValues" or (is_negated and not quantifier)
        held = (any(is_one(one, value) for one in expected) is not is_negated for value in actual)
        return any(held) if quantifier == "ForAnyValue" else all(held)

    return judge


def _equals(expected: str, actual: str) -> bool:
    return expected == actual


def _is_like(expected: str, actual: str) -> bool:
    return _matches(expected, actual)


def _is_boolean(expected: str, actual: str) -> bool:
    return expected.lower() == actual


_OPERATORS: dict[str, tuple[Callable[[str, str], bool], bool]] = {
    "ArnEquals": (_is_like, False),  # IAM lets ArnEquals and ArnLike behave the same
    "ArnLike": (_is_like, False),
    "ArnNotEquals": (_is_like, True),
    "ArnNotLike": (_is_like, True),
    "Bool": (_is_boolean, False),
    "StringEquals": (_equals, False),
    "StringLike": (_is_like, False),
    "StringNotEquals": (_equals, True),
    "StringNotLike": (_is_like, True),
}
"""How an expected value is compared with an actual one, and whether the operator holds where it is another."""


def _matches_any(patterns: Any, value: str, doubt: bool, *, ignore_case: bool = False) -> bool:
    return any(doubt if isinstance(one, Opaque) else _matches(one, value, ignore_case) for one in _listed(patterns))


@lru_cache(maxsize=MOST_REMEMBERED)
def _matches(pattern: str, value: str, ignore_case: bool = False) -> bool:
    return _wildcard(pattern, re.IGNORECASE if ignore_case else 0).fullmatch(value) is not None


@cache
def _wildcard(pattern: str, flags: int = 0) -> re.Pattern[str]:
    return re.compile(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), flags)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
