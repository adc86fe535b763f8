"""A service counts the workflows that begin and end with it, each at its deadline."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from functions.kit import clock, telemetry
from functions.kit.errors import ServiceMisdeclared
from functions.kit.model import Workflow
from tests.kit.conftest import NOON, Kit, record
from tests.kit.locker import LOCKER

DELIVERY = Workflow("ParcelArrived", done=("CourierCalled",), undone=("ParcelRefused",), within=timedelta(seconds=60))

Counts = list[tuple[str, float]]


@pytest.fixture
def kit(kit: Kit) -> Kit:
    """A locker with space that promises that a courier is called within a minute."""
    kit.handle(record("SpaceAdded", {"receipt_id": "r-1", "size": "S", "amount": 5}, event_id="e-0"))
    kit.consumer = kit.another_worker(service=replace(LOCKER, workflow=DELIVERY))
    return kit


def counted(capsys: pytest.CaptureFixture[str]) -> Counts:
    """Return which workflows were counted, and at how many seconds after noon."""
    telemetry.metrics.clear_metrics()
    telemetry.flush()
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    return [
        (metric["Name"], line["_aws"]["Timestamp"] / 1_000 - NOON)
        for line in lines
        for metric in line["_aws"]["CloudWatchMetrics"][0]["Metrics"]
    ]


def of_workflows(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return [name for name, _ in counted(capsys) if name.startswith("Workflow")]


def arrives(event_id: str = "e-1", **more: Any) -> dict[str, Any]:
    return record("ParcelArrived", {"locker_id": "l-1", "parcels": [{"size": "S"}]}, event_id=event_id, **more)


def wanted(event_id: str = "e-2") -> dict[str, Any]:
    return record("CourierWanted", {"locker_id": "l-1"}, event_id=event_id)


def deadline(kit: Kit) -> float | None:
    return kit.rows.load("locker_id#l-1").deadline


def test_one_that_begins_is_due_at_its_deadline_and_in_time_at_the_same_instant(
    kit: Kit, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    kit.handle(arrives())
    monkeypatch.setattr(clock, "now", lambda: NOON + 60)
    kit.handle(wanted())

    assert counted(capsys) == [("WorkflowDue", 60), ("WorkflowInTime", 60)]
    assert deadline(kit) is None


def test_those_of_a_minute_and_an_invocation_are_one_line(kit: Kit, capsys: pytest.CaptureFixture[str]) -> None:
    for instant in (NOON, NOON + 59.999, NOON + 60):
        telemetry.count_at("WorkflowDue", instant)
    telemetry.count_at("WorkflowLate", NOON + 1)
    telemetry.metrics.clear_metrics()

    telemetry.flush()

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(line["WorkflowDue"], line.get("WorkflowLate")) for line in lines] == [([2.0], [1.0]), ([1.0], None)]


def test_one_that_ends_after_its_deadline_is_late(
    kit: Kit, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    kit.handle(arrives())
    monkeypatch.setattr(clock, "now", lambda: NOON + 60.001)
    kit.handle(wanted())

    assert counted(capsys) == [("WorkflowDue", 60), ("WorkflowLate", 60)]


def test_its_time_counts_from_the_instant_that_its_first_event_says_and_what_comes_too_late_is_due_now(
    kit: Kit, capsys: pytest.CaptureFixture[str]
) -> None:
    kit.handle(arrives(timestamp="2026-01-01T11:58:30.000Z"))

    assert counted(capsys) == [("WorkflowDue", 0)]
    assert deadline(kit) == NOON - 30


def test_a_duplicate_counts_nothing(kit: Kit, capsys: pytest.CaptureFixture[str]) -> None:
    kit.handle(arrives(), arrives())
    kit.handle(wanted(), wanted())
    kit.handle(wanted("e-3"))

    assert of_workflows(capsys) == ["WorkflowDue", "WorkflowInTime"]


def test_what_the_bus_does_not_take_is_counted_when_it_was_committed(
    kit: Kit, capsys: pytest.CaptureFixture[str]
) -> None:
    kit.bus.fault = TimeoutError()
    kit.handle(arrives())
    kit.bus.fault = None
    kit.handle(arrives())

    assert of_workflows(capsys) == ["WorkflowDue"]


def test_a_refusal_begins_none(kit: Kit, capsys: pytest.CaptureFixture[str]) -> None:
    refusing = [
        replace(one, emits=(), refusals=one.publishes) for one in LOCKER.reactions if one.event == "ParcelArrived"
    ]
    others = [one for one in LOCKER.reactions if one.event != "ParcelArrived"]
    service = replace(LOCKER, reactions=(*refusing, *others), workflow=replace(DELIVERY, undone=()))
    kit.consumer = kit.another_worker(service=service)

    kit.handle(arrives())

    assert (counted(capsys), deadline(kit)) == ([], None)


def test_a_row_that_an_earlier_kit_began_ends_uncounted(kit: Kit, capsys: pytest.CaptureFixture[str]) -> None:
    kit.consumer, promising = kit.another_worker(), kit.consumer
    kit.handle(arrives())
    kit.consumer = promising

    kit.handle(wanted())

    assert counted(capsys) == []


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"starts": "ParcelLost"}, "to which it has no reaction"),
        ({"done": ("ParcelLost",)}, "no reaction of it declares"),
    ],
)
def test_a_service_declares_no_workflow_that_does_not_start_and_end_with_it(
    changes: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(ServiceMisdeclared, match=complaint):
        replace(LOCKER, workflow=replace(DELIVERY, **changes))


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"done": "CourierCalled"}, "needs a comma"),
        ({"within": timedelta(0)}, "more than nothing"),
        ({"within": timedelta(hours=2)}, "at most"),
        ({"share": 0.5}, "0.95 or more"),
        ({"share": 1.0}, "less than 1"),
    ],
)
def test_a_promise_that_no_alarm_can_hold_is_refused(changes: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ServiceMisdeclared, match=complaint):
        replace(DELIVERY, **changes)
