"""`ensemble types`: writes the event views that mypy holds the reactions to."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from ensemble.command_line.project import read_schemas, read_services, root_of_project
from ensemble.contracts.views import generate, outdated


def write_types(console: Console, root: Path | None = None) -> None:
    """Write the stubs that are missing or differ, remove those left over, and say which.

    Raises CheckFailed when a service's table and the schemas disagree: such a table has no views.
    """
    root = root or root_of_project()
    services = read_services(root)
    schemas = read_schemas(root, services)
    views, changed = generate(services, schemas), outdated(root, services, schemas)
    for path in changed:
        if path in views:
            (root / path).write_text(views[path], encoding="utf-8")
        else:
            (root / path).unlink()
        console.print(f"{path} {'written' if path in views else 'removed'}", markup=False)
    if not changed:
        console.print("The event views are up to date")
