"""`ensemble check`: whether the project may go out, by its schemas, its declarations and its synthesized stacks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from rich.console import Console

from choreography.graph import read_graph
from contracts import evolution
from contracts.loading import load_schemas
from contracts.profile import SchemaMisdeclared
from contracts.schemas import Schemas
from ensemble.errors import CheckFailed
from ensemble.graph import is_drawn
from ensemble.published import base_of, rewritten, unpublished
from ensemble.synthesis import ROOT, assembly_of
from functions.shared.errors import EnsembleError
from functions.shared.model import Service
from infrastructure.contracts import compile_contracts
from infrastructure.services import discover


def check(console: Console, against: str | None, environment: str, root: Path = ROOT) -> None:
    """Check the project against itself, and its schemas against those of another commit (where git has one).

    Raises CheckFailed with every reason why it must not go out, SynthesisFailed when the stacks tell more, and
    UsageRefused when git does not know the commit.
    """
    services = _services(root)
    reference = against or base_of(root)
    if reference is not None:
        _refuse(rewritten(root, reference, services))
    schemas = _schemas(root, services)
    _refuse(evolution.violations(schemas, services))
    graph = read_graph(assembly_of(environment, console, root), services, schemas)
    if not is_drawn(graph, root):
        raise CheckFailed(
            "README.md: its picture is not that of the stacks, and misleads who reads it. Fix: make picture"
        )
    for advice in [] if reference is None else _advice(root, reference, schemas):
        console.print(advice, markup=False)
    versions = sum(map(len, schemas.versions.values()))
    compared = (
        "no git: published files not compared" if reference is None else f"published files as in {reference[:12]}"
    )
    console.print(
        f"{len(services)} services, {len(schemas.versions)} events in {versions} live versions, {len(graph.edges)} "
        f"edges: compatible, delivered, compensated ({compared})"
    )


def _refuse(reasons: Iterable[str]) -> None:
    told = list(reasons)
    if told:
        raise CheckFailed(*told)


def _services(root: Path) -> Sequence[Service]:
    try:
        return discover(root)
    except EnsembleError as error:
        raise CheckFailed(str(error)) from error


def _schemas(root: Path, services: Sequence[Service]) -> Schemas:
    """Read the schemas and fit the services to them. Raises CheckFailed."""
    try:
        schemas = load_schemas(root / "schemas")
    except SchemaMisdeclared as error:
        event = Path(str(error).split(":")[0]).parent.name
        raise CheckFailed(f"{error}. Harmed: {evolution.harmed(services, event)}") from error
    _refuse(evolution.unowned(schemas, services))
    try:
        for service in services:
            compile_contracts(service, schemas)
    except EnsembleError as error:
        raise CheckFailed(str(error)) from error
    return schemas


def _advice(root: Path, reference: str, schemas: Schemas) -> list[str]:
    """Return in which order to deploy the versions that are not published yet."""
    new = unpublished(root, reference, schemas)
    return [f"{event} {version}: {order}" for event, version, order in evolution.unsafe_orders(schemas, new)]
