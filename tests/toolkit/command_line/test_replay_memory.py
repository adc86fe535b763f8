"""A replay holds a few pages of the event store, however many events are stored."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ensemble.command_line.replay.emptying import Emptying
from ensemble.command_line.replay.planning import plan_of
from ensemble.command_line.replay.putting import Cursor, Putting
from ensemble.command_line.replay.selection import Selection
from ensemble.command_line.replay.stored import StoreReading, Window
from functions.kit.store import filed, items

OF_A_PAGE = 50
ALL = Window()
SELECTION = Selection({("loan", "LoanRequested"): ("figures",)}, {})


class Aws:
    """AWS with a table of so many pages, which are made when they are read; it takes all events and keeps none."""

    def __init__(self, pages: int) -> None:
        self._pages = pages
        self.taken = 0

    def scan(self, ExclusiveStartKey: Any = None, **_: Any) -> dict[str, Any]:  # noqa: N803  # boto3's name
        page = 0 if ExclusiveStartKey is None else int(ExclusiveStartKey["page"]["N"])
        left = {} if page + 1 == self._pages else {"LastEvaluatedKey": {"page": {"N": str(page + 1)}}}
        return {"Items": [item(page * OF_A_PAGE + number) for number in range(OF_A_PAGE)], **left}

    def put_events(self, Entries: list[Any]) -> dict[str, Any]:  # noqa: N803  # boto3's name
        self.taken += len(Entries)
        return {"Entries": [{"EventId": "1"} for _ in Entries]}

    def get_paginator(self, name: str) -> Any:
        pages = self._pages if name == "scan" else 0  # no mapping is there
        answers = (self.scan({"page": {"N": str(page)}}) for page in range(pages))
        return SimpleNamespace(paginate=lambda **_: answers)

    def batch_write_item(self, **_: Any) -> dict[str, Any]:
        return {"UnprocessedItems": {}}


def item(number: int) -> dict[str, Any]:
    detail = {"event_id": f"e-{number}", "correlation_id": f"w-{number}", "note": "n" * 500}
    head = {"id": f"b-{number}", "source": "loan", "detail-type": "LoanRequested", "time": "2026-01-01T00:00:00Z"}
    (found,) = items(filed(json.dumps(head | {"detail": detail}), {}), "2026-01-01T00:00:00.000Z")
    return dict(found)


def planned(aws: Aws, folder: Path) -> int:
    return plan_of("dev", StoreReading(aws, "table", ALL), SELECTION, ALL, 1.0).events


def put(aws: Aws, folder: Path) -> int:
    putting = Putting(aws, "bus", 1e6, lambda: 0.0, lambda _: None)
    for _ in putting.run(StoreReading(aws, "table", ALL), SELECTION, Cursor(folder / "cursor.json")):
        pass
    return aws.taken


def emptied(aws: Aws, folder: Path) -> int:
    return Emptying(lambda _: aws, "function", 0.0, "table", (), lambda _: None).run()


def peak(step: Callable[[Aws, Path], int], pages: int, folder: Path) -> int:
    """Return how many bytes a step over so many pages held at most."""
    tracemalloc.start()
    try:
        assert step(Aws(pages), folder) == pages * OF_A_PAGE
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("step", [planned, put, emptied])
def test_ten_times_the_events_take_no_more_memory(step: Callable[[Aws, Path], int], tmp_path: Path) -> None:
    peak(step, 4, tmp_path)  # what is made once: what modules and codecs keep

    assert peak(step, 40, tmp_path) < 2 * peak(step, 4, tmp_path)
