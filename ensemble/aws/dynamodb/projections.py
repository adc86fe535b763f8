"""Projection expressions: which parts of an item are returned."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from ensemble.aws.dynamodb.syntax import Path, Words
from ensemble.aws.dynamodb.values import Item

KIND = "ProjectionExpression"


@dataclass(frozen=True, slots=True)
class Projection:
    """An expression that was read: the paths of it."""

    paths: tuple[Path, ...]
    names: frozenset[str]
    values: frozenset[str] = frozenset()


@cache
def projection(text: str) -> Projection:
    """Read a projection expression. Raises RequestRefused."""
    words = Words(KIND, text)
    paths = [words.path()]
    while words.take(","):
        paths.append(words.path())
    if words.peek():
        raise words.wrong(words.peek())
    return Projection(tuple(paths), frozenset(words.names))


def projected(item: Item, paths: Iterable[Path]) -> Item:
    """Return what of an item lies at some paths, in the maps and lists that it lies in; of a list, what is left."""
    wanted: dict[Any, Any] = {}
    for path in paths:
        inner = wanted
        for step in path:
            inner = inner.setdefault(step, {})
    found = _of({"M": item}, wanted)
    return {} if found is None else found["M"]


def _of(value: Any, wanted: dict[Any, Any]) -> Any:
    """Return the wanted parts of a value, all of it where nothing is wanted of it; None where it has none."""
    if not wanted:
        return value
    if "M" in value:
        parts = {key: _of(value["M"][key], inner) for key, inner in wanted.items() if key in value["M"]}
        parts = {key: part for key, part in parts.items() if part is not None}
        return {"M": parts} if parts else None
    if "L" in value:
        places = sorted(place for place in wanted if isinstance(place, int) and place < len(value["L"]))
        found = [_of(value["L"][place], wanted[place]) for place in places]
        found = [part for part in found if part is not None]
        return {"L": found} if found else None
    return None
