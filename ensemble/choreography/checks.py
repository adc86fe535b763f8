"""All checks of a stage's graph, each a list of findings: what is wrong where, whom it harms, what to do."""

from __future__ import annotations

from ensemble.choreography.carried import hurried, uncarried, unindexed
from ensemble.choreography.delivery import dead_rules, lost_policies, misheard, unheard, unpermitted
from ensemble.choreography.flow import cycles, failing_pivots, undone_finding, unfinished_compensations, unrefused
from ensemble.choreography.graph import Graph
from ensemble.choreography.retention import forgetful, unexpiring
from ensemble.contracts.findings import Finding
from ensemble.contracts.kinds import unanswered


def violations(graph: Graph) -> list[Finding]:
    """Return every reason why the stage must not be deployed; nothing when there is none.

    One cause is one finding: what follows from a joint that carries nothing, from a missing permission, from a circle,
    or from a failure that is declared as none, is left out.
    """
    first = (
        list(uncarried(graph.resources))
        or list(unpermitted(graph))
        or list(cycles(graph))
        or [*failing_pivots(graph), *unrefused(graph)]
    )
    if first:
        return first
    undone = unfinished_compensations(graph)
    return [
        *map(undone_finding, undone),
        *dead_rules(graph),
        *misheard(graph),
        *unanswered(graph.services, graph.schemas),
        *unheard(graph, frozenset(one.end for one in undone)),
        *lost_policies(graph.resources),
        *forgetful(graph.resources),
        *hurried(graph.resources),
        *unindexed(graph.services, graph.resources),
        *unexpiring(graph.services, graph.resources),
    ]
