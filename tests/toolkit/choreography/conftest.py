"""The graph of the lending project as synthesized, and of copies with something wrong in them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ensemble.choreography.graph import Edge, Graph, read_graph
from ensemble.contracts.loading import load_schemas
from ensemble.contracts.schemas import Schemas
from functions.kit.model import Service
from infrastructure.services import discover
from tests.conftest import LENDING

SCHEMAS = load_schemas(LENDING / "schemas")
SERVICES = discover(LENDING)

Edit = Callable[[str, dict[str, Any]], object]
"""Changes a resource of the named stack in place."""

GraphOf = Callable[..., Graph]


@pytest.fixture(scope="session")
def assembly(lending: Path) -> Path:
    """The cloud assembly of all stages of the lending project."""
    return lending / "cdk.out"


@pytest.fixture
def graph_of(assembly: Path, tmp_path: Path) -> GraphOf:
    """Return a function that reads the graph of `dev` with edited templates, other services, or other schemas."""

    def read(edit: Edit | None = None, services: Sequence[Service] = SERVICES, schemas: Schemas = SCHEMAS) -> Graph:
        if edit is None:
            return read_graph(assembly / "assembly-dev", services, schemas)
        copy = tmp_path / "assembly-dev"
        shutil.copytree(assembly / "assembly-dev", copy)
        for artifact in json.loads((copy / "manifest.json").read_text())["artifacts"].values():
            if artifact["type"] == "aws:cloudformation:stack":
                template = copy / artifact["properties"]["templateFile"]
                content = json.loads(template.read_text())
                for resource in content["Resources"].values():
                    edit(artifact["properties"]["stackName"], resource)
                template.write_text(json.dumps(content))
        return read_graph(copy, services, schemas)

    return read


def with_reaction(name: str, event: str, **changes: Any) -> tuple[Service, ...]:
    """Return the lending services with one reaction changed."""

    def changed(service: Service) -> Service:
        reactions = (replace(one, **changes) if one.event == event else one for one in service.reactions)
        return replace(service, reactions=tuple(reactions)) if service.name == name else service

    return tuple(map(changed, SERVICES))


def without_reaction(name: str, event: str, services: Sequence[Service] = SERVICES) -> tuple[Service, ...]:
    """Return the services with one reaction less."""

    def changed(service: Service) -> Service:
        reactions = tuple(one for one in service.reactions if one.event != event)
        return replace(service, reactions=reactions) if service.name == name else service

    return tuple(map(changed, services))


def drawn(*services: Service, kinds: Mapping[str, str] | None = None) -> Graph:
    """Return a graph in which everything that is declared to be heard is delivered, by no template.

    `kinds`: what schemas say by `x-kind`.
    """
    publishers = {event: service.name for service in services for event in service.emits}
    heard = {reaction.event for service in services for reaction in service.reactions}
    publishers |= dict.fromkeys(heard - publishers.keys(), "outside")
    said = {event: {"x-kind": kind} for event, kind in (kinds or {}).items()}
    schemas = Schemas(publishers, {event: {"1.0": said.get(event, {})} for event in publishers}, {}, {})
    edges = tuple(
        Edge(publishers[reaction.event], reaction.event, service.name)
        for service in services
        for reaction in service.reactions
    )
    publishable = frozenset((publisher, event) for event, publisher in publishers.items())
    return Graph(services, schemas, (), {}, publishable, (), edges)
