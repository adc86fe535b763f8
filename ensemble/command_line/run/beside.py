"""`ensemble meter --beside FOLDER`: the same stories in two projects, such as one path in two styles, side by side."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from ensemble.command_line.errors import StartingFailed, UsageRefused
from ensemble.command_line.project import root_of_project, scenario_to_play
from ensemble.command_line.run.meter import document_of
from ensemble.command_line.run.metering import metered, story_to_meter
from ensemble.command_line.terminal import error_console

RATE = 1.0
"""Workflows that begin a second, where the two are compared."""

Document = Mapping[str, Any]
Row = tuple[str, list[str]]


def meter_beside(console: Console, environment: str, story: str | None, folder: Path, *, as_json: bool) -> None:
    """Measure the story in this project and in the one in the folder, and print both. Without a name these are the
    first story, and the first in which a command comes as soon as an event is there, such as a cancellation.

    Raises CommandFailed.
    """
    here, folder = root_of_project(), folder.resolve()
    if not (folder / "app.py").exists():
        raise UsageRefused(f"{folder} is no project: it has no app.py. Fix: name the folder of one")
    shown = error_console() if as_json else console
    pairs = [
        (document_of(metered(shown, environment, name)), _measured_in(shown, folder, environment, name))
        for name in _stories(here, story)
    ]
    stories = [compared(*pair) for pair in pairs]
    if as_json:
        print(json.dumps({"stage": environment, "stories": stories}, indent=2))
        return
    table = Table(box=SIMPLE)
    for title in ("", here.name, folder.name):
        table.add_column(title, justify="left" if not title else "right")
    for title, cells in rows_of(stories):
        if not cells:
            table.add_section()
        table.add_row(title, *cells, style="" if cells else "bold")
    console.print(table)


def _stories(root: Path, name: str | None) -> list[str]:
    scenario = scenario_to_play(root)
    races = [one.name for one in scenario.stories if one.is_race and not one.is_long]
    return [story_to_meter(scenario, name).name, *(races[:1] if name is None else [])]


def _measured_in(console: Console, folder: Path, environment: str, story: str) -> Document:
    """Return what `ensemble meter` says of another project, by its own toolkit. Raises StartingFailed."""
    console.print(f"Measuring {story!r} in {folder.name} ...", markup=False)
    command = [sys.executable, "-m", "ensemble", "meter", story, "--json", "--environment", environment]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if run.returncode:
        raise StartingFailed(f"{folder.name} cannot be measured: {' '.join(run.stderr.split()[-60:])}")
    document: Document = json.loads(run.stdout)
    return document


def compared(here: Document, beside: Document) -> dict[str, Any]:
    """Return what of two documents is compared, with the name of their story."""
    return {"story": here["story"], "here": _side(here), "beside": _side(beside)}


def rows_of(stories: Sequence[Document]) -> Iterator[Row]:
    """Yield the rows of the table: what holds of the projects, then what each story takes, after its name."""
    first = [stories[0][name] for name in ("here", "beside")]
    yield "who knows the workflow", [", ".join(one["conducted_by"]) or "nobody" for one in first]
    yield "lines that decide and declare it", [str(one["lines"]) for one in first]
    for story in stories:
        sides = [story["here"], story["beside"]]
        yield story["story"], []
        yield "events", [f"{side['events']:g}" for side in sides]
        yield "hops to its end", [str(side["hops"]) for side in sides]
        yield "write units on the way", [f"{side['write_units']:g}" for side in sides]
        yield "USD a million, on the way", [f"{side['usd_on_the_way']:.1f}" for side in sides]
        yield "USD a million, all", [f"{side['usd']:.1f}" for side in sides]
        yield "seconds, by medians", [f"{side['seconds']:.2f}" for side in sides]


def _side(document: Document) -> dict[str, Any]:
    units = document["units"]
    (rate,) = (one for one in document["rates"] if one["a_second"] == RATE)
    return {
        "conducted_by": document["conducted_by"],
        "lines": sum(document["lines"].values()),
        "events": units["all"]["events"],
        "hops": len(document["latency"]["steps"]),
        "write_units": sum(units["by_service"][service]["write_units"] for service in document["on_the_way"]),
        "usd_on_the_way": rate["on_the_way"],
        "usd": rate["usd"],
        "seconds": document["latency"]["seconds"],
    }
