"""Which part of a listing a key condition asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ensemble.aws.dynamodb.conditions import Comparison, Condition, check_bounds
from ensemble.aws.dynamodb.errors import invalid, wrong_value
from ensemble.aws.dynamodb.syntax import NAMES, VALUES, resolved
from ensemble.aws.dynamodb.tables import Keys, Position, Span
from ensemble.aws.dynamodb.values import checked, comparable

KIND = "KeyConditionExpression"
UNSUPPORTED = "Query key condition not supported"


def span_of(keys: Keys, read: Condition, request: Mapping[str, Any]) -> Span:
    """Return the part of a listing by some keys. Raises RequestRefused for what is no condition on them."""
    names, values = request.get(NAMES, {}), checked(request.get(VALUES, {}))
    if read.comparisons is None:
        raise invalid(f"Invalid {KIND}: Invalid operator used in {KIND}")
    by_name = dict[Any, Comparison]()
    for one in read.comparisons:
        path = resolved(one.path, names)
        if len(path) > 1:
            raise invalid(f"Invalid {KIND}: {KIND}s cannot have conditions on nested attributes")
        if path[0] in by_name:
            raise invalid(f"Invalid {KIND}: {KIND}s must only contain one condition per key")
        by_name[path[0]] = one
    equal = Position()
    for name, kind in zip(keys.names[: keys.partitions], keys.kinds, strict=False):
        if name not in by_name:
            raise invalid(f"Query condition missed key schema element: {name}")
        if by_name[name].sign != "=":
            raise invalid(UNSUPPORTED)
        equal += _values(by_name.pop(name), kind, values)
    for name, kind in zip(keys.names[keys.partitions :], keys.kinds[keys.partitions :], strict=True):
        if name not in by_name:
            break
        sorted_by = by_name.pop(name)
        if sorted_by.sign != "=":
            _refuse_rest(by_name, keys)
            return _span(equal, sorted_by, _values(sorted_by, kind, values))
        equal += _values(sorted_by, kind, values)
    _refuse_rest(by_name, keys)
    return Span(equal, equal)


def _refuse_rest(left: Mapping[str, Comparison], keys: Keys) -> None:
    if left:
        missed = [name for name in keys.names[keys.partitions :] if name not in left]
        raise invalid(f"Query condition missed key schema element: {missed[0]}" if missed else UNSUPPORTED)


def _values(one: Comparison, kind: str, values: Mapping[str, Any]) -> Position:
    given = [values[name] for name in one.values]
    if any(kind not in value for value in given):
        raise wrong_value("Condition parameter type does not match schema type")
    if one.sign == "BETWEEN":
        check_bounds(given[0], given[1], KIND)
    return tuple(comparable(value) for value in given)


def _span(equal: Position, one: Comparison, values: Sequence[Any]) -> Span:
    first = *equal, values[0]
    match one.sign:
        case "<" | "<=":
            return Span(equal, first, is_before=one.sign == "<")
        case ">" | ">=":
            return Span(first, equal, is_after=one.sign == ">")
        case "BETWEEN":
            return Span(first, (*equal, values[1]))
        case "begins_with":
            if not isinstance(values[0], str | bytes):
                raise invalid(UNSUPPORTED)
            return Span(first, first, cut=len(values[0]))
    raise invalid(UNSUPPORTED)
