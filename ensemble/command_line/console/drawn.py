"""What the pages of the console show of a project of which nothing runs: its graph, and what is declared."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ensemble.aws.account import Account
from ensemble.choreography.drawing import drawing_of
from ensemble.choreography.graph import Graph, read_graph
from ensemble.choreography.pictures import undoing
from ensemble.command_line.project import read_schemas, read_services
from ensemble.command_line.trace.declared import Declared, read_declared
from ensemble.console.choreography import Choreography
from ensemble.console.feed import Feed
from ensemble.console.progress import Json


@dataclass(frozen=True, slots=True)
class Drawn:
    """A stage as it is synthesized. `fixed`: what of a snapshot never changes."""

    stage: str
    graph: Graph
    declared: Declared
    choreography: Choreography
    fixed: Json

    def feed(self) -> Feed:
        """Return an empty feed for its pages."""
        return Feed(self.choreography)


def drawn_of(root: Path, assembly: Path, stage: str, account: Account | None = None) -> Drawn:
    """Return a stage of a project. `account`: where it is deployed, if it is. Raises CheckFailed."""
    services = read_services(root)
    schemas = read_schemas(root, services)
    graph, declared = read_graph(assembly, services, schemas, account), read_declared(assembly, services, schemas)
    drawing = drawing_of(graph)
    choreography = Choreography(declared.hearings, undoing(graph), drawing["spine"], declared.promises)
    fixed = {"stage": stage, "graph": drawing, "reads": _reads(graph)}
    return Drawn(stage, graph, declared, choreography, fixed)


def _reads(graph: Graph) -> Json:
    """Return which fields each service reads of an event, by `SOURCE/TYPE` and service."""
    found: dict[str, dict[str, list[str]]] = {}
    for service, reaction in graph.all_reactions():
        source = graph.schemas.publishers.get(reaction.event)
        if source is not None:
            found.setdefault(f"{source}/{reaction.event}", {})[service.name] = list(reaction.reads)
    return found
