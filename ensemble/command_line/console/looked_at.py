"""What the pages of the console are told of one stage, and where they are told it from."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from ensemble.choreography.drawing import drawing_of
from ensemble.choreography.graph import Graph, read_graph
from ensemble.choreography.pictures import undoing
from ensemble.command_line.console.source import StageSource
from ensemble.command_line.errors import CommandFailed
from ensemble.command_line.project import read_schemas, read_services, root_of_project
from ensemble.command_line.stage.account import Account, aws_answers
from ensemble.command_line.stage.place import Place
from ensemble.command_line.trace.declared import Declared, read_declared
from ensemble.console.choreography import Choreography
from ensemble.console.feed import Feed
from ensemble.console.progress import Json
from ensemble.console.server import Refused


@dataclass(frozen=True, slots=True)
class StageLookedAt:
    """A stage and the project that it is of. `fixed`: what of a snapshot never changes."""

    root: Path
    place: Place
    account: Account
    graph: Graph
    declared: Declared
    source: StageSource
    fixed: Json

    def feed(self) -> Feed:
        """Return an empty feed for its pages."""
        spine = self.fixed["graph"]["spine"]
        return Feed(Choreography(self.declared.hearings, undoing(self.graph), spine))


def look_at(console: Console, place: Place) -> StageLookedAt:
    """Return a stage, ready to be looked at. Raises CommandFailed."""
    root = root_of_project()
    services = read_services(root)
    schemas = read_schemas(root, services)
    assembly = place.assembly(console, root)
    graph, declared = read_graph(assembly, services, schemas), read_declared(assembly, services, schemas)
    account = place.account(assembly)
    fixed = {
        "stage": place.stage,
        "place": "laptop" if place.is_laptop else "aws",
        "can": {"operate": place.is_laptop, "laptop": place.is_laptop},
        "graph": drawing_of(graph),
        "reads": _reads(graph),
    }
    source = StageSource(declared, account, place.now)
    return StageLookedAt(root, place, account, graph, declared, source, fixed)


def _reads(graph: Graph) -> Json:
    """Return which fields each service reads of an event, by `SOURCE/TYPE` and service."""
    found: dict[str, dict[str, list[str]]] = {}
    for service, reaction in graph.all_reactions():
        source = graph.schemas.publishers.get(reaction.event)
        if source is not None:
            found.setdefault(f"{source}/{reaction.event}", {})[service.name] = list(reaction.reads)
    return found


@contextmanager
def answered() -> Iterator[None]:
    """Tell a page in one line what AWS answers instead. Raises Refused."""
    try:
        with aws_answers():
            yield
    except CommandFailed as failure:
        raise Refused(str(failure), 502) from failure
