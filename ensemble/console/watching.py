"""Reads a stage again and again while somebody looks, and tells the open pages what has changed."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

from ensemble.console.feed import Feed
from ensemble.console.progress import Json, Looked
from ensemble.trace.known import Happened

SECONDS_BETWEEN_READS = 0.4
SECONDS_BETWEEN_LOOKS = 2.0
"""How often events are read, and how often what lies in queues: each queue is a call."""

MOST_LOOKED_AT = 5
"""So many workflows that stand still are looked at more closely in one turn: each is some ten calls."""


LONGEST_FOR_A_SNAPSHOT_SECONDS = 1.0
"""So long a page waits for what was there before; then it is shown what is known, and told the rest as it comes."""

MOST_WAITING = 500
"""So many batches wait for a page that takes none; then it begins anew."""


END: Json = {"end": True}
"""What a stream ends with that is not ended by its page."""


class Source(Protocol):
    """Reads a stage by AWS's APIs. What each raises is told to the pages as `described` says it."""

    def now(self) -> float:
        """Return the time there, in seconds since 1970."""

    def opening(self) -> Iterable[Sequence[Happened]]:
        """Yield the events of the newest workflows, the newest first; `new_events` goes on from there."""

    def new_events(self) -> Sequence[Happened] | None:
        """Return the events that were stored since; None where that is not known any more, and to be begun anew."""

    def facts(self) -> Mapping[str, Any]:
        """Return what is known of the services' queues, of the alarms and of the dead letters."""

    def rules(self) -> Mapping[str, Any]:
        """Return which edges have a fault as they are deployed, and what differs from the project."""

    def looked(self, workflow: str) -> Looked:
        """Look closely at a workflow."""

    def described(self, failure: Exception) -> str:
        """Return what to say of a failure."""


class Watching:
    """Watches a stage in a thread of its own, as long as a page is open. What it reads it reads without the lock."""

    def __init__(self, source: Source, feed: Feed) -> None:
        self._source, self._feed = source, feed
        self._lock = threading.Lock()
        self._pages: dict[asyncio.Queue[Json], asyncio.AbstractEventLoop] = {}
        self._wake, self._is_opened = threading.Event(), threading.Event()
        self._is_begun = self._is_closed = False
        self._facts_at = float("-inf")
        self._failures: dict[str, str] = {}
        self._thread = threading.Thread(target=self._run, name="console", daemon=True)
        self._thread.start()

    def snapshot(self) -> Json:
        """Return what a page shows at first: as it was read last. What changed since comes by `batches`."""
        self._wake.set()
        self._is_opened.wait(LONGEST_FOR_A_SNAPSHOT_SECONDS)
        with self._lock:
            return self._feed.snapshot(self._source.now()) | {"failure": self._failure()}

    async def batches(self, after: int) -> AsyncIterator[Json]:
        """Yield what changes after a sequence; `{"reset": true}` where the page must load a new snapshot."""
        queue: asyncio.Queue[Json] = asyncio.Queue(maxsize=MOST_WAITING)
        with self._lock:
            kept = self._feed.since(after)
            self._pages[queue] = asyncio.get_running_loop()
        self._wake.set()
        try:
            if kept is None:
                yield {"reset": True}
            for batch in kept or ():
                yield batch
            while not self._is_closed and (batch := await queue.get()) != END:
                yield batch
        finally:
            with self._lock:
                self._pages.pop(queue, None)

    def close(self) -> None:
        """Stop, end all streams, and wait until it has stopped."""
        self._is_closed = True
        with self._lock:
            self._say(END)
        self._wake.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._is_closed:
            self._wake.wait(SECONDS_BETWEEN_READS if self._pages else None)
            self._wake.clear()
            if not self._is_closed:
                self._turn()

    def _turn(self) -> None:
        """Read what is new, and tell it. What fails is told once, and that it does no more; all else goes on."""
        before, now = self._failure(), time.monotonic()
        self._try("events", self._read_events)
        if now - self._facts_at >= SECONDS_BETWEEN_LOOKS:
            self._facts_at = now
            self._try("rules", self._read_rules)
            self._try("facts", self._read_facts)
        if self._failure() != before:
            with self._lock:
                self._say({"failure": self._failure()})
        self._is_opened.set()

    def _try(self, what: str, read: Callable[[], None]) -> None:
        try:
            read()
            self._failures[what] = ""
        except Exception as fault:  # whatever it is, the pages are told of it
            self._failures[what] = self._source.described(fault)

    def _failure(self) -> str:
        return "; ".join(dict.fromkeys(one for one in self._failures.values() if one))

    def _read_events(self) -> None:
        now = self._source.now()
        new = self._source.new_events() if self._is_begun else None
        for events in self._source.opening() if new is None else (new,):
            self._tell(events, now)
            self._is_opened.set()
        self._is_begun = True

    def _read_rules(self) -> None:
        self._tell([], self._source.now(), self._source.rules())

    def _read_facts(self) -> None:
        now = self._source.now()
        self._tell([], now, self._source.facts())
        for workflow in self._feed.standing_still(now, MOST_LOOKED_AT):
            looked = self._source.looked(workflow)
            with self._lock:
                self._feed.looked_at(workflow, looked)

    def _tell(self, events: Sequence[Happened], now: float, facts: Mapping[str, Any] | None = None) -> None:
        with self._lock:
            batch = self._feed.take(events, now, facts)
            if batch is not None:
                self._say(batch)

    def _say(self, batch: Json) -> None:
        for queue, loop in self._pages.items():
            loop.call_soon_threadsafe(_put, queue, batch)


def _put(queue: asyncio.Queue[Json], batch: Json) -> None:
    """Give a page a batch. One that takes none any more is told to begin anew."""
    if queue.full():
        while not queue.empty():
            queue.get_nowait()
        queue.put_nowait({"reset": True})
    else:
        queue.put_nowait(batch)
