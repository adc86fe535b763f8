"""What pages are told: a snapshot, and what has changed since, without a gap."""

from __future__ import annotations

from typing import Any

import pytest

from ensemble.console import feed as feeds
from ensemble.console.feed import Feed
from ensemble.console.progress import Looked, Shown
from ensemble.trace.standing import MOVING_SECONDS
from tests.toolkit.console.events import CHOREOGRAPHY, WITHIN_SECONDS, workflow


@pytest.fixture
def feed() -> Feed:
    return Feed(CHOREOGRAPHY)


def applied(snapshot: dict[str, Any], batches: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the lines, by workflow, that a page has after these batches."""
    lines = {line["workflow"]: line for line in snapshot["lines"]}
    for batch in batches:
        lines |= {line["workflow"]: line for line in batch["lines"]}
    return lines


def test_a_page_that_adds_the_batches_to_a_snapshot_has_what_a_later_snapshot_has(feed: Feed) -> None:
    feed.take(workflow("t-1", 2), 1.0)
    snapshot = feed.snapshot(1.0)

    feed.take([*workflow("t-1")[2:], *workflow("t-2", 1, at=4.0)], 4.0)
    feed.take(workflow("t-2", 3, at=4.0)[1:], 6.0)

    batches = feed.since(snapshot["sequence"])
    assert batches is not None
    assert [batch["sequence"] for batch in batches] == [2, 3]
    assert applied(snapshot, batches) == applied(feed.snapshot(6.0), [])


def test_events_are_counted_once_and_in_the_order_in_which_they_were_stored(feed: Feed) -> None:
    feed.take(workflow("t-1", 2), 1.0)

    batch = feed.take(workflow("t-1", 3), 2.0)

    assert batch is not None
    assert [event["type"] for event in batch["events"]] == ["TicketChecked"]
    assert feed.snapshot(2.0)["counts"] == {"website/OpenTicket": 1, "desk/TicketOpened": 1, "check/TicketChecked": 1}
    assert [event["key"] for event in feed.snapshot(2.0)["events"]] == ["t-1"] * 3


def test_nothing_is_told_while_nothing_changes_but_that_a_workflow_begins_to_wait_is(feed: Feed) -> None:
    feed.take(workflow("t-1", 2), 1.0)

    still, waiting = feed.take([], 2.0), feed.take([], 2.0 + MOVING_SECONDS)

    assert still is None
    assert waiting is not None
    assert [line["state"] for line in waiting["lines"]] == ["waiting"]
    assert feed.take([], 3.0 + MOVING_SECONDS) is None


def test_a_line_is_told_again_when_its_workflow_becomes_late(feed: Feed) -> None:
    feed.take(workflow("t-1", 2), 1.0)
    feed.take([], WITHIN_SECONDS)

    batch = feed.take([], WITHIN_SECONDS + 1)

    assert batch is not None
    assert [(line["key"], line["late"]) for line in batch["lines"]] == [("t-1", True)]
    assert feed.take([], WITHIN_SECONDS + 2) is None


def test_facts_are_told_when_they_change(feed: Feed) -> None:
    told = [feed.take([], 0.0, {"dead": dead, "alarms": 0}) for dead in (0, 2, 2)]

    assert [batch and batch.get("dead") for batch in told] == [None, 2, None]
    assert feed.snapshot(0.0)["dead"] == 2


def test_what_stands_still_is_looked_at_once_and_told_with_what_was_found(feed: Feed) -> None:
    now = 5.0 + MOVING_SECONDS
    feed.take([*workflow("t-1", 2), *workflow("t-2"), *workflow("t-3", 1, at=now)], now)
    to_look_at = feed.standing_still(now, 9)

    feed.looked_at("workflow-t-1", Looked(Shown.FAILED, "check gave it up", now))

    batch = feed.take([], now)
    assert to_look_at == ["workflow-t-1"]
    assert feed.standing_still(now, 9) == []
    assert batch is not None
    assert [(line["state"], line["text"]) for line in batch["lines"]] == [("failed", "check gave it up")]


def test_of_many_that_stand_still_none_is_looked_at_again_before_all_others_were(feed: Feed) -> None:
    for number in range(7):
        feed.take(workflow(f"t-{number}", 2), 2.0)
    turns = list[str]()

    for turn in range(4):
        now = 100.0 + 40.0 * turn
        for waiting in feed.standing_still(now, 2):
            turns.append(waiting)
            feed.looked_at(waiting, Looked(Shown.WAITING, "", now))

    assert len(set(turns[:7])) == 7
    assert turns[7] == turns[0]


def test_the_workflows_that_came_first_leave_when_there_are_too_many(
    feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "MOST_WORKFLOWS", 3)

    for number in range(5):
        feed.take(workflow(f"t-{number}", 2, at=float(number)), float(number))

    assert [line["key"] for line in feed.snapshot(9.0)["lines"]] == ["t-4", "t-3", "t-2"]
    assert len(feed.standing_still(100.0, 9)) == 3


def test_a_page_that_has_missed_too_much_begins_anew(feed: Feed) -> None:
    for number in range(feeds.MOST_BATCHES + 2):
        feed.take(workflow(f"t-{number}", 1, at=float(number)), float(number))

    assert feed.since(1) is None
    assert feed.since(feed.sequence + 1) is None
    assert feed.since(feed.sequence) == []
    assert len(feed.since(2) or ()) == feeds.MOST_BATCHES
