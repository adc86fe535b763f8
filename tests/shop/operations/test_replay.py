"""Stored events are given again to who opted in; analytics rebuilt from nothing is what it was."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from ensemble.choreography.graph import read_graph
from ensemble.command_line.errors import AwsFailed, CommandFailed, UsageRefused
from ensemble.command_line.project import read_schemas, read_services
from ensemble.command_line.replay.planning import plan_of
from ensemble.command_line.replay.rebuild import rebuild_at
from ensemble.command_line.replay.replay import replay
from ensemble.command_line.replay.replayed_stage import Asked, Stage
from ensemble.command_line.replay.selection import Selection
from ensemble.command_line.replay.stored import Window
from ensemble.command_line.run.look import names_of
from ensemble.command_line.stage.account import Account
from ensemble.command_line.stage.place import Place
from ensemble.command_line.trace.declared import read_declared
from ensemble.laptop import Laptop
from ensemble.scenario.apart import apart
from scenarios.shop.scenario import SCENARIO
from tests.conftest import ROOT
from tests.shop.stories.conftest import ShopLaptop, laptop_on, play

ALL = Window()


def no_pause(seconds: float) -> None:
    """Wait for nothing."""


CLOCK = (lambda: 0.0, no_pause)


@contextmanager
def stage_of(laptop: Laptop, assembly: Path, root: Path, at: datetime | None = None) -> Iterator[Stage]:
    """The stage that runs on a laptop, as a command sees it; `root`: where it keeps its progress."""
    services = read_services(ROOT)
    schemas, names, folder = read_schemas(ROOT, services), names_of(laptop), assembly / "assembly-dev"
    resources = read_graph(folder, services, schemas).resources
    stores = read_declared(folder, services, schemas).stores
    now = at or datetime.fromtimestamp(laptop.now(), UTC)
    with laptop.serve() as server:
        place, account = Place("dev", server.url, is_laptop=True), Account(server.url)
        yield Stage(place, root, services, schemas, resources, stores, names, account, now)


def figures(laptop: Laptop) -> dict[str, Any]:
    """Return what analytics has: of rows their state and whom they have handled, of totals their amounts."""
    return {item["pk"]: without_history(item) for item in laptop.table_items(names_of(laptop).table("analytics"))}


def without_history(item: Mapping[str, Any]) -> dict[str, Any]:
    found = {name: value for name, value in item.items() if name not in ("history", "version", "inbox")}
    if "state" in found:
        found["state"] = {"events": sorted(json.loads(found["state"])["events"])}
    return found


def quiet() -> Console:
    return Console(file=StringIO(), width=200)


@pytest.fixture(scope="module")
def laptop(assembly: Path) -> Iterator[ShopLaptop]:
    with laptop_on(assembly) as laptop:
        play(laptop, SCENARIO)
        laptop.run_until_idle()
        yield laptop


def test_a_plan_counts_what_each_consumer_would_get(laptop: ShopLaptop, assembly: Path, tmp_path: Path) -> None:
    with stage_of(laptop, assembly, tmp_path) as stage:
        plan = stage.plan(Asked(ALL, rate=10))

    assert plan.by_consumer.keys() == {"analytics"}
    counted = figures(laptop)
    print(counted, plan.as_json())
    assert plan.events == sum(plan.by_consumer["analytics"].values()) > 10
    assert plan.seconds == plan.events / 10
    assert plan.usd > 0
    assert not plan.refusals


def test_rebuilt(laptop: ShopLaptop, assembly: Path, tmp_path: Path) -> None:
    before = figures(laptop)
    with stage_of(laptop, assembly, tmp_path) as stage:
        progress = rebuild_at(quiet(), stage, "analytics", 1e6, CLOCK)
    laptop.run_until_idle()
    assert progress.done
    assert figures(laptop) == before
