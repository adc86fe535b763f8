"""`ensemble add service` and `ensemble add event`: write the files and what follows from them, check the whole."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from rich.console import Console

from ensemble.command_line.check.graph import PICTURE
from ensemble.command_line.errors import CommandFailed, UsageRefused
from ensemble.command_line.project import read_schemas, read_services, root_of_project
from ensemble.project.add import chosen, event_to_add, service_to_add, write
from ensemble.project.errors import AdditionRefused


def add_a_service(console: Console, name: str, root: Path | None = None) -> None:
    """Add a service, and print what to edit. Raises UsageRefused, and CommandFailed when the whole is not well then."""
    root = root or root_of_project()
    try:
        files = service_to_add(root, name)
    except AdditionRefused as error:
        raise UsageRefused(str(error)) from error
    _add(console, root, files)
    console.print(
        f"\nNext: rename its command and its event (schemas/*/*{name.capitalize()}*), write what it decides in "
        f"functions/{name}/domain.py,\nthen: make types picture test",
        markup=False,
    )


def add_an_event(console: Console, name: str, service: str | None, sender: str, root: Path | None = None) -> None:
    """Add an event that a service hears. Raises UsageRefused, and CommandFailed when the whole is not well then."""
    root = root or root_of_project()
    services = read_services(root)
    schemas = read_schemas(root, services)
    try:
        hearer = chosen(services, service)
        if sender in [one.name for one in services]:
            raise AdditionRefused(
                f"{sender} is a service, and publishes what its reactions emit: write publish.{name}(...) and "
                "`emits` in it by hand, beside the schema; --from is for who is outside"
            )
        files = event_to_add(root, name, hearer, sender, schemas.publishers)
    except AdditionRefused as error:
        raise UsageRefused(str(error)) from error
    _add(console, root, files)
    console.print(
        f"\nNext: write the fields of schemas/{sender}/{name}/1.0.json, what is read of them in "
        f"functions/{hearer.name}/service.py,\nand what is decided in functions/{hearer.name}/domain.py; "
        "then: make types picture test",
        markup=False,
    )


def _add(console: Console, root: Path, files: Mapping[str, str]) -> None:
    for path in files:
        console.print(f"{path} {'changed' if (root / path).exists() else 'written'}", markup=False)
    write(root, files)
    readme = root / "README.md"
    is_drawn = readme.exists() and PICTURE.search(readme.read_text(encoding="utf-8"))
    for command in (["types"], ["graph", "--readme"] if is_drawn else [], ["check"]):
        if command:
            _run(console, root, command)


def _run(console: Console, root: Path, command: list[str]) -> None:
    """Run another command in a process of its own, since this one has read what has changed. Raises CommandFailed."""
    run = subprocess.run([sys.executable, "-m", "ensemble", *command], cwd=root, capture_output=True, text=True)
    console.print((run.stdout + run.stderr).rstrip(), markup=False)
    if run.returncode != 0:
        raise CommandFailed(f"what was added stays; `ensemble {' '.join(command)}` finds the above")
