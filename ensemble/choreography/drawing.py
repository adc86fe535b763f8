"""The picture of the choreography as the console shows it: events as nodes between the services, laid out by Graphviz.

Graphviz is told what it cannot know: what the straight line is, and which events go back. That is decided here, as DOT;
the page lays it out, and draws it with counts and states.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ensemble.choreography.graph import Graph
from ensemble.choreography.pictures import Drawn, drawn, outside, undoing
from ensemble.choreography.spine import line_of, places_on, spine_of

Json = dict[str, Any]

WIDE, TALL = "LR", "TB"
"""Graphviz' `rankdir`: from the left to the right for a screen, from the top to the bottom for a telephone."""

BETWEEN_RANKS = {WIDE: 0.52, TALL: 0.28}
"""In inches: on an edge there is room for what is said of it, which is wider than high."""

PIXELS_PER_INCH = 72
"""Graphviz has sizes in inches and positions in points."""


def drawing_of(graph: Graph) -> Json:
    """Return the services, events and edges, the spine, the events that end a workflow, and the picture as DOT.

    In the DOT a service is the node `service:NAME`, an event `event:SOURCE/TYPE`; a point is a pixel. A service that
    hears everything and an event that nobody else hears have no node.
    """
    edges, off_path, strangers = drawn(graph), undoing(graph), outside(graph)
    spine = spine_of(graph)
    line = line_of(spine, edges)
    places = places_on(line, edges, off_path)
    return {
        "services": [
            {"name": name, "outside": name in strangers}
            for name in sorted({service.name for service in graph.services} | strangers)
        ],
        "events": [
            {"type": event, "source": source, "path": "undo" if event in off_path else "happy"}
            for event, source in sorted(graph.schemas.publishers.items())
        ],
        "edges": [{"event": edge.event, "source": edge.publisher, "service": edge.service} for edge in edges],
        "spine": list(spine),
        "ends": _ends(graph),
        "dot": {"wide": _dot(edges, line, places, WIDE), "tall": _dot(edges, line, places, TALL)},
    }


def _ends(graph: Graph) -> list[str]:
    """Return the events of services that nobody answers with another one."""
    ours = [event for event, publisher in sorted(graph.schemas.publishers.items()) if graph.is_service(publisher)]
    return [event for event in ours if not any(one.publishes for _, one in graph.reactions(event))]


def _dot(edges: Drawn, line: Mapping[str, str], places: Mapping[str, int], way: str) -> str:
    """Return the picture. Nodes come before edges: Graphviz begins with their order when it looks for few crossings."""
    hearers: dict[tuple[str, str], list[str]] = {}
    for edge in sorted(edges, key=lambda one: (one.publisher, one.event, one.service)):
        hearers.setdefault((edge.publisher, edge.event), []).append(edge.service)
    nodes = [_node(f"service:{name}", _card(name), 0.6, is_straight=name in line) for name in sorted(places)]
    ways: list[str] = []
    for (source, event), heard in hearers.items():
        is_straight = line.get(source) == event
        nodes.append(_node(f"event:{source}/{event}", _pill(event), 0.32, is_straight=is_straight))
        hops = {name: places[name] - places[source] for name in heard}
        if is_straight or max(hops.values()) >= 0:
            ways += _onward(source, event, hops, is_straight=is_straight)
        else:
            ways += _back(source, event, hops, under=list(line.items())[places[source] - 1] if source in line else None)
    settings = f"rankdir={way}; nodesep=0.09; ranksep={BETWEEN_RANKS[way]}; node [shape=box, fixedsize=true];"
    return "\n".join(["digraph {", settings, *nodes, *ways, "}"])


def _node(name: str, width: float, height: float, *, is_straight: bool) -> str:
    group = ', group="line"' if is_straight else ""
    return f'"{name}" [width={width}, height={height}{group}];'


def _onward(source: str, event: str, hops: Mapping[str, int], *, is_straight: bool) -> Iterator[str]:
    """Yield the edges of an event that comes after its publisher; who of its hearers stands before that is drawn to
    from the far end, so that it does not turn their order around.

    The line is pulled straight by its weight. An event that skips services lies near who hears it.
    """
    pill = f'"event:{source}/{event}"'
    yield f'"service:{source}" -> {pill} [weight={100 if is_straight else 2}];'
    for name, hop in hops.items():
        if hop > 0:
            weight = 100 if is_straight and hop == 1 else 3 if hop > 1 else 1
            yield f'{pill} -> "service:{name}" [weight={weight}];'
        else:
            yield f'"service:{name}" -> {pill} [dir=back];'


def _back(source: str, event: str, hops: Mapping[str, int], *, under: tuple[str, str] | None) -> Iterator[str]:
    """Yield the edges of an event that only goes back: it lies between the two, with both edges reversed.

    `under`: the step of the line in the same gap, by its publisher and name: what undoes it hangs under it.
    """
    pill = f'"event:{source}/{event}"'
    yield f'{pill} -> "service:{source}" [dir=back, weight=3];'
    for name in hops:
        yield f'"service:{name}" -> {pill} [dir=back];'
    if under:
        yield f'{{rank=same; "event:{"/".join(under)}" -> {pill} [style=invis];}}'


def _card(name: str) -> float:
    """Return the width of a service's card: for its name, and a state such as `stopped, 30 waiting`."""
    return round(max(116, 7.6 * len(name) + 40) / PIXELS_PER_INCH, 2)


def _pill(event: str) -> float:
    """Return the width of an event's pill: for its name, and a count of five digits."""
    return round((6.1 * len(event) + 64) / PIXELS_PER_INCH, 2)
