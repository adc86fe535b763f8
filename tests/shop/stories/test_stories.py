"""The stories on the synthesized stacks: undisturbed, and under the faults that a queue may always show."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from ensemble.command_line.run.drafts import Stamp, finished
from ensemble.command_line.run.look import names_of
from ensemble.command_line.run.results import Results
from ensemble.command_line.synthesis import FINGERPRINT, fingerprint
from ensemble.contracts.doors import commands_from_outside
from ensemble.contracts.loading import load_schemas
from ensemble.laptop import Killed, Laptop
from ensemble.scenario import Command
from infrastructure.services import discover
from scenarios.shop.scenario import SCENARIO
from scenarios.shop.stories import STORIES
from tests.conftest import ROOT
from tests.shop.stories.conftest import laptop_on, play, playing


def faults(results: Results) -> dict[str, tuple[str, ...]]:
    """Return what was not as expected, by story; empty when all was."""
    return {result.story.name: result.faults for result in results.stories if result.faults}


def kill_each_consumer_once(laptop: Laptop) -> Counter[str]:
    """Let each function that takes queues' records die once for each event type, after its commit."""
    killed: Counter[str] = Counter()

    def after_invoke(function: str, event: dict[str, Any]) -> None:
        types = {f"{function} {json.loads(record['body'])['detail-type']}" for record in event.get("Records", [])}
        if types and not any(killed[type] for type in types):
            killed.update(types)
            raise Killed(function)

    laptop.after_invoke(after_invoke)
    return killed


Played = tuple[Results, set[str]]


@pytest.fixture(scope="module")
def undisturbed(assembly: Path) -> Played:
    """What came of all stories without a fault, and the ids of the events that the audit store has then."""
    with laptop_on(assembly) as laptop:
        results = play(laptop, SCENARIO)
        items = laptop.table_items(names_of(laptop).store("audit"))
        return results, {item["position"].partition("#")[2] for item in items}


def test_all_stories_end_as_expected_and_stock_money_and_parcels_balance(undisturbed: Played) -> None:
    results, _ = undisturbed

    assert faults(results) == {}
    assert len(results.stories) == 8
    assert results.balances
    assert results.dead_letters == {}


def test_every_event_on_the_bus_is_in_the_audit_store(undisturbed: Played) -> None:
    results, stored = undisturbed

    seen = {event.event_id for result in results.stories for event in result.events}
    assert seen <= stored
    assert len(stored) == len(seen) + 6  # the opening stock's commands and their answers came before the stories


def test_with_every_event_delivered_twice_all_stories_end_the_same(assembly: Path) -> None:
    with laptop_on(assembly) as laptop:
        laptop.duplicate_deliveries = 2
        results = play(laptop, SCENARIO)

        assert faults(results) == {}
        assert results.balances


def test_with_every_consumer_killed_between_commit_and_acknowledgement_all_stories_end_the_same(
    assembly: Path,
) -> None:
    with laptop_on(assembly) as laptop:
        killed = kill_each_consumer_once(laptop)
        results = play(laptop, SCENARIO, timeout_seconds=7200)

        assert faults(results) == {}
        assert results.balances
        assert len(killed) >= 15


def test_with_both_faults_at_once_all_stories_end_the_same(assembly: Path) -> None:
    with laptop_on(assembly) as laptop:
        laptop.duplicate_deliveries = 2
        kill_each_consumer_once(laptop)
        results = play(laptop, SCENARIO, timeout_seconds=7200)

        assert faults(results) == {}
        assert results.balances


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_a_story_alone_says_each_event_once(assembly: Path, story: Any) -> None:
    with laptop_on(assembly) as laptop:
        results = play(laptop, playing(story))

        counts = Counter(event.type for event in results.stories[0].events)
        assert set(counts.values()) == {1}


def test_the_stories_are_eight_with_orders_of_their_own_and_several_lines_in_two() -> None:
    orders = [story.commands[0].fields for story in STORIES]

    assert len(STORIES) == len({order["order_id"] for order in orders}) == 8
    assert sum(len(order["items"]) > 1 for order in orders) >= 2
    assert SCENARIO.ends == {"OrderCompleted", "OrderCancelled"}


def test_what_nobody_ships_in_time_is_cancelled_by_its_deadline_and_refunded(assembly: Path) -> None:
    times: dict[str, tuple[float, float]] = {}
    with laptop_on(assembly) as laptop:

        def note(_: str, event: Mapping[str, Any]) -> None:
            times[event["detail-type"]] = datetime.fromisoformat(event["time"]).timestamp(), laptop.now()

        laptop.on_event(note)
        (result,) = play(laptop, playing(STORIES[-1])).stories

        (request,) = [event for event in result.events if event.type == "OrderCancellationRequested"]
        order = [event.type for event in result.events]
        assert result.faults == ()
        assert request.cause == "timer"
        # Patience begins at the command's time, which EventBridge says in whole seconds, wherever in one it came.
        (placed, _), (_, asked) = times["PlaceOrder"], times["OrderCancellationRequested"]
        assert 15 * 60 <= asked - placed < 17 * 60
        assert (
            order.index("OrderCancellationRequested") < order.index("PaymentCharged") < order.index("PaymentRefunded")
        )


def test_the_commands_and_examples_of_the_scenario_satisfy_their_schemas() -> None:
    schemas = load_schemas(ROOT / "schemas")
    needed = {"CancelOrder": {"order_id": "o-1"}}
    examples = [
        Command(type, schemas.publishers[type], {**fields, **needed.get(type, {})})
        for type, fields in SCENARIO.examples.items()
    ]

    for command in (*SCENARIO.opening, *(one for story in STORIES for one in story.commands), *examples):
        stamp = Stamp(bridge_id="bridge-1", time="2026-01-01T00:00:00.000Z", unique="abc")
        (made,) = finished(command, [stamp], schemas)
        assert made.source == command.source == schemas.publishers[command.type]


def test_each_command_from_outside_has_an_example() -> None:
    outside = commands_from_outside(discover(ROOT), load_schemas(ROOT / "schemas"))

    assert set(SCENARIO.examples) == set(outside)


def test_the_demo_plays_all_stories_and_ends_with_status_0(assembly: Path) -> None:
    (assembly / FINGERPRINT).write_text(fingerprint(ROOT))
    environment = {**os.environ, "CDK_OUTDIR": str(assembly), "COLUMNS": "120"}
    command = [sys.executable, "-m", "ensemble", "demo"]

    run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)

    assert (run.returncode, run.stderr) == (0, "")
    assert [line.split("  ")[0] for line in run.stdout.splitlines() if line.startswith("✓")] == [
        *(f"✓ {story.name}" for story in STORIES),
        "✓ all together",
    ]
    assert "All stories ended as they must, and the measures balance." in run.stdout
    assert "✗" not in run.stdout
