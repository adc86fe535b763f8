"""DynamoDB's expressions as far as the kit writes them: conditions joined by AND; updates by SET, REMOVE and ADD.

Each text is read once. What is not known here is an error, never a guess.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cache
from typing import Any

from ensemble.simulator.answers import NotSimulated, Refused

Item = dict[str, Any]
Names = Mapping[str, str]
Values = Mapping[str, Mapping[str, Any]]
Term = Callable[[Item, Names, Values], bool]
Change = Callable[[Item, Names, Values], Item]

PATH, VALUE = r"([#\w]+(?:\.[#\w]+)*)", r"(:\w+)"
EXISTS = re.compile(rf"attribute_exists\({PATH}\)")
EXISTS_NOT = re.compile(rf"attribute_not_exists\({PATH}\)")
BETWEEN = re.compile(rf"{PATH} BETWEEN {VALUE} AND {VALUE}")
COMPARED = re.compile(rf"{PATH} (=|<>|<|<=|>|>=) {VALUE}")
JOINED = re.compile(rf"(?:{BETWEEN.pattern}|{COMPARED.pattern}|attribute_(?:not_)?exists\({PATH}\))(?: AND |$)")

CLAUSE = re.compile(r"(SET|REMOVE|ADD) (.*?)(?= (?:SET|REMOVE|ADD) |$)")
ACTIONS = {
    "SET": re.compile(rf"{PATH} = {VALUE}"),
    "REMOVE": re.compile(PATH),
    "ADD": re.compile(rf"{PATH} {VALUE}"),
}

COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": lambda one, other: bool(one == other),
    "<>": lambda one, other: bool(one != other),
    "<": lambda one, other: bool(one < other),
    "<=": lambda one, other: bool(one <= other),
    ">": lambda one, other: bool(one > other),
    ">=": lambda one, other: bool(one >= other),
}


def holds(text: str, item: Item | None, request: Mapping[str, Any]) -> bool:
    """Return whether a condition holds of an item, with the names and values of the request that it is in."""
    names, values = request.get("ExpressionAttributeNames", {}), request.get("ExpressionAttributeValues", {})
    return all(term(item or {}, names, values) for term in _condition(text))


def updated(text: str, item: Item, request: Mapping[str, Any]) -> Item:
    """Return the item after an update, which leaves the given one as it is. Raises Refused for a path that is not."""
    names, values = request.get("ExpressionAttributeNames", {}), request.get("ExpressionAttributeValues", {})
    for change in _update(text):
        item = change(item, names, values)
    return item


@cache
def _condition(text: str) -> tuple[Term, ...]:
    terms, position = [], 0
    while position < len(text):
        found = JOINED.match(text, position)
        if found is None:
            raise _unknown("condition", text)
        terms.append(_term(found.group().removesuffix(" AND ")))
        position = found.end()
    return tuple(terms)


def _term(text: str) -> Term:
    if found := EXISTS_NOT.fullmatch(text):
        path = found[1]
        return lambda item, names, values: _value(item, path, names) is None
    if found := EXISTS.fullmatch(text):
        path = found[1]
        return lambda item, names, values: _value(item, path, names) is not None
    if found := BETWEEN.fullmatch(text):
        path, low, high = found.groups()
        return lambda item, names, values: (
            _compared(item, path, ">=", low, names, values) and _compared(item, path, "<=", high, names, values)
        )
    found = COMPARED.fullmatch(text)
    if found is None:
        raise _unknown("condition", text)
    path, sign, value = found.groups()
    return lambda item, names, values: _compared(item, path, sign, value, names, values)


def _compared(item: Item, path: str, sign: str, value: str, names: Names, values: Values) -> bool:
    """Compare as DynamoDB does: what is of another type, or not there, is unequal and neither less nor more."""
    found, other = _value(item, path, names), values[value]
    if found is None or found.keys() != other.keys():
        return sign == "<>"
    return COMPARISONS[sign](_comparable(found), _comparable(other))


def _comparable(value: Mapping[str, Any]) -> Any:
    ((kind, plain),) = value.items()
    return Decimal(plain) if kind == "N" else plain


def _value(item: Item, path: str, names: Names) -> Any:
    """Return the value at a path of an item, None where there is none."""
    value: Any = {"M": item}
    for step in path.split("."):
        value = value.get("M", {}).get(names[step] if step.startswith("#") else step)
        if value is None:
            return None
    return value


@cache
def _update(text: str) -> tuple[Change, ...]:
    clauses = list(CLAUSE.finditer(text))
    if " ".join(clause.group() for clause in clauses) != text or not clauses:
        raise _unknown("update", text)
    return tuple(_change(clause[1], action, text) for clause in clauses for action in clause[2].split(", "))


def _change(kind: str, action: str, text: str) -> Change:
    found = ACTIONS[kind].fullmatch(action)
    if found is None:
        raise _unknown("update", text)
    path = found[1].split(".")
    if kind == "REMOVE":
        return lambda item, names, values: _put(item, _names(path, names), lambda _: None)
    value = found[2]
    if kind == "SET":
        return lambda item, names, values: _put(item, _names(path, names), lambda _: values[value])
    return lambda item, names, values: _put(item, _names(path, names), lambda old: _sum(old, values[value]))


def _names(path: list[str], names: Names) -> list[str]:
    return [names[step] if step.startswith("#") else step for step in path]


def _sum(old: Any, value: Mapping[str, Any]) -> Mapping[str, Any]:
    if "N" not in value or (old is not None and "N" not in old):
        raise _unknown("update", "ADD of what is no number")
    return {"N": str((0 if old is None else Decimal(old["N"])) + Decimal(value["N"]))}


def _put(item: Item, path: list[str], make: Callable[[Any], Any]) -> Item:
    """Return a copy of the item with another value at the path; None takes it away."""
    first, *rest = path
    old = item.get(first)
    if rest:
        if old is None or "M" not in old:
            raise Refused("ValidationException", "The document path provided in the update expression is invalid")
        return {**item, first: {"M": _put(old["M"], rest, make)}}
    new = make(old)
    return {**item, first: new} if new is not None else {name: value for name, value in item.items() if name != first}


def _unknown(what: str, text: str) -> NotSimulated:
    return NotSimulated(f"the simulated DynamoDB does not know the {what} {text!r}")
