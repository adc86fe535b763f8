"""Whether a case implies one keyword of a reader, where that takes no more than comparing bounds."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from ensemble.contracts.containment.cases import UNIONS, synthetic
from ensemble.contracts.containment.dialect import Node
from ensemble.contracts.containment.evaluation import bounds
from ensemble.contracts.containment.shapes import All, Numbers, Sizes
from ensemble.contracts.containment.values import exact


def is_typed(nodes: All, kind: str, reader: Node) -> bool:
    """Return whether documents of the JSON type that the schemas accept are of the reader's type."""
    types = reader.schema["type"]
    listed = types if isinstance(types, list) else [types]
    step = Numbers.of(nodes).step if kind == "number" else None
    return kind in listed or ("integer" in listed and step is not None and step.denominator == 1)


def is_within(numbers: Numbers, reader: Node) -> bool:
    """Return whether the numbers lie within the reader's bounds."""
    for keyword, bound, excluded in bounds(reader):
        limit = exact(bound)
        lowest, open = (numbers.range.low, numbers.range.low_open)
        if keyword == "maximum":
            lowest, open = (numbers.range.high, numbers.range.high_open)
        reached = numbers.first() if keyword == "minimum" else numbers.last()
        if reached is not None:
            lowest, open = reached, False
        if lowest is None:
            return False
        beyond = lowest < limit if keyword == "minimum" else lowest > limit
        if beyond or (lowest == limit and excluded and not open):
            return False
    return True


def is_as_long(nodes: All, reader: Node, low: str, high: str) -> bool:
    """Return whether the sizes that the schemas allow lie within the reader's."""
    sizes = Sizes.of(nodes, low, high)
    highest = reader.get(high)
    return sizes.low >= reader.get(low, 0) and (highest is None or (sizes.high is not None and sizes.high <= highest))


def ranges(reader: Node) -> Iterator[list[Node]]:
    """Yield the ranges of numbers that the bounds in the reader's branches cut all numbers into."""
    cuts = sorted({exact(bound) for part in _alternatives(reader) for _, bound, _ in bounds(part)})
    if cuts:
        yield [
            synthetic({"exclusiveMaximum": cuts[0]}),
            *(synthetic({"exclusiveMinimum": low, "exclusiveMaximum": high}) for low, high in pairwise(cuts)),
            *(synthetic({"const": cut}) for cut in cuts),
            synthetic({"exclusiveMinimum": cuts[-1]}),
        ]


def _alternatives(reader: Node) -> Iterator[Node]:
    for keyword in UNIONS:
        for part in reader.get(keyword, []):
            yield reader.at(part).resolved()
