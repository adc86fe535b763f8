"""The event pattern language of EventBridge, also that of Lambda's event filters: compile once, match many.

It follows `aws/event-ruler`, the engine that AWS publishes: the event becomes leaves (a dotted path, a scalar,
the array elements it lies in), and a pattern matches when each of its fields has a leaf that passes, no two of
them from different elements of one array. Sources: README of `aws/event-ruler`, "JSON Array Matching", "And and
Or Relationship among fields"; EventBridge user guide, "Event patterns".
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any, NamedTuple

from ensemble.aws.entries import exact, refuse_constant
from ensemble.aws.pattern_operators import OPERATOR_NAMES, InvalidEventPattern, Test, compile_operator, literal

__all__ = ["InvalidEventPattern", "Pattern", "compile_pattern"]

Elements = dict[int, int]  # number of an array in the event -> index of the element in it
Leaves = dict[str, list[tuple[Any, Elements]]]

# Names event-ruler keeps for itself inside `$or`, so that a misplaced operator is not taken for a field; those
# that are no operators yet are reserved for the future (its `Constants`).
_RESERVED_IN_OR = (
    OPERATOR_NAMES
    | {"html", "regex", "=", "<", "<=", ">", ">=", "not-wildcard", "not-equals-ignore-case"}
    | {"date-after", "date-on-or-after", "date-before", "date-on-or-before", "in-date-range"}
    | {"ip-address-in-range", "ip-address-not-in-range"}
)


@dataclass(frozen=True, slots=True)
class Field:
    """What a pattern asks of one path: a leaf whose value passes, or (`exists: false`) no leaf at all."""

    path: str
    literals: frozenset[tuple[bool, Any]]
    tests: tuple[Test, ...]
    may_be_absent: bool

    def accepts(self, value: Any) -> bool:
        return literal(value) in self.literals or any(test(value) for test in self.tests)


class Choice(NamedTuple):
    """The places in the event that satisfy a field, and all its places if it may as well be absent."""

    accepted: list[Elements]
    present: list[Elements] | None


Branch = dict[str, Field]


class Pattern:
    """A compiled event pattern."""

    def __init__(self, branches: Sequence[Branch]) -> None:
        # event-ruler visits the fields in the order of their paths, which decides what `exists: false` sees.
        self._branches = [sorted(branch.values(), key=lambda field: field.path) for branch in branches]
        self._wanted = frozenset(step for branch in branches for path in branch for step in _steps(path))

    def matches(self, event: Mapping[str, Any]) -> bool:
        leaves: Leaves = {}
        self._collect(dict(event), "", {}, leaves, count())
        return any(_holds(branch, leaves) for branch in self._branches)

    def _collect(self, value: Any, path: str, elements: Elements, leaves: Leaves, arrays: Iterator[int]) -> None:
        if isinstance(value, dict):
            for name, child in value.items():
                child_path = f"{path}.{name}" if path else name
                if child_path in self._wanted:
                    self._collect(child, child_path, elements, leaves, arrays)
        elif isinstance(value, list):
            array = next(arrays)
            for index, child in enumerate(value):
                # Scalars of one array are not bound to each other, only the objects are.
                within = {**elements, array: index} if isinstance(child, dict | list) else elements
                self._collect(child, path, within, leaves, arrays)
        else:
            leaves.setdefault(path, []).append((value, elements))


def compile_pattern(pattern: str | Mapping[str, Any]) -> Pattern:
    """Compile a pattern, given as JSON text or as the parsed object.

    Raises InvalidEventPattern, naming the path of the fault, for what EventBridge would refuse to create.
    """
    if isinstance(pattern, str):
        try:
            pattern = json.loads(pattern, object_pairs_hook=_merged, parse_constant=refuse_constant, parse_float=exact)
        except (ValueError, RecursionError) as error:
            raise InvalidEventPattern(f"pattern: not JSON: {error}") from error
    if not isinstance(pattern, Mapping):
        raise InvalidEventPattern(f"pattern: must be an object, not {pattern!r}")
    try:
        return Pattern(_expand(pattern, "", [{}], inside_or=False))
    except RecursionError as error:
        raise InvalidEventPattern("pattern: it is nested too deep") from error


def _merged(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object in which members that have the same name, and are objects, are one: the engine asks all that
    stands in them."""
    members: dict[str, Any] = {}
    for name, value in pairs:
        if isinstance(value, dict) and isinstance(members.get(name), dict):
            value = _merged([*members[name].items(), *value.items()])
        members[name] = value
    return members


