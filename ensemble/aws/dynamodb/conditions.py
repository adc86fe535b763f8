"""Condition, filter and key condition expressions: read once, then held against items."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from operator import ge, gt, le, lt
from typing import Any

from ensemble.aws.dynamodb.errors import invalid
from ensemble.aws.dynamodb.syntax import Names, Path, Values, Words, resolved, value_at
from ensemble.aws.dynamodb.values import ORDERED, Item, bytes_of, comparable, equal

Operand = Callable[[Item, Names, Values], Any]
"""Returns an attribute value; None where there is none."""

Test = Callable[[Item, Names, Values], bool]
ORDERS: Mapping[str, Callable[[Any, Any], bool]] = {"<": lt, "<=": le, ">": gt, ">=": ge}
FUNCTIONS = ("attribute_exists", "attribute_not_exists", "attribute_type", "begins_with", "contains")
TYPES = ("S", "SS", "N", "NS", "B", "BS", "BOOL", "NULL", "L", "M")


@dataclass(frozen=True, slots=True)
class Comparison:
    """A path that is compared with values, as a key condition is: `=`, `<`, ..., `BETWEEN` or `begins_with`."""

    path: Path
    sign: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Condition:
    """An expression that was read. `comparisons`: what it comes to if it only joins such by AND, else None."""

    holds: Test
    names: frozenset[str]
    values: frozenset[str]
    comparisons: tuple[Comparison, ...] | None


@cache
def condition(text: str, kind: str = "ConditionExpression") -> Condition:
    """Read an expression. `kind`: the parameter that it is. Raises RequestRefused."""
    words = Words(kind, text)
    reader = _Reader(words)
    test = reader.either()
    if words.peek():
        raise words.wrong(words.peek())
    comparisons = tuple(reader.comparisons) if reader.is_plain else None
    return Condition(test, frozenset(words.names), frozenset(words.values), comparisons)


class _Reader:
    """Reads tests, and notes whether all of them are comparisons joined by AND."""

    def __init__(self, words: Words) -> None:
        self._words = words
        self.comparisons: list[Comparison] = []
        self.is_plain = True

    def either(self) -> Test:
        tests = [self._all()]
        while self._words.take("OR"):
            tests.append(self._all())
        if len(tests) == 1:
            return tests[0]
        self.is_plain = False
        return lambda item, names, values: any(test(item, names, values) for test in tests)

    def _all(self) -> Test:
        tests = [self._not()]
        while self._words.take("AND"):
            tests.append(self._not())
        if len(tests) == 1:
            return tests[0]
        return lambda item, names, values: all(test(item, names, values) for test in tests)

    def _not(self) -> Test:
        if not self._words.take("NOT"):
            return self._test()
        self.is_plain = False
        test = self._not()
        return lambda item, names, values: not test(item, names, values)

    def _test(self) -> Test:
        words = self._words
        if words.peek() in FUNCTIONS and words.peek(1) == "(":
            return self._function()
        if words.take("("):
            test = self.either()
            words.expect(")")
            return test
        operand, path = self._operand()
        if words.take("BETWEEN"):
            return self._between(operand, path)
        if words.take("IN"):
            return self._in(operand)
        sign = words.next()
        if sign not in ORDERS and sign not in ("=", "<>"):
            raise words.wrong(sign)
        other, value = self._operand()
        self._note(path, sign, value)
        return _compared(sign, operand, other)

    def _note(self, path: Path | str | None, sign: str, *values: Path | str | None) -> None:
        given = tuple(value for value in values if isinstance(value, str))
        if isinstance(path, tuple) and len(given) == len(values) and sign != "<>":
            self.comparisons.append(Comparison(path, sign, given))
        else:
            self.is_plain = False

    def _between(self, operand: Operand, path: Path | str | None) -> Test:
        low, first = self._operand()
        self._words.expect("AND")
        high, last = self._operand()
        self._note(path, "BETWEEN", first, last)
        from_, to = _compared(">=", operand, low), _compared("<=", operand, high)
        if not (isinstance(first, str) and isinstance(last, str)):
            return lambda item, names, values: from_(item, names, values) and to(item, names, values)
        kind = self._words.kind

        def between(item: Item, names: Names, values: Values) -> bool:
            check_bounds(values[first], values[last], kind)
            return from_(item, names, values) and to(item, names, values)

        return between

    def _in(self, operand: Operand) -> Test:
        self.is_plain = False
        self._words.expect("(")
        tests = [_compared("=", operand, self._operand()[0])]
        while self._words.take(","):
            tests.append(_compared("=", operand, self._operand()[0]))
        self._words.expect(")")
        return lambda item, names, values: any(test(item, names, values) for test in tests)

    def _operand(self) -> tuple[Operand, Path | str | None]:
        """Read an operand; return it and, if it is that alone, its path or the placeholder of its value."""
        words = self._words
        if words.peek() == "size" and words.peek(1) == "(":
            words.next(), words.next()
            path = words.path()
            words.expect(")")
            of = at(path)
            return (lambda item, names, values: _size(of(item, names, values))), None
        if words.peek().startswith(":"):
            name = words.value()
            return (lambda item, names, values: values[name]), name
        path = words.path()
        return at(path), path

    def _function(self) -> Test:
        words = self._words
        name = words.next()
        words.expect("(")
        path = words.path()
        of = at(path)
        if name in ("attribute_exists", "attribute_not_exists"):
            words.expect(")")
            self.is_plain = False
            is_wanted = name == "attribute_exists"
            return lambda item, names, values: (of(item, names, values) is not None) == is_wanted
        words.expect(",")
        operand, value = self._operand()
        words.expect(")")
        self._note(path if name == "begins_with" else None, name, value)
        test = {"attribute_type": _is_of_type, "begins_with": _begins, "contains": _contains}[name]
        return lambda item, names, values: test(of(item, names, values), operand(item, names, values))


def at(path: Path) -> Operand:
    """Return what finds the value at a path."""
    if len(path) == 1 and isinstance(path[0], str) and path[0][0] != "#":
        name = path[0]
        return lambda item, names, values: item.get(name)
    if any(isinstance(step, str) and step[0] == "#" for step in path):
        return lambda item, names, values: value_at(item, resolved(path, names))
    return lambda item, names, values: value_at(item, path)


def check_bounds(low: Mapping[str, Any], high: Mapping[str, Any], kind: str) -> None:
    """Raise RequestRefused when nothing can lie between two values."""
    if low.keys() == high.keys() and next(iter(low)) in ORDERED and comparable(low) > comparable(high):
        raise invalid(
            f"Invalid {kind}: The BETWEEN operator requires upper bound to be greater than or equal to lower bound; "
            f"lower bound operand: AttributeValue: {dict(low)}, upper bound operand: AttributeValue: {dict(high)}"
        )


def _compared(sign: str, left: Operand, right: Operand) -> Test:
    """Return a comparison: what is of another type, or not there, is unequal and neither less nor more."""
    order = ORDERS.get(sign)

    def compare(item: Item, names: Names, values: Values) -> bool:
        one, other = left(item, names, values), right(item, names, values)
        if one is None or other is None:
            return sign == "<>"
        if order is None:
            return equal(one, other) == (sign == "=")
        if one.keys() != other.keys() or next(iter(one)) not in ORDERED:
            return False
        return order(comparable(one), comparable(other))

    return compare


def _size(value: Any) -> Any:
    if value is None:
        return None
    ((kind, plain),) = value.items()
    if kind in ("N", "BOOL", "NULL"):
        return None
    return {"N": str(len(bytes_of(plain) if kind == "B" else plain))}


def _is_of_type(value: Any, type: Any) -> bool:
    wanted = None if type is None else type.get("S")
    if wanted not in TYPES:
        raise invalid(
            f"Invalid ConditionExpression: Invalid attribute type name found; type: {wanted}, valid types: {TYPES}"
        )
    return value is not None and wanted in value


def _begins(value: Any, start: Any) -> bool:
    if value is None or start is None or value.keys() != start.keys() or next(iter(start)) not in ("S", "B"):
        return False
    return bool(comparable(value).startswith(comparable(start)))


def _contains(value: Any, part: Any) -> bool:
    if value is None or part is None:
        return False
    ((kind, plain),) = value.items()
    if kind in ("S", "B"):
        return kind in part and comparable(part) in comparable(value)
    if kind in ("SS", "NS", "BS"):
        return kind[0] in part and comparable(part) in comparable(value)
    return kind == "L" and any(equal(one, part) for one in plain)
