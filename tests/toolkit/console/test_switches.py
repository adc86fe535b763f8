"""The switches of a laptop AWS: services stopped and started, faults by name; and what cards say of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ensemble.command_line.run.injectable import INJECTABLE, ONLY_SIMULATED
from ensemble.simulator.faults import Fault
from scenarios.lending.scenario import loan
from tests.conftest import NAMES
from tests.toolkit.console.conftest import Library

MINUTE = 60.0


@pytest.fixture
def switched(library: Library) -> Iterator[Library]:
    """A library of which all is switched back."""
    yield library
    for fault in switches(library)["faults"]:
        for target in fault["on"]:
            switch(library, fault["name"], target, on=False)
    for service in ("loan", "shelf", "courier"):
        library.visitor.done("switches/service", service=service, stopped=False)


def switches(library: Library) -> Any:
    return library.visitor.get("switches")


def switch(library: Library, name: str, target: str, *, on: bool = True) -> Any:
    return library.visitor.done("switches/fault", fault=name, target=target, on=on)


def card(library: Library, service: str) -> Any:
    return library.looked_at.source.facts()["nodes"][service]


def state(library: Library, key: str) -> str:
    return str(library.visitor.get(f"workflow/{key}")["shown"])


def invocations(library: Library, service: str) -> int:
    return library.laptop.functions[NAMES.consumer(service)].invocations


def test_a_service_that_is_stopped_takes_nothing_and_its_card_says_how_much_waits(switched: Library) -> None:
    told = switched.visitor.done("switches/service", service="courier", stopped=True)
    switched.ask_for("loan-stopped")

    assert [one["name"] for one in told["services"] if one["is_stopped"]] == ["courier"]
    assert (card(switched, "courier")["state"], card(switched, "courier")["text"]) == ("stopped", "stopped, 1 waiting")
    switched.laptop.run_for(3 * MINUTE)
    assert card(switched, "courier")["text"].startswith("stopped, 1 waiting, the oldest for ")
    assert 2 * MINUTE <= card(switched, "courier")["oldest"] / 1_000 <= 4 * MINUTE
    assert state(switched, "loan-stopped") == "waiting"

    switched.visitor.done("switches/service", service="courier", stopped=False)
    switched.laptop.run_for(MINUTE)

    assert state(switched, "loan-stopped") == "done"
    assert card(switched, "courier")["state"] == "ok"


def test_a_service_that_there_is_not_cannot_be_stopped(library: Library) -> None:
    assert library.visitor.post("switches/service", service="nobody", stopped=True)[0] == 404
    assert library.visitor.post("switches/service", service="loan", stopped="yes")[0] == 404


def test_each_fault_of_the_simulator_is_a_switch_or_named_as_its_own(library: Library) -> None:
    told = switches(library)

    assert {one["name"] for one in told["faults"]} == {one.fault.name for one in INJECTABLE}
    assert len(told["faults"]) + len(told["only_simulated"]) == len(Fault)
    assert told["only_simulated"] == [str(one) for one in ONLY_SIMULATED]
    assert [one["targets"] for one in told["faults"] if one["of"] == "sandbox"] == [["carrier"]]


@pytest.mark.parametrize("fault", ["OUTAGE", "TABLE_THROTTLED", "DELIVERED_LATE"])
def test_a_workflow_waits_while_its_service_has_the_fault_and_ends_after_it(switched: Library, fault: str) -> None:
    switch(switched, fault, "courier")
    switched.ask_for(f"loan-{fault}")
    switched.laptop.run_for(2 * MINUTE)
    assert state(switched, f"loan-{fault}") in ("waiting", "running")

    told = switch(switched, fault, "courier", on=False)
    switched.laptop.run_for(15 * MINUTE)

    assert [one["on"] for one in told["faults"] if one["name"] == fault] == [[]]
    assert state(switched, f"loan-{fault}") == "done"


def test_what_an_invocation_did_that_ended_too_soon_is_not_done_twice(switched: Library) -> None:
    before = invocations(switched, "shelf")
    switch(switched, "CRASH", "shelf")

    for number in range(2):
        switched.ask_for(f"loan-crash-{number}")
    switched.laptop.run_for(5 * MINUTE)

    assert invocations(switched, "shelf") - before > 2
    for number in range(2):
        workflow = switched.visitor.get(f"workflow/loan-crash-{number}")
        types = [one["type"] for one in workflow["events"]]
        assert (workflow["shown"], len(types)) == ("done", len(set(types)))


def test_events_are_delivered_twice_until_it_is_switched_off(switched: Library) -> None:
    switch(switched, "DELIVERED_TWICE", "stage")
    assert switched.laptop.duplicate_deliveries == 2

    switch(switched, "DELIVERED_TWICE", "stage", on=False)
    assert switched.laptop.duplicate_deliveries == 1


def test_what_fails_now_and_then_is_tried_again(switched: Library) -> None:
    switch(switched, "ANSWER_LOST", "shelf")
    switch(switched, "ENTRIES_FAILED", "shelf")

    for number in range(2):
        switched.ask_for(f"loan-again-{number}")
    switched.laptop.run_for(10 * MINUTE)

    assert [state(switched, f"loan-again-{number}") for number in range(2)] == ["done"] * 2


def test_the_breaker_of_a_bus_that_takes_nothing_is_on_the_card(switched: Library) -> None:
    switch(switched, "BUS_DOWN", "shelf")
    loans = [loan(f"loan-bus-{number}", 1) for number in range(10)]
    switched.laptop.put_events([switched.entry(one.type, one.source, dict(one.fields)) for one in loans])
    switched.laptop.run_for(3 * MINUTE)
    assert card(switched, "shelf")["text"].startswith("EventBridge down")

    switch(switched, "BUS_DOWN", "shelf", on=False)
    switched.laptop.run_for(10 * MINUTE)

    assert card(switched, "shelf")["state"] == "ok"
    assert state(switched, "loan-bus-0") == "done"


def test_a_sandbox_is_down_until_it_is_switched_back(switched: Library) -> None:
    switch(switched, "PROVIDER_DOWN", "carrier")
    assert not switched.carrier.is_up

    switch(switched, "PROVIDER_DOWN", "carrier", on=False)
    assert switched.carrier.is_up


@pytest.mark.parametrize(
    "asked",
    [
        {"fault": "STALL", "target": "loan", "on": True},
        {"fault": "OUTAGE", "target": "nobody", "on": True},
        {"fault": "OUTAGE", "target": "loan", "on": "yes"},
        {"fault": "PROVIDER_DOWN", "target": "stage", "on": True},
    ],
)
def test_what_is_no_fault_here_or_of_nothing_here_is_refused(library: Library, asked: dict[str, Any]) -> None:
    status, told = library.visitor.post("switches/fault", **asked)

    assert status == 400
    assert "one of" in told["error"]
    assert all(not one["on"] for one in switches(library)["faults"])


@pytest.mark.parametrize("seconds", [0, -5, "60", None])
def test_the_clock_is_moved_forward_only(library: Library, seconds: object) -> None:
    status, told = library.visitor.post("switches/clock", seconds=seconds)

    assert (status, told["error"]) == (400, "time can be moved by a number of seconds, and forward only")
