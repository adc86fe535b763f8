"""The comparison operators of event patterns: each turns its operand into a test of one leaf value.

Sources: EventBridge user guide, "Comparison operators for use in event patterns"; the README and the rule
compiler of `aws/event-ruler`, the matching engine that AWS publishes.
"""

import operator
import re
from collections.abc import Callable
from ipaddress import ip_address, ip_network
from typing import Any

Test = Callable[[Any], bool]

NUMERIC_LIMIT = 5e9
NUMERIC_DECIMALS = 6


class InvalidEventPattern(ValueError):
    """Raised when a pattern is not one EventBridge would accept; the message starts with the path of the fault."""


def compile_operator(expression: dict[str, Any], where: str) -> Test:
    """The test that a match expression such as `{"prefix": "shop."}` stands for; `exists: false` has none."""
    name, operand = _only_item(expression, where)
    if name not in _OPERATORS:
        raise InvalidEventPattern(f"{where}: unknown operator {name!r}; known are {', '.join(_OPERATORS)}")
    return _OPERATORS[name](operand, f"{where}.{name}")


def literal(value: Any) -> tuple[bool, Any]:
    """What two JSON scalars must share to be equal: 300 equals 300.0, but in Python also True equals 1."""
    return (isinstance(value, bool), value)


def _exactly(operand: Any, where: str) -> Test:
    text = _text(operand, where)
    return lambda value: bool(value == text)


def _equals_ignore_case(operand: Any, where: str) -> Test:
    cases = re.compile(_any_case(_text(operand, where)))
    return lambda value: isinstance(value, str) and cases.fullmatch(value) is not None


def _prefix(operand: Any, where: str) -> Test:
    if isinstance(operand, dict):
        cases = re.compile(_ignoring_case(operand, where))
        return lambda value: isinstance(value, str) and cases.match(value) is not None
    text = _text(operand, where)
    return lambda value: isinstance(value, str) and value.startswith(text)


def _suffix(operand: Any, where: str) -> Test:
    if isinstance(operand, dict):
        cases = re.compile(_ignoring_case(operand, where) + r"\Z")
        return lambda value: isinstance(value, str) and cases.search(value) is not None
    text = _text(operand, where)
    return lambda value: isinstance(value, str) and value.endswith(text)


def _wildcard(operand: Any, where: str) -> Test:
    first, *rest = _pieces_between_stars(_text(operand, where), where)
    if not rest:
        return lambda value: bool(value == first)
    *middle, last = rest

    # The leftmost place of each piece is as good as any later one, so nothing is tried twice: the time is
    # linear in the value, which a regular expression with several stars would not keep.
    def test(value: Any) -> bool:
        if not isinstance(value, str) or len(value) < len(first) + len(last):
            return False
        position, end = len(first), len(value) - len(last)
        for piece in middle:
            found = value.find(piece, position, end)
            if found < 0:
                return False
            position = found + len(piece)
        return value.startswith(first) and value.endswith(last)

    return test


def _pieces_between_stars(text: str, where: str) -> list[str]:
    pieces = [""]
    characters = iter(text)
    for character in characters:
        if character == "\\":
            escaped = next(characters, "the end")
            if escaped not in ("*", "\\"):
                raise InvalidEventPattern(f"{where}: a backslash may escape only * and \\, not {escaped}")
            pieces[-1] += escaped
        elif character != "*":
            pieces[-1] += character
        elif len(pieces) > 1 and not pieces[-1]:
            raise InvalidEventPattern(f"{where}: consecutive wildcard characters in {text!r}")
        else:
            pieces.append("")
    return pieces


def _anything_but(operand: Any, where: str) -> Test:
    if isinstance(operand, dict):
        return _anything_but_like(operand, where)
    excluded = _one_or_more(operand, where)
    if not all(isinstance(value, str) for value in excluded):
        if any(isinstance(value, str) for value in excluded):
            raise InvalidEventPattern(f"{where}: must be all strings or all numbers, not both")
        excluded = [_number(value, where) for value in excluded]
    literals = frozenset(literal(value) for value in excluded)
    return lambda value: literal(value) not in literals


def _anything_but_like(operand: dict[str, Any], where: str) -> Test:
    name, inner = _only_item(operand, where)
    where = f"{where}.{name}"
    if name not in ("prefix", "suffix", "equals-ignore-case", "wildcard"):
        raise InvalidEventPattern(f"{where}: {name!r} cannot be used inside anything-but")
    texts = [_text(value, where) for value in _one_or_more(inner, where)]
    if name in ("prefix", "suffix") and "" in texts:
        raise InvalidEventPattern(f"{where}: an empty {name} would exclude every string")
    tests = [_OPERATORS[name](text, where) for text in texts]
    return lambda value: not any(test(value) for test in tests)


