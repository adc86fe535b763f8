"""A record waits without spending anything, is given up with a reason, and never takes a neighbour with it."""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict
from random import Random
from typing import Any

import pytest

from functions.kit import clock
from functions.kit.consumer import Consumer
from functions.kit.reactor import Work
from functions.kit.rows import Commit, Row
from functions.kit.settings import ConsumerSettings
from functions.kit.telemetry import logger
from functions.kit.waiting import History
from tests.kit.conftest import NOON, QUEUE, Context, record
from tests.kit.locker import CONTRACTS, LOCKER, CallCourier
from tests.kit.virtual_queues import Died, VirtualQueues

Handle = Callable[[str], None]
"""What handling the event with this id does: nothing, an exception, or the end of the function."""

URL = f"https://sqs/1/{QUEUE}"
DLQ = f"{QUEUE}-dlq"
DAY = 24 * 60 * 60.0


class Handling:
    """Stands where load, react and commit would be."""

    def __init__(self, handle: Handle) -> None:
        self._handle = handle

    def handle(self, work: Work, load: Any) -> bool:
        self._handle(work.detail["event_id"])
        return True


class KeptRows:
    """Rows in memory: those that the kit keeps for itself."""

    def __init__(self) -> None:
        self._rows: dict[str, Row] = {}

    def load(self, key: str) -> Row:
        return self._rows.get(key, Row(key))

    def commit(self, commit: Commit, now: float) -> Row:
        self._rows[commit.row.key] = commit.row
        return commit.row


class Worker:
    """The real consumer on virtual queues, whose events meet what a test says."""

    def __init__(self, queues: VirtualQueues, handle: Handle) -> None:
        self.queues = queues
        self.consumer = Consumer(
            LOCKER,
            CONTRACTS,
            KeptRows(),  # type: ignore[arg-type]
            {CallCourier: str},
            ConsumerSettings("table", 3600, 8, "bus", URL),
            queues=lambda: queues,  # type: ignore[arg-type, return-value]
            guard=lambda reactor: Handling(handle),
        )

    def send(self, *event_ids: str, **history: Any) -> None:
        attributes = {}
        if history:
            attributes["history"] = {"DataType": "String", "StringValue": json.dumps(asdict(History(**history)))}
        for event_id in event_ids:
            body = record("ParcelSplit", {"locker_id": "l-1"}, event_id=event_id)["body"]
            self.queues.send_message(QueueUrl=URL, MessageBody=body, MessageAttributes=attributes)

    def handle(self, records: list[dict[str, Any]]) -> list[str]:
        answer = self.consumer.handle({"Records": records}, Context())  # type: ignore[arg-type]
        return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]

    def work(self, seconds: float = DAY, most: int = 10) -> None:
        """Handle what is in the queue until nothing is left, or for so long."""
        self.queues.poll(QUEUE, self.handle, self.queues.now + seconds, most)

    @property
    def waiting(self) -> list[History]:
        attributes = [message.attributes.get("history") for message in self.queues.queue(QUEUE).values()]
        return [History(**json.loads(one["StringValue"])) if one else History() for one in attributes]

    @property
    def dead_letters(self) -> dict[str, str]:
        """The reason by the id of the event."""
        messages = self.queues.queue(DLQ).values()
        return {json.loads(one.body)["detail"]["event_id"]: one.attributes["reason"]["StringValue"] for one in messages}


@pytest.fixture
def queues(monkeypatch: pytest.MonkeyPatch) -> Iterator[VirtualQueues]:
    made = VirtualQueues(NOON)
    monkeypatch.setattr(clock, "now", lambda: made.now)
    before = logger.log_level
    logger.setLevel(logging.CRITICAL)
    yield made
    logger.setLevel(before)


def crashing(*bad: str) -> tuple[Handle, Counter[str], Counter[str]]:
    """Return what ends the function at some events, with a count of its ends and one of what was handled."""
    ends: Counter[str] = Counter()
    handled: Counter[str] = Counter()

    def handle(event_id: str) -> None:
        if event_id in bad:
            ends[event_id] += 1
            raise Died
        handled[event_id] += 1

    return handle, ends, handled


def test_a_crash_loop_is_given_up_after_five_ends_of_the_function_with_its_reason(queues: VirtualQueues) -> None:
    handle, ends, _ = crashing("bad")
    worker = Worker(queues, handle)
    worker.send("bad")

    worker.work()

    assert ends == {"bad": 5}
    assert worker.dead_letters["bad"].startswith("FunctionDied: the function ended before it had handled the event")
    assert queues.now - NOON < 20 * 60


@pytest.mark.parametrize(("bad", "good", "runs"), [(1, 9, 700), (3, 27, 200), (8, 32, 100)])
def test_whoever_comes_in_the_batches_of_a_crash_loop_is_handled_and_never_given_up(
    queues: VirtualQueues, bad: int, good: int, runs: int
) -> None:
    for seed in range(runs):
        queues.queues.clear()
        queues.now, queues.chance = NOON, Random(seed)
        handle, ends, handled = crashing(*(f"bad-{number}" for number in range(bad)))
        worker = Worker(queues, handle)
        worker.send(*(f"bad-{number}" for number in range(bad)), *(f"good-{number}" for number in range(good)))

        worker.work()

        assert worker.dead_letters.keys() == ends.keys() == {f"bad-{number}" for number in range(bad)}, seed
        assert len(handled) == good, seed
        assert max(ends.values()) <= 10, seed
