"""Documents that a writer may send, chosen where a reader could refuse them: at the bounds of both.

Each varies one place of a smallest document. They are proposals: the evaluation says which are witnesses.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from fractions import Fraction
from itertools import islice
from typing import Any

from ensemble.contracts.containment.cases import UNIONS, cases
from ensemble.contracts.containment.dialect import Node
from ensemble.contracts.containment.evaluation import Formats, bounds, fits
from ensemble.contracts.containment.formats import PATTERNS
from ensemble.contracts.containment.shapes import (
    All,
    Numbers,
    Sizes,
    declared,
    elements,
    field,
    flat,
    forms,
    is_unique,
    listed_values,
    other_field,
    required,
)
from ensemble.contracts.containment.values import as_json, exact, identity
from ensemble.contracts.patterns import Lengths, TooMany, pattern, texts

MOST = (120, 40, 12, 4, 2, 1, 1, 1)
"""How many documents are returned, by how deep the place lies; deeper, there is none."""

TRIES = 6
"""Proposals for each document that is returned."""

PLACES = 3000
"""Places of one schema that are looked at."""

UNFOLDED = 60
"""Hints that are looked at in one place."""

LONGEST = 2000
"""Characters and elements of a proposal."""

WORDS = 8
"""Texts of a form that are looked at."""

UNDECLARED = "undeclared"
"""The name of a field that no schema lists."""

_TEXTS = ("", "a", "0", "A1", "€", "\U0001f600", "2026-01-01T12:00:00Z", "2026-01-01", " ")


def samples(writer: Sequence[Node], hints: Sequence[Node], formats: Formats) -> list[Any]:
    """Return documents that all the writer's schemas accept; `hints` are schemas whose bounds they lie at."""
    return _Samples(formats).of(writer, hints, 0)


class _Samples:
    """One search for documents, with a limit on the places that it looks at."""

    def __init__(self, formats: Formats) -> None:
        self._formats = formats
        self._places = 0

    def of(self, writer: Sequence[Node], hints: Sequence[Node], nested: int) -> list[Any]:
        found: dict[str, Any] = {}
        self._places += 1
        if nested >= len(MOST) or self._places > PLACES:
            return []
        unfolded = _unfolded(hints)
        for case, kind in cases(flat(writer)):
            for value in islice(self._proposed(case, kind, unfolded, nested), TRIES * MOST[nested]):
                if len(found) < MOST[nested] and all(fits(node, value, self._formats) for node in writer):
                    found.setdefault(identity(value), value)
        return list(found.values())

    def _proposed(self, nodes: All, kind: str, hints: All, nested: int) -> Iterator[Any]:
        listed = listed_values(nodes, kind, self._formats)
        if listed is not None:
            yield from listed
            return
        match kind:
            case "null":
                yield None
            case "boolean":
                yield from (True, False)
            case "number":
                yield from _numbers(nodes, hints)
            case "string":
                yield from _strings(nodes, hints)
                yield from _formed(nodes, hints, self._formats)
            case "array":
                yield from self._arrays(nodes, hints, nested)
            case "object":
                yield from self._objects(nodes, hints, nested)
        for node in hints:
            yield from [*node.get("enum", []), *([node.schema["const"]] if node.get("const") is not None else [])]

    def _arrays(self, nodes: All, hints: All, nested: int) -> Iterator[list[Any]]:
        values = self.of(elements(nodes), elements(hints), nested + 1)
        low = Sizes.of(nodes, "minItems", "maxItems").low
        unique = is_unique(nodes)
        for size in sorted({0, 1, 2, low, *_sizes(nodes, hints, "minItems", "maxItems")}):
            if size == 0:
                yield []
            elif values and size <= LONGEST and (not unique or size <= len(values)):
                yield values[:size] if unique else [values[0]] * size
        for value in values:
            yield [value, *[other for other in values if other is not value][: max(low, 1) - 1]]
            yield [value] * max(low, 1)

    def _objects(self, nodes: All, hints: All, nested: int) -> Iterator[dict[str, Any]]:
        values = self._fields(nodes, hints, nested)
        needed = required(nodes)
        if any(not values.get(name) for name in needed):
            return
        smallest = {name: values[name][0] for name in sorted(needed)}
        yield smallest
        for name, some in values.items():
            for value in some:
                yield {**smallest, name: value}
        full = {name: some[0] for name, some in values.items() if some}
        yield full
        for name in full:
            if name not in needed:
                yield {other: value for other, value in full.items() if other != name}
        for size in sorted(_sizes(nodes, hints, "minProperties", "maxProperties")):
            if len(full) < size <= LONGEST and values[UNDECLARED]:
                more = range(size - len(full))
                yield full | {f"{UNDECLARED}-{number}": values[UNDECLARED][0] for number in more}

    def _fields(self, nodes: All, hints: All, nested: int) -> dict[str, list[Any]]:
        """Return what is proposed for each field: those that the writer or a hint lists, and one that none does."""
        known = [*declared(nodes), *sorted({*declared(hints), *required(nodes), *required(hints)})]
        names = [*dict.fromkeys(known), UNDECLARED]
        return {name: self.of(_at(nodes, name), _at(hints, name), nested + 1) for name in names}


