"""The laptop as its users see it: listeners, running, and looking at what happened."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from ensemble.aws.errors import InvocationFailed, ResourceNotFound
from ensemble.laptop import Laptop, RealClock, VirtualClock
from tests.toolkit.laptop.small import FAILS, SUCCEEDS, entry, laptop_with, subscriber
from tests.toolkit.laptop.test_main_path import loan_service, request_loan


def test_a_listener_may_put_events_which_are_heard_after_the_present_one(tmp_path: Path) -> None:
    with laptop_with(tmp_path) as laptop:
        heard: list[str] = []

        def follow_up(_bus: str, event: dict[str, Any]) -> None:
            if event["detail-type"] == "First":
                laptop.put_events([entry("Second")])
            heard.append(event["detail-type"])

        laptop.on_event(follow_up)
        laptop.put_events([entry("First"), entry("Other")])

        assert heard == ["First", "Other", "Second"]


def test_every_listener_hears_each_event_once(tmp_path: Path) -> None:
    with laptop_with(tmp_path) as laptop:
        one: list[str] = []
        other: list[str] = []
        laptop.on_event(lambda bus, _event: one.append(bus))
        laptop.on_event(lambda bus, _event: other.append(bus))
        laptop.put_events([entry()])
        laptop.run_until_idle()

        assert one == other == ["lending"]


def test_running_until_a_predicate_holds_stops_there(tmp_path: Path) -> None:
    with subscriber(tmp_path, SUCCEEDS) as laptop:
        laptop.put_events([entry()])

        assert laptop.run_until(lambda: len(laptop.queue("loan-queue").messages) == 1, timeout_seconds=5)
        assert laptop.function("loan").invocations == 0


def test_running_until_a_predicate_that_never_holds_takes_the_time_it_may(tmp_path: Path) -> None:
    with laptop_with(tmp_path) as laptop:
        start = laptop.now()

        assert not laptop.run_until(lambda: False, timeout_seconds=60)
        assert laptop.now() - start == 60


def test_invoking_a_function_returns_its_result_or_raises_what_it_raised(tmp_path: Path) -> None:
    with subscriber(tmp_path, SUCCEEDS) as laptop:
        assert laptop.invoke("loan", {"Records": []}) == {"batchItemFailures": []}
    with subscriber(tmp_path / "failing", FAILS) as laptop, pytest.raises(InvocationFailed, match="loan: ValueError"):
        laptop.invoke("loan", {})


@pytest.mark.parametrize("look", ["function", "topic_messages", "bucket_objects", "queue", "table_items"])
def test_what_is_not_there_is_an_error(tmp_path: Path, look: str) -> None:
    with laptop_with(tmp_path) as laptop, pytest.raises(ResourceNotFound, match="'gone'"):
        getattr(laptop, look)("gone")


def test_the_same_run_twice_is_the_same_to_the_last_byte(tmp_path: Path) -> None:
    runs = []
    for name in ("one", "other"):
        with Laptop(loan_service(tmp_path / name), VirtualClock("2026-01-01T00:00:00Z")) as laptop:
            events: list[Any] = []
            seen: list[Any] = []
            laptop.on_event(lambda bus, event, events=events: events.append((bus, event)))  # type: ignore[misc]
            laptop.before_invoke(lambda name, event, seen=seen: seen.append((name, event)))  # type: ignore[misc]
            laptop.put_events([request_loan("l-1"), request_loan("l-2")])
            laptop.run_until_idle()
            runs.append((events, seen, laptop.now()))

    assert runs[0] == runs[1]


def test_on_a_real_clock_the_hops_of_an_event_take_milliseconds(tmp_path: Path) -> None:
    with Laptop(loan_service(tmp_path), RealClock()) as laptop:
        laptop.load("loan")
        laptop.load("relay")
        heard: list[str] = []
        laptop.on_event(lambda _bus, event: heard.append(event["detail-type"]))
        start = time.monotonic()
        laptop.put_events([request_loan("l-1")])

        assert laptop.run_until(lambda: "LoanRequested" in heard, timeout_seconds=10)
        assert time.monotonic() - start < 2


def test_a_closed_laptop_can_be_closed_again(tmp_path: Path) -> None:
    laptop = laptop_with(tmp_path)
    laptop.close()
    laptop.close()


def test_what_a_listener_raises_changes_no_answer_and_is_raised_by_the_next_run(tmp_path: Path) -> None:
    with laptop_with(tmp_path) as laptop:
        heard: list[str] = []

        def broken(_bus: str, event: dict[str, Any]) -> None:
            raise KeyError(event["detail-type"])

        laptop.on_event(broken)
        laptop.on_event(lambda _bus, event: heard.append(event["detail-type"]))
        answer = laptop.put_events([entry("First")])

        assert (answer["FailedEntryCount"], heard) == (0, ["First"])
        with pytest.raises(KeyError, match="First"):
            laptop.run_until_idle()
        laptop.run_until_idle()


def test_what_listeners_raised_and_no_run_raised_again_is_raised_by_closing(tmp_path: Path) -> None:
    laptop = laptop_with(tmp_path)

    def broken(_bus: str, event: dict[str, Any]) -> None:
        raise KeyError(event["detail-type"])

    laptop.on_event(broken)
    laptop.put_events([entry("First"), entry("Second")])

    with pytest.raises(ExceptionGroup) as raised:
        laptop.close()
    assert [str(error) for error in raised.value.exceptions] == ["'First'", "'Second'"]
