"""How events follow from each other: along the edges, by what the reactions there may publish."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import pairwise

from choreography.graph import Graph
from functions.shared.model import Reaction, Service


def cycles(graph: Graph) -> Iterator[str]:
    """Tell each cycle of events that no reaction on it bounds by `hop_bound`."""
    told: set[frozenset[str]] = set()
    for event in sorted(graph.schemas.publishers):
        cycle = _way_back(graph, event)
        if cycle and frozenset(cycle) not in told:
            told.add(frozenset(cycle))
            yield _told(graph, cycle)


def _way_back(graph: Graph, start: str) -> list[str]:
    """Return the shortest way from an event back to itself over unbounded reactions; empty when there is none."""
    before: dict[str, str] = {}
    waiting = deque([start])
    while waiting:
        event = waiting.popleft()
        for _, reaction in graph.reactions(event):
            for following in reaction.publishes if reaction.hop_bound is None else ():
                if following == start:
                    return [*reversed(_way(event, before)), start]
                if following not in before:
                    before[following] = event
                    waiting.append(following)
    return []


def _way(event: str, before: dict[str, str]) -> list[str]:
    way = [event]
    while event in before:
        event = before[event]
        way.append(event)
    return way


def _told(graph: Graph, cycle: list[str]) -> str:
    steps = [
        f"{event} -> ({service.name}) -> {following}"
        for event, following in pairwise(cycle)
        for service, reaction in graph.reactions(event)
        if following in reaction.publishes
    ]
    last = next(service for service, reaction in graph.reactions(cycle[-2]) if cycle[-1] in reaction.publishes)
    return (
        f"functions/{last.name}/service.py: events go in a circle, {', '.join(steps)}: once begun, it only ends by "
        f"the hop limit, and then in {last.name}'s dead-letter queue. Fix: take {cycle[-1]} out of what {last.name} "
        f"publishes on {cycle[-2]}, or bound that reaction by hop_bound=<hops>"
    )


def unfinished_compensations(graph: Graph) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Tell each step that a failure after it leaves undone, with the way of events that leads there."""
    for service, reaction in graph.all_reactions():
        if reaction.compensates or reaction.pivot or reaction.irreversible:
            continue
        for step in reaction.emits:
            for way in _ways_to_failures(graph, step):
                if not _undone(graph, way[-1], step, service, frozenset()):
                    yield _undone_told(way, step, service), way


def _ways_to_failures(graph: Graph, step: str) -> Iterator[tuple[str, ...]]:
    """Yield the shortest way from a step to each failure that can be the first one after it."""
    seen, waiting = {step}, deque[tuple[str, ...]]([(step,)])
    while waiting:
        way = waiting.popleft()
        for _, reaction in graph.reactions(way[-1]):
            for following in reaction.publishes:
                if following in seen:
                    continue
                seen.add(following)
                if following in graph.failures:
                    yield (*way, following)
                else:
                    waiting.append((*way, following))


def _undone(graph: Graph, event: str, step: str, service: Service, above: frozenset[str]) -> bool:
    """Return whether the event surely leads to the reaction that undoes the step, whatever is published on the way."""
    if event in above:
        return False
    hearers = list(graph.reactions(event))
    return any(_undoes(hearer, reaction, step, service) for hearer, reaction in hearers) or any(
        bool(reaction.publishes)
        and all(_undone(graph, following, step, service, above | {event}) for following in reaction.publishes)
        for _, reaction in hearers
    )


def _undoes(hearer: Service, reaction: Reaction, step: str, service: Service) -> bool:
    return hearer.name == service.name and reaction.compensates == step


def _undone_told(way: tuple[str, ...], step: str, service: Service) -> str:
    return (
        f"functions/{service.name}/service.py: {' -> '.join(way)} leaves {step} undone, and what {service.name} did "
        f"for it stays done in a workflow that failed. Fix: react in {service.name} to {way[-1]}, or to what surely "
        f'follows it, with compensates="{step}"; or declare the reaction that emits {step} pivot=True or '
        'irreversible="<why>"'
    )
