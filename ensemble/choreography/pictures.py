"""Draws the graph: as Mermaid, as DOT, as JSON; whole, or only around one service or event.

Solid is the happy path; dotted are failures, what compensations publish, and what sagas undo by. A service that hears
everything is not drawn: it would have an edge from each. The steps of a saga are drawn beside the graph.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from ensemble.choreography.graph import Edge, Graph
from ensemble.choreography.saga_picture import mermaid_of
from ensemble.choreography.sagas import Conducted, as_documents, sagas_of, ways_back
from functions.kit.model import EVERY_EVENT

Drawn = tuple[Edge, ...]


def drawn(graph: Graph, around: str | None = None) -> Drawn:
    """Return the edges to draw, those of one publisher together; `around`: a service, an event, or None for all."""
    everything = hearing_everything(graph)
    edges = [edge for edge in graph.edges if not edge.replay and edge.service not in everything]
    if around is not None:
        near = _near(graph, around)
        edges = [edge for edge in edges if around in (edge.publisher, edge.service) or edge.event in near]
    order = {name: place for place, name in enumerate(_by_distance(graph, edges))}
    return tuple(sorted(edges, key=lambda edge: (order[edge.publisher], edge.event, order[edge.service])))


def hearing_everything(graph: Graph) -> tuple[str, ...]:
    """Return the services that hear all that is on the bus."""
    return tuple(
        service.name for service in graph.services if any(r.event == EVERY_EVENT for r in service.subscriptions)
    )


def undoing(graph: Graph) -> frozenset[str]:
    """Return the events off the happy path: failures, what compensations publish, and what sagas undo by."""
    undone = {event for _, reaction in graph.all_reactions() if reaction.compensates for event in reaction.publishes}
    return graph.refusals | undone | ways_back(graph.services)


def outside(graph: Graph) -> frozenset[str]:
    """Return the publishers that are no service of the project."""
    return frozenset(graph.schemas.publishers.values()) - {service.name for service in graph.services}


def conducted(graph: Graph, edges: Drawn) -> tuple[Conducted, ...]:
    """Return the sagas that these edges lead to or come from."""
    names = {name for edge in edges for name in (edge.publisher, edge.service)}
    return tuple(saga for saga in sagas_of(graph) if saga.name in names)


def mermaid(graph: Graph, edges: Drawn) -> str:
    """Return a Mermaid flowchart, with the steps of each saga as a part of its own."""
    off_path, strangers, shown = undoing(graph), outside(graph), set[str]()
    lines = ["flowchart LR"]
    for edge in edges:
        shape = f"([{edge.publisher}])" if edge.publisher in strangers and edge.publisher not in shown else ""
        shown.add(edge.publisher)
        arrow = "-.->" if edge.event in off_path else "-->"
        lines.append(f"    {edge.publisher}{shape} {arrow}|{edge.event}| {edge.service}")
    lines += [line for saga in conducted(graph, edges) for line in mermaid_of(saga)]
    return "\n".join(lines)


def dot(graph: Graph, edges: Drawn) -> str:
    """Return a graph in Graphviz' DOT language."""
    off_path, strangers = undoing(graph), outside(graph)
    nodes = dict.fromkeys(name for edge in edges for name in (edge.publisher, edge.service))
    lines = ["digraph ensemble {", "    rankdir=LR;", "    node [shape=box];"]
    lines += [f'    "{name}" [shape=ellipse];' for name in nodes if name in strangers]
    for edge in edges:
        style = ", style=dotted" if edge.event in off_path else ""
        lines.append(f'    "{edge.publisher}" -> "{edge.service}" [label="{edge.event}"{style}];')
    return "\n".join([*lines, "}"])


def as_json(graph: Graph, edges: Drawn) -> str:
    """Return the services, the events with their kinds and live versions, the edges, and the sagas, as JSON."""
    off_path, strangers = undoing(graph), outside(graph)
    names = dict.fromkeys(name for edge in edges for name in (edge.publisher, edge.service))
    events = dict.fromkeys(edge.event for edge in edges)
    return json.dumps(
        {
            "services": [{"name": name, "outside": name in strangers} for name in names],
            "events": [
                {
                    "name": event,
                    "kind": graph.kind_of(event),
                    "publisher": graph.schemas.publishers[event],
                    "versions": list(graph.schemas.versions[event]),
                    "path": "compensation" if event in off_path else "happy",
                }
                for event in events
            ],
            "edges": [{"from": edge.publisher, "event": edge.event, "to": edge.service} for edge in edges],
            "sagas": as_documents(conducted(graph, edges)),
        },
        indent=2,
    )


FORMATS = {"mermaid": mermaid, "dot": dot, "json": as_json}


def _near(graph: Graph, event: str) -> set[str]:
    """Return the event, those that directly lead to it, and those it directly leads to."""
    if event not in graph.schemas.publishers:
        return set()
    causes = {r.event for _, r in graph.all_reactions() if event in r.publishes}
    effects = {following for _, reaction in graph.reactions(event) for following in reaction.publishes}
    return {event} | causes | effects


def _by_distance(graph: Graph, edges: Iterable[Edge]) -> list[str]:
    """Return the names, those outside first, then as they are reached from there."""
    following: dict[str, list[str]] = {}
    for edge in edges:
        following.setdefault(edge.publisher, []).append(edge.service)
    names = sorted(outside(graph) & following.keys()) + sorted(following)
    reached: dict[str, None] = {}
    while names:
        name = names.pop(0)
        if name not in reached:
            reached[name] = None
            names = [other for other in following.get(name, []) if other not in reached] + names
    return [*reached, *sorted({edge.service for edge in edges} - reached.keys())]
