"""The real workers: the kit, with or without a guard, whose consumers stop before each of their requests."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

from greenlet import GreenletExit, getcurrent, greenlet

from ensemble.simulator.kit import Kit
from ensemble.simulator.mutation import Edit
from tests.conftest import ROOT

NOON = 1_767_268_800.0
"""2026-01-01T12:00:00Z in seconds: what every worker's clock says."""

TALLY = Path(__file__).with_name("tally.py")


class Request(NamedTuple):
    """What a worker is about to ask."""

    operation: str
    parameters: dict[str, Any]


def kit_without(edits: Sequence[Edit], folder: Path) -> Kit:
    """Load a copy of the kit with these edits, and the tally beside it."""
    ignored = shutil.ignore_patterns("saga")
    shutil.copytree(ROOT / "functions" / "kit", folder / "functions" / "kit", ignore=ignored)
    shutil.copy(TALLY, folder / "functions" / "tally.py")
    for edit in edits:
        edit.apply(folder)
    kit = Kit(folder)
    kit.clock.now, kit.clock.pause = lambda: NOON, lambda longest: None
    return kit


class Worker:
    """One attempt at a message."""

    def __init__(self, consumer: Callable[..., Any], record: dict[str, Any]) -> None:
        self.message: str = record["messageId"]
        self._greenlet = greenlet(lambda: consumer({"Records": [record]}, Context()))
        self.pending: Request | None = None
        self.failed: list[str] | None = None
        self._took(self._greenlet.switch())

    def go_on(self, answer: Any) -> None:
        """Hand over the answer to its request, or raise it there, and let it go on up to its next one."""
        fails = isinstance(answer, Exception)
        self._took(self._greenlet.throw(answer) if fails else self._greenlet.switch(answer))

    def crash(self) -> None:
        """End it where it stands, if it has not ended: nothing that a function does stops that."""
        self._greenlet.throw(GreenletExit)
        self.pending = None

    def _took(self, given: Any) -> None:
        self.pending = given if isinstance(given, Request) else None
        if self.pending is None:
            self.failed = [one["itemIdentifier"] for one in given["batchItemFailures"]]


class Context:
    """A context with time enough."""

    def get_remaining_time_in_millis(self) -> int:
        return 30_000


class Client:
    """A client of any service, whose requests for the row and for the bus wait until their turn comes."""

    meta = SimpleNamespace(endpoint_url="https://sqs.example")

    def __init__(self, dynamodb: Any) -> None:
        self._dynamodb = dynamodb

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        def ask(**parameters: Any) -> Any:
            if operation in ("change_message_visibility", "send_message", "delete_message"):
                return {}
            if "kit#" in json.dumps(parameters.get("Key") or parameters.get("Item", {}).get("pk")):
                return getattr(self._dynamodb, operation)(**parameters)  # of its breaker, which decides nothing here
            driver = getcurrent().parent
            assert driver is not None, f"{operation} is asked by no worker"
            return driver.switch(Request(operation, parameters))

        return ask