def _numeric(operand: Any, where: str) -> Test:
    lower, bottom, upper, top = ">=", -NUMERIC_LIMIT, "<=", NUMERIC_LIMIT
    match operand:
        case ["=", number]:
            wanted = _number(number, where)
            return lambda value: _is_comparable(value) and value == wanted
        case [(">" | ">=") as lower, low]:
            bottom = _number(low, where)
        case [("<" | "<=") as upper, high]:
            top = _number(high, where)
        case [(">" | ">=") as lower, low, ("<" | "<=") as upper, high]:
            bottom, top = _number(low, where), _number(high, where)
        case _:
            raise InvalidEventPattern(
                f"{where}: must be one comparison, or a lower then an upper bound, not {operand!r}"
            )
    if bottom >= top:
        raise InvalidEventPattern(f"{where}: the lower bound {bottom} must be below the upper bound {top}")
    above = operator.gt if lower == ">" else operator.ge
    below = operator.lt if upper == "<" else operator.le
    return lambda value: _is_comparable(value) and above(value, bottom) and below(value, top)


def _is_comparable(value: Any) -> bool:
    """Whether AWS can compare the number: one with more decimals never matches, e.g. 0.1 + 0.2 (six digits)."""
    return isinstance(value, int | float) and not isinstance(value, bool) and round(value, NUMERIC_DECIMALS) == value


def _number(operand: Any, where: str) -> float:
    if isinstance(operand, bool) or not isinstance(operand, int | float):
        raise InvalidEventPattern(f"{where}: must be a number, not {operand!r}")
    if not (-NUMERIC_LIMIT <= operand <= NUMERIC_LIMIT and _is_comparable(operand)):
        raise InvalidEventPattern(
            f"{where}: {operand!r} must be between -5e9 and 5e9 with at most {NUMERIC_DECIMALS} decimals"
        )
    return operand


def _exists(operand: Any, where: str) -> Test:
    if not isinstance(operand, bool):
        raise InvalidEventPattern(f"{where}: must be true or false, not {operand!r}")
    # A test sees only values that are there; absence is the field's own matter (`patterns.Field`).
    return lambda value: operand


def _cidr(operand: Any, where: str) -> Test:
    _, _, bits = _text(operand, where).partition("/")
    try:
        network = ip_network(operand, strict=False)
    except ValueError as error:
        raise InvalidEventPattern(f"{where}: {error}") from error
    if not bits.isdecimal() or network.prefixlen == network.max_prefixlen:
        limit = network.max_prefixlen - 1
        raise InvalidEventPattern(f"{where}: {operand!r} must end in a mask of /0 to /{limit}")

    def test(value: Any) -> bool:
        try:
            return isinstance(value, str) and ip_address(value) in network
        except ValueError:
            return False

    return test


_OPERATORS: dict[str, Callable[[Any, str], Test]] = {
    "prefix": _prefix,
    "suffix": _suffix,
    "equals-ignore-case": _equals_ignore_case,
    "wildcard": _wildcard,
    "anything-but": _anything_but,
    "numeric": _numeric,
    "exists": _exists,
    "cidr": _cidr,
    "exactly": _exactly,  # not in the user guide; event-ruler's own name for equality
}
OPERATOR_NAMES = frozenset(_OPERATORS)


def _only_item(expression: dict[str, Any], where: str) -> tuple[str, Any]:
    if len(expression) != 1:
        raise InvalidEventPattern(f"{where}: exactly one operator is needed, not {sorted(expression)}")
    return next(iter(expression.items()))


def _one_or_more(operand: Any, where: str) -> list[Any]:
    if operand == []:
        raise InvalidEventPattern(f"{where}: an empty list is not allowed")
    return operand if isinstance(operand, list) else [operand]


def _text(operand: Any, where: str) -> str:
    if not isinstance(operand, str):
        raise InvalidEventPattern(f"{where}: must be a string, not {operand!r}")
    return operand


def _ignoring_case(operand: dict[str, Any], where: str) -> str:
    name, text = _only_item(operand, where)
    if name != "equals-ignore-case":
        raise InvalidEventPattern(f"{where}: only equals-ignore-case can be used inside, not {name!r}")
    return _any_case(_text(text, f"{where}.{name}"))


def _any_case(text: str) -> str:
    """Return the regular expression of a text whose case is ignored, character by character as the engine does: a
    German sharp s may be two capitals, two letters are no sharp s (`EqualsIgnoreCaseParser` of `aws/event-ruler`)."""
    return "".join(f"(?:{'|'.join(map(re.escape, _cases(one)))})" for one in text)


def _cases(one: str) -> list[str]:
    """Return what a character may be. One beyond the first 65,536 is two to the engine, neither of which has a case."""
    return [one] if ord(one) > 0xFFFF else sorted({one, one.lower(), one.upper()})
