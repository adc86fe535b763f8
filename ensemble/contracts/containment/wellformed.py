"""Whether what is given as a JSON schema is one: each keyword has a value that some draft lets it have."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ensemble.contracts.containment.dialect import LISTS, MAPS, SINGLE, children

TYPES = frozenset({"null", "boolean", "object", "array", "number", "integer", "string"})


def malformed(schema: Any) -> Iterator[tuple[str, str]]:
    """Yield each place in the schema that is no JSON schema, with what is wrong there."""
    seen: set[int] = set()
    waiting = [(schema, "$")]
    while waiting:
        one, path = waiting.pop()
        if isinstance(one, bool) or id(one) in seen:
            continue
        seen.add(id(one))
        if not isinstance(one, Mapping):
            yield path, f"{one!r:.80} is no schema: it must be an object, true or false"
            continue
        wrong = [keyword for keyword, value in one.items() if not _can_be(keyword, value)]
        yield from ((path, f"{keyword!r} cannot be {one[keyword]!r:.80}") for keyword in wrong)
        if not wrong and not isinstance(one.get("items"), list):
            waiting += [(inner, f"{path}{place}") for inner, place in children(one)]


def _can_be(keyword: str, value: Any) -> bool:
    if keyword in MAPS:
        return isinstance(value, dict)
    if keyword in LISTS:
        return isinstance(value, list) and bool(value)
    if keyword in SINGLE:
        return isinstance(value, dict | bool | list)
    return _VALUES[keyword](value) if keyword in _VALUES else True


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_length(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_type(value: Any) -> bool:
    names = value if isinstance(value, list) and value else [value]
    return all(isinstance(name, str) and name in TYPES for name in names)


def _is_pattern(value: Any) -> bool:
    try:
        re.compile(value)
    except (re.error, TypeError, RecursionError, OverflowError):
        return False
    return isinstance(value, str)


_VALUES: Mapping[str, Callable[[Any], bool]] = {
    "type": _is_type,
    "enum": lambda value: isinstance(value, list) and bool(value),
    "required": lambda value: isinstance(value, list) and all(isinstance(name, str) for name in value),
    "minimum": _is_number,
    "maximum": _is_number,
    "exclusiveMinimum": lambda value: isinstance(value, bool) or _is_number(value),
    "exclusiveMaximum": lambda value: isinstance(value, bool) or _is_number(value),
    "multipleOf": lambda value: _is_number(value) and value > 0,
    **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"), _is_length),
    "uniqueItems": lambda value: isinstance(value, bool),
    "pattern": _is_pattern,
    "$ref": lambda value: isinstance(value, str),
}
