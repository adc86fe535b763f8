"""Reads what the project declares, and tells in one line each what of it does not fit together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from ensemble.command_line.errors import CheckFailed
from ensemble.contracts.consumers import harmed
from ensemble.contracts.loading import load_schemas
from ensemble.contracts.ownership import unowned
from ensemble.contracts.profile import SchemaMisdeclared
from ensemble.contracts.schemas import Schemas
from functions.kit.errors import EnsembleError
from functions.kit.model import Service
from infrastructure.contracts import compile_contracts
from infrastructure.services import discover


def refuse(reasons: Iterable[str]) -> None:
    """Raise CheckFailed with the reasons, if there are any."""
    told = list(reasons)
    if told:
        raise CheckFailed(*told)


def read_services(root: Path) -> Sequence[Service]:
    """Read the services. Raises CheckFailed."""
    try:
        return discover(root)
    except EnsembleError as error:
        raise CheckFailed(str(error)) from error


def read_schemas(root: Path, services: Sequence[Service]) -> Schemas:
    """Read the schemas and fit the services to them. Raises CheckFailed."""
    try:
        schemas = load_schemas(root / "schemas")
    except SchemaMisdeclared as error:
        event = Path(str(error).split(":")[0]).parent.name
        raise CheckFailed(f"{error}. Harmed: {harmed(services, event)}") from error
    refuse(unowned(schemas, services))
    try:
        for service in services:
            compile_contracts(service, schemas)
    except EnsembleError as error:
        raise CheckFailed(str(error)) from error
    return schemas
