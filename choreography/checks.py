"""All checks of an environment's graph, each a list of messages: what is wrong where, whom it harms, what to do."""

from __future__ import annotations

from choreography.delivery import dead_rules, misheard, undescribed, unheard, unpermitted
from choreography.flow import cycles, unfinished_compensations
from choreography.graph import Graph
from choreography.names import misnamed
from choreography.retention import forgetful


def violations(graph: Graph) -> list[str]:
    """Return every reason why the environment must not be deployed; nothing when there is none.

    One cause is told once: where events have no schema or cannot be published, what follows from that is not told.
    """
    first = [*undescribed(graph), *unpermitted(graph), *misnamed(graph.schemas)]
    if first:
        return first
    undone = list(unfinished_compensations(graph))
    failing = frozenset(way[-1] for _, way in undone)
    return [
        *cycles(graph),
        *(message for message, _ in undone),
        *dead_rules(graph),
        *misheard(graph),
        *unheard(graph, failing),
        *forgetful(graph.resources),
    ]
