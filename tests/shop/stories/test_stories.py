"""The six stories on the synthesized stacks: undisturbed, and under the faults that a queue may always show."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from ensemble.command_line.run.playing import play
from ensemble.command_line.run.results import Results
from ensemble.command_line.run.stories import STORIES
from ensemble.laptop import Killed, Laptop
from tests.shop.stories.conftest import laptop_on


def faults(results: Results) -> dict[str, tuple[str, ...]]:
    """Return what was not as expected, by story; empty when all was."""
    return {result.story.name: result.faults for result in results.stories if result.faults}


def kill_each_consumer_once(laptop: Laptop) -> Counter[str]:
    """Let each function that takes queues' records die once for each event type, after its commit."""
    killed: Counter[str] = Counter()

    def after_invoke(function: str, event: dict[str, Any]) -> None:
        records = event.get("Records", [])
        sources = {record["eventSourceARN"] for record in records if record.get("eventSource") == "aws:sqs"}
        if sources and not any(killed[source] for source in sources):
            killed.update(sources)
            raise Killed(function)

    laptop.after_invoke(after_invoke)
    return killed


def test_all_six_stories_end_as_expected_and_stock_and_money_balance(assembly: Path) -> None:
    with laptop_on(assembly) as laptop:
        results = play(laptop, STORIES)

        assert faults(results) == {}
        assert len(results.stories) == 6
        assert results.balances
        assert results.dead_letters == {}


def test_every_event_on_the_bus_is_in_the_audit_store(assembly: Path) -> None:
    with laptop_on(assembly) as laptop:
        results = play(laptop, STORIES)

        stored = {item["pk"].removeprefix("event_id#") for item in laptop.table_items("dev-audit")}
        seen = {event.event_id for result in results.stories for event in result.events}
        assert seen <= stored
        assert len(stored) == len(seen) + 3  # the opening stock's commands came before the stories


def test_with_every_event_delivered_twice_all_stories_end_the_same(assembly: Path) -> None:
    with laptop_on(assembly) as laptop:
        laptop.duplicate_deliveries = 2
        results = play(laptop, STORIES)

        assert faults(results) == {}
        assert results.balances


def test_with_every_consumer_killed_between_commit_and_acknowledgement_all_stories_end_the_same(
    assembly: Path,
) -> None:
    with laptop_on(assembly) as laptop:
        killed = kill_each_consumer_once(laptop)
        results = play(laptop, STORIES, timeout_seconds=7200)

        assert faults(results) == {}
        assert results.balances
        assert len(killed) >= 15


def test_with_both_faults_at_once_all_stories_end_the_same(assembly: Path) -> None:
    with laptop_on(assembly) as laptop:
        laptop.duplicate_deliveries = 2
        kill_each_consumer_once(laptop)
        results = play(laptop, STORIES, timeout_seconds=7200)

        assert faults(results) == {}
        assert results.balances


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_a_story_alone_says_each_event_once(assembly: Path, story: Any) -> None:
    with laptop_on(assembly) as laptop:
        results = play(laptop, [story])

        counts = Counter(event.type for event in results.stories[0].events)
        assert set(counts.values()) == {1}
