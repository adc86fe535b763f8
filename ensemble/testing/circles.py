"""Circles in a graph of imports: one for each group of modules that all reach each other."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Set

Graph = Mapping[str, Set[str]]


def circles(graph: Graph) -> Iterator[tuple[str, ...]]:
    """Yield a shortest circle of each group, from the first name in the alphabet and back to it."""
    done: set[str] = set()
    for start in sorted(graph):
        circle = _back_to(start, graph) if start not in done else None
        if circle is not None:
            done |= {one for one in _reached(start, graph) if start in _reached(one, graph)}
            yield circle


def _back_to(start: str, graph: Graph) -> tuple[str, ...] | None:
    """Return a shortest way from a module to itself."""
    ways, seen = deque[tuple[str, ...]]([(start,)]), {start}
    while ways:
        way = ways.popleft()
        for following in sorted(graph[way[-1]]):
            if following == start:
                return (*way, start)
            if following not in seen:
                seen.add(following)
                ways.append((*way, following))
    return None


def _reached(start: str, graph: Graph) -> set[str]:
    found, waiting = set[str](), [start]
    while waiting:
        for following in graph[waiting.pop()] - found:
            found.add(following)
            waiting.append(following)
    return found
