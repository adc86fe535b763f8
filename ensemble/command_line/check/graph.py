"""`ensemble graph`: the workflow as it is synthesized, drawn; also into the README."""

from __future__ import annotations

import re
from difflib import get_close_matches
from pathlib import Path

from rich.console import Console

from ensemble.choreography.graph import Graph, read_graph
from ensemble.choreography.pictures import FORMATS, drawn, mermaid
from ensemble.command_line.errors import UsageRefused
from ensemble.command_line.project import read_schemas, read_services, root_of_project
from ensemble.command_line.synthesis import assembly_of

PICTURE = re.compile(r"(?<=<!-- made by `make picture` -->\n```mermaid\n).*?(?=\n```)", re.DOTALL)
"""Where the README has its picture."""


def show(console: Console, around: str | None, format: str, environment: str) -> None:
    """Print the graph. Raises UsageRefused for a name that is neither a service's nor an event's, or a format."""
    graph = graph_of(console, environment)
    if format not in FORMATS:
        raise UsageRefused(f"{format!r} is no format of the graph: there are {', '.join(FORMATS)}")
    names = {*graph.schemas.publishers, *graph.schemas.publishers.values(), *(one.name for one in graph.services)}
    if around is not None and around not in names:
        near = get_close_matches(around, sorted(names), n=1, cutoff=0.5)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(sorted(names))}"
        raise UsageRefused(f"{around!r} is neither a service nor an event: {hint}")
    console.print(FORMATS[format](graph, drawn(graph, around)), markup=False)


def draw_into_readme(console: Console, environment: str, root: Path | None = None) -> None:
    """Draw the whole graph into the README. Raises UsageRefused when it has no place for it."""
    readme = (root or root_of_project()) / "README.md"
    text = readme.read_text(encoding="utf-8")
    if not PICTURE.search(text):
        raise UsageRefused(f"{readme.name} has no picture after the line <!-- made by `make picture` -->")
    graph = graph_of(console, environment)
    readme.write_text(PICTURE.sub(lambda _: mermaid(graph, drawn(graph)), text, count=1), encoding="utf-8")


def is_drawn(graph: Graph, root: Path) -> bool:
    """Return whether the README, if it has a picture, has the present one."""
    readme = root / "README.md"
    picture = PICTURE.search(readme.read_text(encoding="utf-8")) if readme.exists() else None
    return picture is None or picture[0] == mermaid(graph, drawn(graph))


def graph_of(console: Console, environment: str) -> Graph:
    """Return the graph of a stage, synthesized if need be. Raises CommandFailed."""
    root = root_of_project()
    services = read_services(root)
    return read_graph(assembly_of(environment, console, root), services, read_schemas(root, services))
