"""A console of a stage that is made up: as many workflows and events a second as are asked for."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ensemble.choreography.drawing import drawing_of
from ensemble.console.feed import Feed
from ensemble.console.packages import packages_of_page
from ensemble.console.progress import Looked
from ensemble.console.server import Question, console_app
from ensemble.console.watching import Watching
from ensemble.laptop.server import Server
from ensemble.trace.known import Happened
from infrastructure.services import discover
from tests.conftest import LENDING
from tests.toolkit.choreography.conftest import drawn
from tests.toolkit.console.events import CHOREOGRAPHY, WAY, workflow

TOKEN = "a-token"


class Busy:
    """A stage with `before` workflows that have ended, on which `rate` events happen each second."""

    def __init__(self, before: int, rate: float) -> None:
        self._before, self._rate = before, rate
        self._since, self._number = time.time(), 0
        self._left: list[Happened] = []

    def now(self) -> float:
        return time.time()

    def opening(self) -> Iterator[list[Happened]]:
        now = time.time()
        yield [one for number in range(self._before) for one in workflow(f"old-{number}", at=now - 3_600 - number)]
        self._since = time.time()

    def new_events(self) -> list[Happened]:
        due, found = int((time.time() - self._since) * self._rate), list[Happened]()
        while self._number < due:
            self._left = self._left or workflow(f"new-{self._number}", at=time.time() - len(WAY))
            found.append(self._left.pop(0))
            self._number += 1
        return found

    def facts(self) -> Mapping[str, Any]:
        return {"nodes": {}, "alarms": 0, "dead": 0}

    def rules(self) -> Mapping[str, Any]:
        return {}

    def looked(self, workflow: str) -> Looked:
        raise AssertionError(f"{workflow} moves")

    def described(self, failure: Exception) -> str:
        raise failure


@contextmanager
def console_of(stage: Busy, questions: Mapping[str, Question] | None = None) -> Iterator[str]:
    """Serve the console of a stage, and give the address to open."""
    watching = Watching(stage, Feed(CHOREOGRAPHY))
    graph = drawing_of(drawn(*discover(LENDING)))
    fixed = {"stage": "dev", "place": "laptop", "can": {"operate": False, "laptop": False}, "graph": graph}
    app = console_app(watching, fixed, questions or {}, {}, packages_of_page(), TOKEN)
    with Server(app).start() as server:
        yield f"{server.url}/?token={TOKEN}"
        watching.close()


def long_document(events: int) -> dict[str, Any]:
    """Return the document of a workflow of so many events, each caused by the one before, a second after it."""
    told = [
        {
            "event_id": f"e-{number}",
            "event_hash": f"h-{number}",
            "type": f"Step{number % 7}",
            "source": "loop",
            "workflow": "w-1",
            "at": _text(number),
            "cause": f"e-{number - 1}" if number else None,
            "fields": {"number": number},
            "heard": [{"service": "loop", "row": "loop_id#1", "queue": "dev-loop", "reception": "handled"}],
        }
        for number in range(events)
    ]
    segments = [
        {"event_id": f"e-{number}", "service": "loop", "row": "loop_id#1", "kind": kind, "exact": True}
        | {"begin": _text(number + begin), "end": _text(number + begin + 0.2)}
        for number in range(events)
        for kind, begin in (("bus", 0.0), ("queue", 0.2), ("handler", 0.4))
    ]
    head = {"asked": "1", "key": "1", "stage": "dev", "shown": "done", "why": [], "rows": []}
    return head | {"events": told, "waterfall": segments}


def _text(seconds: float) -> str:
    at = time.gmtime(1_790_000_000 + int(seconds))
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', at)}.{int(1_000 * (seconds % 1)):03}Z"
