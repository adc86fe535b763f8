"""`ensemble types`: writes the event views that mypy holds the reactions to."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from contracts.loading import load_schemas
from contracts.views import generate, outdated
from ensemble.errors import CheckFailed
from ensemble.synthesis import ROOT
from functions.shared.errors import EnsembleError
from infrastructure.contracts import compile_contracts
from infrastructure.services import discover


def write_types(console: Console, root: Path = ROOT) -> None:
    """Write the stubs that are missing or differ, remove those left over, and say which.

    Raises CheckFailed when a service's table and the schemas disagree: such a table has no views.
    """
    try:
        services, schemas = discover(root), load_schemas(root / "schemas")
        for service in services:
            compile_contracts(service, schemas)
    except EnsembleError as error:
        raise CheckFailed(str(error)) from error
    views, changed = generate(services, schemas), outdated(root, services, schemas)
    for path in changed:
        if path in views:
            (root / path).write_text(views[path], encoding="utf-8")
        else:
            (root / path).unlink()
        console.print(f"{path} {'written' if path in views else 'removed'}", markup=False)
    if not changed:
        console.print("The event views are up to date")
