"""What several schemas that all hold say together, for documents of one JSON type."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor, lcm
from typing import Any

from ensemble.contracts.containment.dialect import Node
from ensemble.contracts.containment.evaluation import Formats, bounds, fits
from ensemble.contracts.containment.formats import PATTERNS
from ensemble.contracts.containment.values import exact, identity, type_of
from ensemble.contracts.patterns import Lengths, Texts, pattern

All = tuple[Node, ...]
"""Schemas that all hold, flat: without `$ref` and `allOf`."""


def flat(nodes: Sequence[Node]) -> All:
    """Return the schemas with their references followed and their `allOf` parts beside them."""
    result: dict[int, Node] = {}
    for node in nodes:
        resolved = node.resolved()
        parts = flat([resolved.at(part) for part in resolved.get("allOf", [])])
        result |= {id(one.schema): one for one in (resolved, *parts)}
    return tuple(result.values())


def may_be(nodes: All, kind: str) -> bool:
    """Return whether the types that the schemas list leave room for a document of the JSON type."""
    return all(_has_type(node, kind) for node in nodes)


def _has_type(node: Node, kind: str) -> bool:
    if isinstance(node.schema, bool):
        return node.schema
    types = node.get("type")
    listed = types if isinstance(types, list) else [types]
    return types is None or kind in listed or (kind == "number" and "integer" in listed)


def listed_values(nodes: All, kind: str, formats: Formats) -> list[Any] | None:
    """Return the documents of the type that the schemas accept, if one of them lists its values; else None."""
    for node in nodes:
        for keyword in ("enum", "const"):
            if keyword in (node.schema if isinstance(node.schema, dict) else {}):
                values = node.schema[keyword] if keyword == "enum" else [node.schema[keyword]]
                return [v for v in values if type_of(v) == kind and all(fits(n, v, formats) for n in nodes)]
    return None


@dataclass(frozen=True, slots=True)
class Range:
    """From `low` to `high`, None for no bound; `low_open`, `high_open`: whether the bound itself is excluded."""

    low: Fraction | None = None
    high: Fraction | None = None
    low_open: bool = False
    high_open: bool = False


@dataclass(frozen=True, slots=True)
class Numbers:
    """The multiples of `step` in a range, or every number in it."""

    range: Range
    step: Fraction | None

    @classmethod
    def of(cls, nodes: All) -> Numbers:
        low: tuple[Fraction, bool] | None = None
        high: tuple[Fraction, bool] | None = None
        step: Fraction | None = None
        for node in nodes:
            for keyword, bound, excluded in bounds(node):
                value = exact(bound)
                if keyword == "minimum":
                    low = max(low or (value, excluded), (value, excluded))
                else:
                    nearest = min((high or (value, excluded))[0], value)
                    out = [(value, excluded)] + ([high] if high else [])
                    high = (nearest, any(open for bound, open in out if bound == nearest))
            for one in _steps(node):
                step = one if step is None else _common(step, one)
        return cls(Range(low and low[0], high and high[0], bool(low and low[1]), bool(high and high[1])), step)

    def first(self) -> Fraction | None:
        """Return the smallest multiple in the range; None when there is none or no lowest one."""
        if self.step is None or self.range.low is None:
            return None
        count = ceil(self.range.low / self.step)
        if self.range.low_open and count * self.step == self.range.low:
            count += 1
        return count * self.step

    def last(self) -> Fraction | None:
        """Return the largest multiple in the range; None when there is no highest one."""
        if self.step is None or self.range.high is None:
            return None
        count = floor(self.range.high / self.step)
        if self.range.high_open and count * self.step == self.range.high:
            count -= 1
        return count * self.step

    def is_empty(self) -> bool:
        low, high = self.range.low, self.range.high
        if low is None or high is None:
            return False
        if low > high or (low == high and (self.range.low_open or self.range.high_open)):
            return True
        first = self.first()
        return first is not None and (first > high or (first == high and self.range.high_open))

    def few(self, limit: int) -> list[Fraction] | None:
        """Return all the numbers, if they are no more than the limit."""
        first, last = self.first(), self.last()
        if self.is_empty():
            return []
        if self.step is not None and first is not None and last is not None:
            count = int((last - first) / self.step) + 1
            return [first + i * self.step for i in range(count)] if count <= limit else None
        if self.range.low is not None and self.range.low == self.range.high:
            return [self.range.low]
        return None


def _steps(node: Node) -> Iterator[Fraction]:
    types = node.get("type")
    listed = types if isinstance(types, list) else [types]
    if "integer" in listed and "number" not in listed:
        yield Fraction(1)
    if node.get("multipleOf") is not None:
        yield exact(node.get("multipleOf"))


def _common(one: Fraction, other: Fraction) -> Fraction:
    """Return the smallest number that is a multiple of both."""
    denominator = lcm(one.denominator, other.denominator)
    return Fraction(lcm(int(one * denominator), int(other * denominator)), denominator)


@dataclass(frozen=True, slots=True)
class Sizes:
    """How long a text, a list or an object may be; `high` None for no bound."""

    low: int
    high: int | None

    @classmethod
    def of(cls, nodes: All, low: str, high: str) -> Sizes:
        highs = [node.get(high) for node in nodes if node.get(high) is not None]
        return cls(max((node.get(low, 0) for node in nodes), default=0), min(highs, default=None))

    def is_empty(self) -> bool:
        return self.high is not None and self.low > self.high


def texts(nodes: All, keyword: str) -> frozenset[str]:
    """Return the patterns or formats that the schemas ask for."""
    return frozenset(node.get(keyword) for node in nodes if node.get(keyword) is not None)


def forms(nodes: All, formats: Formats) -> list[Texts]:
    """Return what the texts have to be that the schemas accept: their patterns, enforced formats and lengths."""
    asked = [*texts(nodes, "pattern"), *(PATTERNS[name] for name in texts(nodes, "format") & formats)]
    sizes = Sizes.of(nodes, "minLength", "maxLength")
    decided = [one for one in map(pattern, sorted(asked)) if one is not None]
    return [*decided, Lengths(sizes.low, sizes.high)]


def elements(nodes: All) -> All:
    """Return what holds of each element of a list."""
    return flat([node.at(node.schema["items"]) for node in nodes if node.get("items") is not None])


def declared(nodes: All) -> list[str]:
    """Return the names of the fields that one of the schemas lists, in order."""
    return list(dict.fromkeys(name for node in nodes for name in node.get("properties", {})))


def required(nodes: All) -> frozenset[str]:
    return frozenset(name for node in nodes for name in node.get("required", []))


def field(nodes: All, name: str) -> All:
    """Return what holds of the field of this name, wherever it is there."""
    return flat([inner for node in nodes for inner in _field(node, name)])


def other_field(nodes: All) -> All:
    """Return what holds of a field that none of the schemas lists."""
    return flat(
        [node.at(node.schema["additionalProperties"]) for node in nodes if "additionalProperties" in _map(node)]
    )


def _field(node: Node, name: str) -> Iterator[Node]:
    if name in node.get("properties", {}):
        yield node.at(node.schema["properties"][name])
    elif "additionalProperties" in _map(node):
        yield node.at(node.schema["additionalProperties"])


def _map(node: Node) -> Any:
    return node.schema if isinstance(node.schema, dict) else {}


def distinct(values: Sequence[Any]) -> int:
    """Return how many different values there are, as JSON Schema compares them."""
    return len({identity(value) for value in values})


def is_unique(nodes: All) -> bool:
    """Return whether a list has each element once."""
    return any(node.get("uniqueItems") is True for node in nodes)
