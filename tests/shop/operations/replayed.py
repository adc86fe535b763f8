"""A stage that runs on a laptop, as the commands that replay see it; and what analytics has."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ensemble.choreography.graph import read_graph
from ensemble.command_line.project import read_schemas, read_services
from ensemble.command_line.replay.replayed_stage import Stage
from ensemble.command_line.run.look import names_of
from ensemble.command_line.stage.account import Account
from ensemble.command_line.stage.place import Place
from ensemble.command_line.synthesis import names_in
from ensemble.command_line.trace.declared import read_declared
from ensemble.laptop import Laptop
from tests.conftest import ROOT

START = datetime(2026, 1, 1, tzinfo=UTC)


def stage_at(url: str, assembly: Path, root: Path, now: datetime = START) -> Stage:
    """The stage whose APIs are at a URL; the progress of replays is kept in `root`."""
    services = read_services(ROOT)
    schemas, folder = read_schemas(ROOT, services), assembly / "assembly-dev"
    return Stage(
        Place("dev", url, is_laptop=True),
        root,
        services,
        schemas,
        read_graph(folder, services, schemas).resources,
        read_declared(folder, services, schemas).stores,
        names_in(folder),
        Account(url),
        now,
    )


def figures(laptop: Laptop) -> dict[str, Any]:
    """Return what analytics has, but for when it came to that: each row's state and what it has handled, each total."""
    return {item["pk"]: _lasting(item) for item in laptop.table_items(names_of(laptop).table("analytics"))}


def _lasting(item: Mapping[str, Any]) -> dict[str, Any]:
    found = {name: value for name, value in item.items() if name not in ("history", "version")}
    if "state" in found:
        found["state"] = sorted(json.loads(found["state"])["events"])
        found["inbox"] = sorted(found["inbox"])
    return found
