"""Update expressions: read once, then applied to an item, which stays as it is; its successor shares what is the same.

All operands are those of the item before the update (Amazon DynamoDB Developer Guide, "Using update expressions").
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

from ensemble.aws.dynamodb.conditions import Operand, at
from ensemble.aws.dynamodb.errors import RequestRefused, invalid
from ensemble.aws.dynamodb.syntax import NAMES, VALUES, Names, Path, Values, Words, resolved
from ensemble.aws.dynamodb.values import EXACT, Item, comparable, number, number_text

CLAUSES = ("SET", "REMOVE", "ADD", "DELETE")
NO_PATH = "The document path provided in the update expression is invalid for update"
NO_ATTRIBUTE = "The provided expression refers to an attribute that does not exist in the item"
KIND = "UpdateExpression"
WRONG = "1 validation error detected: Invalid"
TYPES = {
    "S": "STRING",
    "N": "NUMBER",
    "B": "BINARY",
    "BOOL": "BOOLEAN",
    "NULL": "NULL",
    "M": "MAP",
    "L": "LIST",
    "SS": "STRING_SET",
    "NS": "NUMBER_SET",
    "BS": "BINARY_SET",
}
"""The types as messages name them."""

Make = Callable[[Item, Any, Names, Values], Any]
"""Returns the value that comes to a path, given the item and what is there before; None takes it away."""


@dataclass(frozen=True, slots=True)
class Update:
    """An expression that was read: which path gets which value."""

    actions: tuple[tuple[Path, Make], ...]
    names: frozenset[str]
    values: frozenset[str]

    def paths(self, names: Names) -> list[Path]:
        """Return the paths that it writes. Raises RequestRefused when one of them lies in another."""
        paths = [resolved(path, names) if self.names else path for path, _ in self.actions]
        if len(paths) > 1:
            refuse_overlaps(paths, KIND)
        return paths

    def applied(self, item: Item, request: Mapping[str, Any], paths: list[Path]) -> Item:
        """Return the item after it, which writes these paths. Raises RequestRefused for what is not there."""
        names, values = request.get(NAMES, {}), request.get(VALUES, {})
        result = item
        for path, (_, make) in zip(paths, self.actions, strict=True):
            result = _put(result, path, make, item, names, values)
        return result


def refuse_overlaps(paths: list[Path], kind: str) -> None:
    """Raise RequestRefused when one of some paths lies in another, or is the same."""
    ordered = sorted(paths, key=lambda path: [(isinstance(step, int), step) for step in path])
    for one, other in pairwise(ordered):
        if other[: len(one)] == one:
            shown = [
                f"[{', '.join(f'[{step}]' if isinstance(step, int) else step for step in path)}]"
                for path in (one, other)
            ]
            raise invalid(
                f"{WRONG} {kind}: Two document paths overlap with each other; must remove or rewrite one of these "
                f"paths; path one: {shown[0]}, path two: {shown[1]}"
            )


@cache
def update(text: str) -> Update:
    """Read an update expression. Raises RequestRefused."""
    words = Words(KIND, text)
    clauses = dict[str, list[tuple[Path, Make]]]()
    while words.peek():
        word = words.next()
        clause = word.upper()
        if clause not in CLAUSES:
            raise words.wrong(word)
        if clause in clauses:
            raise invalid(f'{WRONG} {KIND}: The "{clause}" section can only be used once in an update expression;')
        clauses[clause] = [_action(clause, words)]
        while words.take(","):
            clauses[clause].append(_action(clause, words))
    # Places in a list are those before the update: the last goes first.
    removed = sorted(clauses.pop("REMOVE", []), key=lambda one: _place(one[0]), reverse=True)
    actions = [*(action for kind in clauses.values() for action in kind), *removed]
    return Update(tuple(actions), frozenset(words.names), frozenset(words.values))


def _place(path: Path) -> int:
    return path[-1] if isinstance(path[-1], int) else -1


def _action(clause: str, words: Words) -> tuple[Path, Make]:
    path = words.path()
    if clause == "REMOVE":
        return path, lambda item, old, names, values: None
    if clause == "SET":
        words.expect("=")
        value = _sum(words)
        return path, lambda item, old, names, values: _there(value(item, names, values))
    name, change = words.value(), _added if clause == "ADD" else _deleted
    return path, lambda item, old, names, values: change(old, values[name])


def _sum(words: Words) -> Operand:
    left = _term(words)
    if words.peek() not in ("+", "-"):
        return left
    sign, right = words.next(), _term(words)

    def summed(item: Item, names: Names, values: Values) -> Any:
        one, other = (_number(operand(item, names, values), sign) for operand in (left, right))
        return {"N": number_text(EXACT.add(one, other) if sign == "+" else EXACT.subtract(one, other))}

    return summed


def _number(value: Any, sign: str) -> Any:
    if "N" not in _there(value):
        type = next(iter(value))
        raise invalid(
            f"Invalid {KIND}: Incorrect operand type for operator or function; operator or function: {sign}, "
            f"operand type: {type}"
        )
    return number(value["N"])


def _term(words: Words) -> Operand:
    if words.peek(1) == "(" and words.peek() in ("if_not_exists", "list_append"):
        return _function(words)
    if words.take("("):
        inner = _sum(words)
        words.expect(")")
        return inner
    if words.peek().startswith(":"):
        name = words.value()
        return lambda item, names, values: values[name]
    return at(words.path())


def _function(words: Words) -> Operand:
    function = words.next()
    words.expect("(")
    first = at(words.path()) if function == "if_not_exists" else _term(words)
    words.expect(",")
    second = _term(words)
    words.expect(")")
    if function == "if_not_exists":
        return lambda item, names, values: first(item, names, values) or second(item, names, values)

    def appended(item: Item, names: Names, values: Values) -> Any:
        parts = [_there(operand(item, names, values)) for operand in (first, second)]
        if any("L" not in part for part in parts):
            raise invalid("An operand in the update expression has an incorrect data type")
        return {"L": [*parts[0]["L"], *parts[1]["L"]]}

    return appended


def _there(value: Any) -> Any:
    if value is None:
        raise invalid(NO_ATTRIBUTE)
    return value


def _unfit(operator: str, kind: str) -> RequestRefused:
    return invalid(
        f"Invalid {KIND}: Incorrect operand type for operator or function; operator: {operator}, "
        f"operand type: {TYPES[kind]}, typeSet: ALLOWED_FOR_{operator}_OPERAND"
    )


def _added(old: Any, value: Any) -> Any:
    """Return a number that has grown, or a set with more members: what ADD does."""
    ((kind, plain),) = value.items()
    if kind not in ("N", "SS", "NS", "BS"):
        raise _unfit("ADD", kind)
    if old is None:
        return value
    if kind not in old:
        raise invalid("An operand in the update expression has an incorrect data type")
    if kind == "N":
        return {"N": number_text(EXACT.add(number(old["N"]), number(plain)))}
    known = comparable(old)
    return {kind: [*old[kind], *(one for one in plain if not comparable({kind: [one]}) <= known)]}


def _deleted(old: Any, value: Any) -> Any:
    """Return a set with fewer members, None when none is left: what DELETE does."""
    kind = next(iter(value))
    if kind not in ("SS", "NS", "BS"):
        raise _unfit("DELETE", kind)
    if old is None:
        return None
    if kind not in old:
        raise invalid("An operand in the update expression has an incorrect data type")
    gone = comparable(value)
    left = [one for one in old[kind] if not comparable({kind: [one]}) <= gone]
    return {kind: left} if left else None


def _put(item: Item, path: Path, make: Make, before: Item, names: Names, values: Values) -> Item:
    """Return a copy of the item with another value at the path."""
    if len(path) == 1:
        name = str(path[0])
        new = make(before, before.get(name), names, values)
        return {**item, name: new} if new is not None else {key: value for key, value in item.items() if key != name}
    inside = _put_into({"M": item}, path, lambda old: make(before, old, names, values))
    return inside["M"]  # type: ignore[no-any-return]


def _put_into(value: Any, path: Path, make: Callable[[Any], Any]) -> Any:
    """Return a copy of a map or a list with another value at the path in it."""
    first: Any
    first, *rest = path
    kind = "M" if isinstance(first, str) else "L"
    if value is None or kind not in value:
        raise invalid(NO_PATH)
    plain = value[kind]
    old = plain.get(first) if kind == "M" else plain[first] if first < len(plain) else None
    new = _put_into(old, tuple(rest), make) if rest else make(old)
    if kind == "M":
        return {"M": {**plain, first: new} if new is not None else {k: v for k, v in plain.items() if k != first}}
    if old is None:
        return {"L": [*plain, new] if new is not None else plain}
    return {"L": [*plain[:first], *([] if new is None else [new]), *plain[first + 1 :]]}
