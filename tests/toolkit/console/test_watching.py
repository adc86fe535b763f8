"""The console reads a stage while somebody looks, tells all pages the same, and says when AWS does not answer."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pytest

from ensemble.console.feed import Feed
from ensemble.console.progress import Looked, Shown
from ensemble.console.watching import Watching
from ensemble.trace.known import Happened
from tests.toolkit.console.events import CHOREOGRAPHY, workflow

SECONDS = 20.0


class Unanswered(Exception):
    """AWS does not answer."""


class Stage:
    """A stage whose events are given."""

    def __init__(self) -> None:
        self.first, self.then = workflow("t-1", 2), list[list[Happened]]()
        self.reads, self.fault, self.facts_fault = 0, False, False

    def now(self) -> float:
        return 1_000.0

    def opening(self) -> Iterable[list[Happened]]:
        return [self.first]

    def new_events(self) -> list[Happened] | None:
        self.reads += 1
        if self.fault:
            raise Unanswered("no answer")
        return self.then.pop(0) if self.then else []

    def facts(self) -> Mapping[str, Any]:
        if self.facts_fault:
            raise Unanswered("not allowed to look")
        return {"nodes": {}, "alarms": 1, "dead": 0}

    def rules(self) -> Mapping[str, Any]:
        return {}

    def looked(self, workflow: str) -> Looked:
        return Looked(Shown.STOPPED, f"{workflow} stands still", self.now())

    def described(self, failure: Exception) -> str:
        return str(failure)


@pytest.fixture
def stage() -> Stage:
    return Stage()


@pytest.fixture
def watching(stage: Stage) -> Iterator[Watching]:
    watching = Watching(stage, Feed(CHOREOGRAPHY))
    yield watching
    watching.close()


async def told(watching: Watching, after: int, is_enough: Any) -> list[dict[str, Any]]:
    """Return the batches until they are enough."""
    found: list[dict[str, Any]] = []
    async with asyncio.timeout(SECONDS):
        async for batch in watching.batches(after):
            found.append(batch)
            if is_enough(found):
                break
    return found


def test_a_snapshot_has_the_events_that_were_there_before_anybody_looked(watching: Watching) -> None:
    snapshot = watching.snapshot()

    assert [line["key"] for line in snapshot["lines"]] == ["t-1"]
    assert snapshot["failure"] == ""


def test_a_page_is_told_what_comes_after_its_snapshot(stage: Stage, watching: Watching) -> None:
    after = watching.snapshot()["sequence"]
    stage.then = [workflow("t-2", 1, at=1_000.0)]

    found = asyncio.run(told(watching, after, lambda ones: any(batch["events"] for batch in ones)))

    assert [event["key"] for batch in found for event in batch["events"]] == ["t-2"]


def test_what_stands_still_is_told_with_the_reason(watching: Watching) -> None:
    def has_reason(ones: list[dict[str, Any]]) -> bool:
        return any(line["state"] == "stopped" for batch in ones for line in batch["lines"])

    found = asyncio.run(told(watching, watching.snapshot()["sequence"], has_reason))

    assert "workflow-t-1 stands still" in [line["text"] for batch in found for line in batch["lines"]]


def test_that_aws_does_not_answer_is_told_once_and_that_it_does_again(stage: Stage, watching: Watching) -> None:
    def is_over(ones: list[dict[str, Any]]) -> bool:
        stage.fault = not any(batch.get("failure") for batch in ones)
        return any(batch.get("failure") == "" for batch in ones)

    after = watching.snapshot()["sequence"]
    stage.fault = True
    found = asyncio.run(told(watching, after, is_over))

    assert [batch["failure"] for batch in found if "failure" in batch] == ["no answer", ""]


def test_events_go_on_and_the_failure_stands_where_only_the_facts_may_not_be_read(stage: Stage) -> None:
    stage.facts_fault = True
    watching = Watching(stage, Feed(CHOREOGRAPHY))
    after = watching.snapshot()["sequence"]
    stage.then = [[], workflow("t-2", 1, at=1_000.0)]

    found = asyncio.run(told(watching, after, lambda ones: any(batch.get("events") for batch in ones)))

    assert "" not in [batch["failure"] for batch in found if "failure" in batch]
    assert watching.snapshot()["failure"] == "not allowed to look"
    watching.close()


def test_a_page_that_is_from_another_count_begins_anew(watching: Watching) -> None:
    found = asyncio.run(told(watching, 77, len))

    assert found == [{"reset": True}]


def test_nothing_is_read_while_nobody_looks(stage: Stage, watching: Watching) -> None:
    watching.snapshot()
    asyncio.run(told(watching, 77, len))
    before = stage.reads

    watching.close()

    assert stage.reads <= before + 1
