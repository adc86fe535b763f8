"""The spine of a choreography: its longest happy way from outside, and how far along it each service stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ensemble.choreography.graph import Edge, Graph
from ensemble.choreography.pictures import Drawn, outside, undoing


def spine_of(graph: Graph) -> tuple[str, ...]:
    """Return the events of the longest happy way from a publisher outside; of a project with none, from any event.

    Of ways that are equally long it is the first by its events' names.
    """
    off_path, strangers = undoing(graph), outside(graph)
    events = sorted(event for event in graph.schemas.publishers if event not in off_path)
    asked = [event for event in events if graph.schemas.publishers[event] in strangers]
    longest: dict[str, tuple[str, ...]] = {}

    def way_from(event: str, above: frozenset[str]) -> tuple[str, ...]:
        """Return the longest way from an event; a way that comes back to where it was ends there."""
        if event not in longest:
            caused = {one for _, reaction in graph.reactions(event) for one in reaction.emits}
            following = sorted(caused - off_path - above - {event})
            longest[event] = (event, *_longest(way_from(one, above | {event}) for one in following))
        return longest[event]

    return _longest(way_from(event, frozenset()) for event in asked or events)


def _longest(ways: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return max(ways, key=len, default=())


def line_of(spine: Sequence[str], edges: Drawn) -> Mapping[str, str]:
    """Return the spine's publishers in their order, each with its first event: what goes only forward and is drawn."""
    publishers = {edge.event: edge.publisher for edge in edges}
    line: dict[str, str] = {}
    for event in spine:
        if event in publishers:
            line.setdefault(publishers[event], event)
    return line


def places_on(line: Mapping[str, str], edges: Drawn, off_path: frozenset[str]) -> Mapping[str, int]:
    """Return how many hops each name stands from the beginning: the publishers of the line by their order on it.

    Another service comes after all that it hears happy events of; a publisher outside right before who hears it first.
    """
    places = {name: place for place, name in enumerate(line)}
    names = sorted({name for edge in edges for name in (edge.publisher, edge.service)})
    hears = {name: _hears(name, edges, off_path) for name in names}

    def place(name: str, above: frozenset[str]) -> int:
        """Return a name's place. Services that answer each other ask for each other's: the second time is left out."""
        if name not in places:
            before = [place(one, above | {name}) for one in hears[name] if one not in above | {name}]
            places[name] = max(before) + 1 if before else _before_its_hearers(name, edges, places)
        return places[name]

    for name in sorted(names, key=lambda one: (not hears[one], one)):
        place(name, frozenset())
    return places


def _hears(name: str, edges: Iterable[Edge], off_path: frozenset[str]) -> list[str]:
    """Return the publishers of the happy events that a service hears; of all its events where none is happy."""
    heard = [edge for edge in edges if edge.service == name]
    return sorted(
        {edge.publisher for edge in heard if edge.event not in off_path} or {edge.publisher for edge in heard}
    )


def _before_its_hearers(name: str, edges: Iterable[Edge], places: Mapping[str, int]) -> int:
    known = [places[edge.service] for edge in edges if edge.publisher == name and edge.service in places]
    return max(min(known, default=1) - 1, 0)
