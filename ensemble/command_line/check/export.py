"""`ensemble export`: the choreography in the formats of others, and `ensemble docs`, its own page."""

from __future__ import annotations

import json
import shutil
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
"""The file by which an export knows a directory as its own."""


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
    """Write EventCatalog's folders. Raises UsageRefused when the directory holds what no export has written."""
    directory = Path(output)
    if directory.exists() and any(directory.iterdir()) and not (directory / MARK).exists():
        raise UsageRefused(f"{output} is not empty, and no export of Ensemble: name another directory")
    files = eventcatalog(graph_of(console, environment), version=version())
    shutil.rmtree(directory, ignore_errors=True)
    for path, text in {**files, MARK: ""}.items():
        _write(directory / path, text)
    console.print(f"{output} written: {len(files)} files", markup=False)


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
