"""Proves that no document satisfies some schemas, and lists those that do where they are few."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ensemble.contracts.containment.cases import cases
from ensemble.contracts.containment.dialect import Node
from ensemble.contracts.containment.evaluation import Formats, fits
from ensemble.contracts.containment.shapes import (
    All,
    Numbers,
    Sizes,
    declared,
    distinct,
    elements,
    field,
    flat,
    forms,
    is_unique,
    listed_values,
    other_field,
    required,
)
from ensemble.contracts.patterns import TooMany, listed, outside

MANY = 1000
"""Values of a finite type that are looked at one by one."""

WORDS = 100
"""Texts of a form that are looked at one by one."""

DEPTH = 40
"""Nested documents that are looked into."""

STEPS = 20_000
"""Questions after which nothing is proven any more."""


class Emptiness:
    """One series of questions."""

    def __init__(self, formats: Formats) -> None:
        self._formats = formats
        self._asked: set[tuple[int, ...]] = set()
        self._kept: list[Node] = []
        self._steps = 0

    def values(self, nodes: All, kind: str) -> list[Any] | None:
        """Return all documents of the case, if they are few; a superset would do, but these are exact."""
        values = self._some_values(nodes, kind)
        return None if values is None else list(values)

    def _some_values(self, nodes: All, kind: str) -> Iterator[Any] | None:
        """Return the documents of the case one by one, if they are few: whether there is one needs not all of them."""
        values = listed_values(nodes, kind, self._formats)
        if values is not None:
            return iter(values)
        candidates: Sequence[Any] | None = None
        if kind == "null":
            candidates = [None]
        elif kind == "boolean":
            candidates = [False, True]
        elif kind == "number":
            candidates = Numbers.of(nodes).few(MANY)
        elif kind == "string" and Sizes.of(nodes, "minLength", "maxLength").high == 0:
            candidates = [""]
        elif kind == "string":
            asked = tuple(forms(nodes, self._formats))
            candidates = listed(asked, WORDS) if len(asked) > 1 else None
        elif kind == "array" and Sizes.of(nodes, "minItems", "maxItems").high == 0:
            candidates = [[]]
        if candidates is None:
            return None
        return (value for value in candidates if all(fits(node, value, self._formats) for node in nodes))

    def is_empty(self, writer: Sequence[Node], depth: int) -> bool:
        """Return whether it is proven that no document satisfies all the schemas; asked within itself, it is not."""
        nodes = flat(writer)
        question = tuple(id(node.schema) for node in nodes)
        self._steps += 1
        if depth > DEPTH or self._steps > STEPS or question in self._asked:
            return False
        self._kept.extend(nodes)
        self._asked.add(question)
        try:
            return all(self.is_empty_case(case, kind, depth) for case, kind in cases(nodes))
        finally:
            self._asked.remove(question)

    def is_empty_case(self, nodes: All, kind: str, depth: int) -> bool:
        """Return whether it is proven that no document of the JSON type satisfies all the schemas."""
        values = self._some_values(nodes, kind)
        if values is not None:
            return not any(True for _ in values)
        if kind == "number":
            return Numbers.of(nodes).is_empty()
        if kind == "string":
            return Sizes.of(nodes, "minLength", "maxLength").is_empty() or self._has_no_text(nodes)
        if kind == "array":
            return self._is_empty_array(nodes, depth)
        return self._is_empty_object(nodes, depth)

    def _has_no_text(self, nodes: All) -> bool:
        asked = forms(nodes, self._formats)
        try:
            return len(asked) > 1 and outside(asked) is None
        except TooMany:
            return False

    def _is_empty_array(self, nodes: All, depth: int) -> bool:
        sizes = Sizes.of(nodes, "minItems", "maxItems")
        if sizes.is_empty():
            return True
        if sizes.low > 0 and self.is_empty(elements(nodes), depth + 1):
            return True
        different = self.different(elements(nodes)) if is_unique(nodes) else None
        return different is not None and sizes.low > different

    def different(self, nodes: All) -> int | None:
        """Return how many different documents there are at most, if they are few."""
        values: list[Any] = []
        for case, kind in cases(nodes):
            some = self.values(case, kind)
            if some is None:
                return None
            values += some
        return distinct(values)

    def _is_empty_object(self, nodes: All, depth: int) -> bool:
        sizes = Sizes.of(nodes, "minProperties", "maxProperties")
        needed = required(nodes)
        if sizes.is_empty() or (sizes.high is not None and len(needed) > sizes.high):
            return True
        if any(self.is_empty(field(nodes, name), depth + 1) for name in needed):
            return True
        return sizes.low > 0 and self.most_fields(nodes, depth) < sizes.low

    def most_fields(self, nodes: All, depth: int) -> float:
        """Return how many fields an object has at most."""
        if not self.is_empty(other_field(nodes), depth + 1):
            return float("inf")
        return sum(not self.is_empty(field(nodes, name), depth + 1) for name in declared(nodes))
