"""`ensemble export`: the choreography in the formats of others, and `ensemble docs`, its own page."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from rich.console import Console

from ensemble.choreography.asyncapi import asyncapi
from ensemble.choreography.catalogue import catalogue
from ensemble.choreography.eventcatalog import eventcatalog
from ensemble.command_line.check.graph import graph_of
from ensemble.command_line.errors import UsageRefused
from ensemble.command_line.project import root_of_project
from ensemble.command_line.synthesis import assembly_of, names_in
from ensemble.version import version

MARK = ".written-by-ensemble"
"""The file by which an export knows a directory as its own: it lists what the export wrote there."""


def export_asyncapi(console: Console, environment: str, output: str | None) -> None:
    """Write the AsyncAPI document to a file, or print it."""
    bus = _bus(console, environment)
    document = asyncapi(graph_of(console, environment), title=bus, version=version(), bus=bus)
    text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    if output is None:
        sys.stdout.write(text)
    else:
        _write(Path(output), text)
        console.print(f"{output} written: {len(document['channels'])} channels", markup=False)


def export_eventcatalog(console: Console, environment: str, output: str) -> None:
    """Write EventCatalog's folders; of what is there, only what an export has written is replaced.

    Raises UsageRefused when the directory holds files and none is of an export.
    """
    directory = Path(output)
    if directory.exists() and any(directory.iterdir()) and not (directory / MARK).exists():
        raise UsageRefused(f"{output} is not empty, and no export of Ensemble: name another directory")
    files = eventcatalog(graph_of(console, environment), version=version())
    _remove_written(directory)
    for path, text in {**files, MARK: "".join(f"{path}\n" for path in files)}.items():
        _write(directory / path, text)
    console.print(f"{output} written: {len(files)} files", markup=False)


def _remove_written(directory: Path) -> None:
    """Remove what an earlier export wrote, and the folders that it leaves empty; what a person added stays."""
    mark = directory / MARK
    for line in mark.read_text(encoding="utf-8").splitlines() if mark.exists() else ():
        file = directory / line
        if file.resolve().is_relative_to(directory.resolve()):
            file.unlink(missing_ok=True)
            folder = file.parent
            while folder != directory and folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()
                folder = folder.parent


def write_catalogue(console: Console, environment: str, output: str) -> None:
    """Write the catalogue page."""
    page = catalogue(graph_of(console, environment), title=_bus(console, environment))
    _write(Path(output), page)
    console.print(f"{output} written", markup=False)


def _bus(console: Console, environment: str) -> str:
    return names_in(assembly_of(environment, console, root_of_project())).bus


def _write(path: Path, text: str) -> None:
    """Write a file and the folders above it. Raises UsageRefused."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageRefused(f"{path} cannot be written: {error}") from error
