"""The faults of a running `up`, at each request: which are refused, which are carried out, and whose."""

from __future__ import annotations

import json
import threading
from types import SimpleNamespace
from typing import Any

import pytest

from ensemble.aws.errors import Killed
from ensemble.command_line.run.injecting import Injected
from ensemble.laptop.answers import Answer, json_answer
from ensemble.scenario.sandboxes import Sandboxes
from tests.conftest import NAMES


class Hooked:
    """A laptop with two services, of which requests and invocations come by the hooks."""

    duplicate_deliveries = 1
    engine = SimpleNamespace(lock=threading.Lock())

    def __init__(self) -> None:
        services = ("loan", "shelf")
        self.functions = {
            NAMES.consumer(one): SimpleNamespace(handler=f"functions.{one}.handler.handler") for one in services
        }
        self.queues: dict[str, Any] = {}
        self.done = 0
        self.injected = Injected(self, NAMES, Sandboxes())  # type: ignore[arg-type]

    def before_invoke(self, hook: Any) -> None:
        self.before = hook

    def after_invoke(self, hook: Any) -> None:
        self.after = hook

    def around_requests(self, around: Any) -> None:
        self.around = around

    def switch(self, fault: str, *, on: bool = True) -> None:
        self.injected.switch({"fault": fault, "target": "shelf", "on": on})

    def of_table(self, service: str) -> Answer:
        """Ask DynamoDB for a row."""
        body = {"TableName": NAMES.table(service), "Key": {}}
        return self._asked("DynamoDB_20120810.GetItem", body)

    def put(self, source: str, number: int = 2) -> Answer:
        """Put events on the bus."""
        return self._asked("AWSEvents.PutEvents", {"Entries": [{"Source": source}] * number})

    def _asked(self, target: str, body: dict[str, Any]) -> Answer:
        def answer() -> Answer:
            self.done += 1
            return json_answer(200, {})

        asked: Answer = self.around({"x-amz-target": target}, json.dumps(body).encode(), answer)
        return asked

    def is_killed(self, hook: Any, service: str) -> bool:
        try:
            hook(NAMES.consumer(service), {})
        except Killed:
            return True
        return False


@pytest.fixture
def laptop() -> Hooked:
    return Hooked()


def test_an_answer_that_is_lost_is_of_what_was_done(laptop: Hooked) -> None:
    laptop.switch("ANSWER_LOST")

    assert [laptop.of_table("shelf").status for _ in range(6)] == [200, 200, 500, 200, 200, 500]
    assert laptop.done == 6


@pytest.mark.parametrize(
    ("fault", "code"),
    [("TABLE_THROTTLED", "ProvisionedThroughputExceededException"), ("DATABASE_DOWN", "InternalServerError")],
)
def test_what_a_table_refuses_is_not_done_and_other_tables_answer(laptop: Hooked, fault: str, code: str) -> None:
    laptop.switch(fault)

    assert json.loads(laptop.of_table("shelf").body)["__type"] == code
    assert laptop.done == 0
    assert laptop.of_table("loan").status == 200
    assert laptop.put("shelf").status == 200


def test_the_bus_refuses_every_second_requests_entries_one_by_one(laptop: Hooked) -> None:
    laptop.switch("ENTRIES_FAILED")

    answers = [json.loads(laptop.put("shelf").body) for _ in range(4)]

    assert [one.get("FailedEntryCount") for one in answers] == [None, 2, None, 2]
    assert {entry["ErrorCode"] for entry in answers[1]["Entries"]} == {"InternalFailure"}
    assert laptop.done == 2


def test_the_bus_that_is_down_for_a_service_takes_what_others_publish(laptop: Hooked) -> None:
    laptop.switch("BUS_DOWN")

    assert [laptop.put("shelf").status, laptop.put("loan").status] == [500, 200]


def test_invocations_end_before_or_after_their_work(laptop: Hooked) -> None:
    laptop.switch("OUTAGE")
    laptop.switch("CRASH")

    assert [laptop.is_killed(laptop.before, "shelf") for _ in range(2)] == [True, True]
    assert [laptop.is_killed(laptop.after, "shelf") for _ in range(4)] == [False, True, False, True]
    assert not laptop.is_killed(laptop.before, "loan")


def test_what_is_switched_off_strikes_no_more(laptop: Hooked) -> None:
    for fault in ("OUTAGE", "TABLE_THROTTLED", "BUS_DOWN"):
        laptop.switch(fault)
        laptop.switch(fault, on=False)

    assert not laptop.is_killed(laptop.before, "shelf")
    assert [laptop.of_table("shelf").status, laptop.put("shelf").status] == [200, 200]
