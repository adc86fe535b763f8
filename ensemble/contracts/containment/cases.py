"""Splits a conjunction of schemas into plain cases: by the branches of its unions, and by JSON type."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from math import prod
from typing import Any

from ensemble.contracts.containment.dialect import Node
from ensemble.contracts.containment.shapes import All, flat, may_be
from ensemble.contracts.containment.values import TYPES

UNIONS = ("anyOf", "oneOf")

CASES = 64
"""Branches that a conjunction is split into; with more, nothing is said of it."""

NESTED = 3
"""How often a branch is split into branches of its own."""


def cases(nodes: All) -> Iterator[tuple[All, str]]:
    """Yield conjunctions that together cover the given one, each with one JSON type; `oneOf` counts as `anyOf`."""
    for case in branches(nodes):
        for kind in TYPES:
            if may_be(case, kind):
                yield case, kind


def branches(nodes: All, nested: int = 0) -> Iterator[All]:
    """Yield conjunctions, one of which holds of each document: one branch of each `anyOf` and `oneOf` taken."""
    choices = [
        [node.at(part) for part in node.schema[keyword]]
        for node in nodes
        for keyword in UNIONS
        if node.get(keyword) is not None
    ]
    if not choices:
        yield nodes
    elif nested == NESTED or prod(map(len, choices)) > CASES:
        yield ()  # anything at all: nothing can be proven of it
    else:
        bare = tuple(_bare(node) for node in nodes)
        for chosen in product(*choices):
            yield from ((*bare, *case) for case in branches(flat(chosen), nested + 1))


def _bare(node: Node) -> Node:
    """Return the schema without its unions, of which a branch has been taken."""
    if all(node.get(keyword) is None for keyword in UNIONS):
        return node
    return node.at({keyword: value for keyword, value in node.schema.items() if keyword not in UNIONS})


def synthetic(schema: dict[str, Any]) -> Node:
    """Return a schema that stands in no document."""
    return Node(schema, schema)


ONLY = {kind: synthetic({"type": kind}) for kind in TYPES}
"""The schema of each JSON type, always the same node."""