def _expand(pattern: Mapping[str, Any], path: str, branches: list[Branch], inside_or: bool) -> list[Branch]:
    """The branches, each with the fields of `pattern` added; an `$or` multiplies them."""
    if not pattern:
        raise InvalidEventPattern(f"{path or 'pattern'}: an empty object is not allowed")
    for name, value in pattern.items():
        where = f"{path}.{name}" if path else name
        if name == "$or":
            branches = _expand_or(value, path, where, branches)
        elif inside_or and name in _RESERVED_IN_OR:
            raise InvalidEventPattern(f"{where}: {name!r} is reserved and cannot be a field inside $or")
        elif isinstance(value, Mapping):
            branches = _expand(value, where, branches, inside_or)
        elif isinstance(value, list):
            field = _compile_field(value, where)
            branches = [{**branch, where: field} for branch in branches]
        else:
            raise InvalidEventPattern(f"{where}: must be a list of values or an object, not {value!r}")
    return branches


def _expand_or(alternatives: Any, path: str, where: str, branches: list[Branch]) -> list[Branch]:
    if not isinstance(alternatives, list) or len(alternatives) < 2:
        raise InvalidEventPattern(f"{where}: must be a list of at least two objects, not {alternatives!r}")
    expanded = []
    for index, alternative in enumerate(alternatives):
        if not isinstance(alternative, Mapping):
            raise InvalidEventPattern(f"{where}[{index}]: must be an object, not {alternative!r}")
        expanded += _expand(alternative, path, branches, inside_or=True)
    return expanded


def _compile_field(values: list[Any], path: str) -> Field:
    if not values:
        raise InvalidEventPattern(f"{path}: an empty list is not allowed")
    if any(isinstance(value, list) for value in values):
        raise InvalidEventPattern(f"{path}: a list inside the list of values is not allowed")
    expressions = [(index, value) for index, value in enumerate(values) if isinstance(value, dict)]
    tests = tuple(compile_operator(value, f"{path}[{index}]") for index, value in expressions)
    literals = frozenset(literal(value) for value in values if not isinstance(value, dict))
    return Field(path, literals, tests, may_be_absent={"exists": False} in values)


def _steps(path: str) -> list[str]:
    names = path.split(".")
    return [".".join(names[: length + 1]) for length in range(len(names))]


def _holds(fields: Sequence[Field], leaves: Leaves) -> bool:
    choices = []
    for field in fields:
        found = leaves.get(field.path, [])
        accepted = {id(elements): elements for value, elements in found if field.accepts(value)}
        if not accepted and not field.may_be_absent:
            return False
        present = [elements for _, elements in found] if field.may_be_absent else None
        choices.append(Choice(list(accepted.values()), present))
    return _consistent(choices, 0, {})


def _consistent(choices: Sequence[Choice], position: int, chosen: Elements) -> bool:
    """Whether the choices from `position` on can be made without two different elements of one array."""
    if position == len(choices):
        return True
    choice = choices[position]
    for elements in choice.accepted:
        if _agree(chosen, elements) and _consistent(choices, position + 1, chosen | elements):
            return True
    if choice.present is None or any(_agree(chosen, elements) for elements in choice.present):
        return False
    return _consistent(choices, position + 1, chosen)


def _agree(chosen: Elements, elements: Elements) -> bool:
    return all(chosen.get(array, index) == index for array, index in elements.items())
