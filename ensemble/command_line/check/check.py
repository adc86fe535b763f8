"""`ensemble check`: whether the project may go out, by its schemas, its declarations and its synthesized stacks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from ensemble.choreography.graph import Graph, read_graph
from ensemble.command_line.check.graph import is_drawn
from ensemble.command_line.check.published import published_of, rewritten, unpublished
from ensemble.command_line.project import read_schemas, read_services, refuse, root_of_project
from ensemble.command_line.synthesis import assembly_of
from ensemble.contracts import evolution, views
from ensemble.contracts.schemas import Schemas
from ensemble.project.deployed import Published

NOTHING_DEPLOYED = "nothing is recorded as deployed: every schema may still change"


def check(console: Console, against: str | None, environment: str, root: Path | None = None) -> None:
    """Check the project against itself, and its schemas against those that are deployed, and those of a commit.

    Raises CheckFailed with every reason why it must not go out, SynthesisFailed when the stacks tell more, and
    UsageRefused when git does not know the commit.
    """
    root = root or root_of_project()
    services = read_services(root)
    published = published_of(root, against)
    refuse(reason for one in published for reason in rewritten(root, one, services))
    schemas = read_schemas(root, services)
    refuse(evolution.violations(schemas, services))
    graph = read_graph(assembly_of(environment, console, root), services, schemas)
    refuse(_stale(root, graph))
    for advice in _advice(published, schemas) if published else []:
        console.print(advice, markup=False)
    versions = sum(map(len, schemas.versions.values()))
    unchanged = "published files unchanged since " + " and since ".join(one.moment for one in published)
    console.print(
        f"{len(services)} services, {len(schemas.versions)} events in {versions} live versions, {len(graph.edges)} "
        f"edges: compatible, delivered, compensated ({unchanged if published else NOTHING_DEPLOYED})"
    )


def _stale(root: Path, graph: Graph) -> list[str]:
    """Return what of the generated is not what would be generated now, and which function is typed by another event."""
    misleading = [
        f"{path} is not what the schemas and the declared reads say, and misleads mypy. Fix: make types"
        for path in views.outdated(root, graph.services, graph.schemas)
    ]
    if not is_drawn(graph, root):
        misleading.append("README.md has a picture that is not that of the stacks. Fix: make picture")
    return misleading or views.misannotated(graph.services)


def _advice(published: Sequence[Published], schemas: Schemas) -> list[str]:
    """Return in which order to deploy the versions that are not published yet."""
    new = unpublished(published, schemas)
    return [f"{event} {version}: {order}" for event, version, order in evolution.unsafe_orders(schemas, new)]