def _sizes(nodes: All, hints: All, low: str, high: str) -> set[int]:
    """Return the sizes at the bounds, and just above them."""
    bounds = {node.get(word) for node in (*nodes, *hints) for word in (low, high)} - {None}
    return {near for bound in bounds for near in (bound, bound + 1)}


def _unfolded(hints: Sequence[Node]) -> All:
    """Return the hints with the branches of their unions beside them."""
    result: list[Node] = []
    todo = list(flat(hints))
    while todo and len(result) < UNFOLDED:
        node = todo.pop(0)
        result.append(node)
        todo.extend(flat([node.at(part) for keyword in UNIONS for part in node.get(keyword, [])]))
    return tuple(result)


def _numbers(nodes: All, hints: All) -> Iterator[Any]:
    """Yield numbers of every sort, then those on, just below and just above each bound, and multiples near them."""
    yield from (0, 0.5, 1, -1)
    step = Numbers.of(nodes).step or Fraction(1)
    others = [exact(node.get("multipleOf")) for node in hints if node.get("multipleOf") is not None]
    for edge in {Fraction(0), *(exact(bound) for node in (*nodes, *hints) for _, bound, _ in bounds(node))}:
        base = (edge // step) * step
        near = [edge, base, base + step, base - step, edge + step / 2, edge - step / 2, base + 2 * step]
        yield from map(as_json, [*near, *(edge + other for other in others)])
    yield from (10**6, -(10**6), 0.001)


def _strings(nodes: All, hints: All) -> Iterator[str]:
    yield from _TEXTS
    lengths = {node.get(word) for node in (*nodes, *hints) for word in ("minLength", "maxLength")} - {None}
    for length in sorted({near for bound in lengths for near in (bound - 1, bound, bound + 1)}):
        if 0 <= length <= LONGEST:
            yield "a" * length
            yield "\U0001f600" * length
    if any(node.get("format") == "date-time" for node in nodes):
        yield from ("2026-01-01T12:00:00.5Z", "2026-12-31T23:59:59.123456Z")


def _formed(nodes: All, hints: All, formats: Formats) -> Iterator[str]:
    """Yield texts that satisfy the writer's patterns, and those of them that a hint does not take."""
    asked = forms(nodes, formats)
    others = [
        pattern(text) for node in hints for text in (node.get("pattern"), PATTERNS.get(node.get("format"))) if text
    ]
    sizes = Sizes.of(hints, "minLength", "maxLength")
    for other in (*others, Lengths(sizes.low, sizes.high), None):
        with suppress(TooMany):
            yield from islice(texts(asked, other), WORDS)


def _at(nodes: All, name: str) -> All:
    return other_field(nodes) if name == UNDECLARED else field(nodes, name)
