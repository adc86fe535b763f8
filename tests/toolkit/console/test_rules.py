"""What is wrong with the rules, queues and mappings of a stage, as its APIs tell it: on the edge that it is about."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ensemble.console.edges import edge
from tests.conftest import NAMES
from tests.toolkit.console.conftest import Library

REQUESTED = edge("loan", "LoanRequested", "shelf")
RULE, QUEUE = f"{NAMES.beginning}-shelf-LoanRequested", f"{NAMES.beginning}-shelf-events"


@pytest.fixture
def events(running: Library) -> Iterator[Any]:
    """EventBridge's client, and afterwards all as it was."""
    client = running.looked_at.account.client("events")
    yield client
    client.enable_rule(Name=RULE, EventBusName=NAMES.bus)


def test_as_it_is_synthesized_no_edge_has_a_fault_and_nothing_differs(running: Library) -> None:
    assert running.looked_at.source.rules() == {"faults": {}, "differs": []}


def test_a_rule_that_is_disabled_is_told_on_its_edge_alone(running: Library, events: Any) -> None:
    events.disable_rule(Name=RULE, EventBusName=NAMES.bus)

    told = running.looked_at.source.rules()

    assert told["faults"] == {REQUESTED: ["rule off", f"the rule {RULE} is disabled"]}
    assert told["differs"] == []


def test_a_target_that_is_gone_is_told_on_its_edge_alone(running: Library, events: Any) -> None:
    here = {"Rule": RULE, "EventBusName": NAMES.bus}
    targets = events.list_targets_by_rule(**here)["Targets"]
    events.remove_targets(**here, Ids=[one["Id"] for one in targets])

    running.laptop.run_for(61)
    told = running.looked_at.source.rules()
    events.put_targets(**here, Targets=targets)
    running.laptop.run_for(61)

    assert told["faults"].keys() == {REQUESTED}
    assert QUEUE in told["faults"][REQUESTED][1]
    assert running.looked_at.source.rules()["faults"] == {}


def test_a_mapping_that_is_off_is_told_on_all_edges_of_its_queue(running: Library) -> None:
    running.visitor.done("switches/service", service="shelf", stopped=True)

    faults = running.looked_at.source.rules()["faults"]
    running.visitor.done("switches/service", service="shelf", stopped=False)

    heard = {edge(one.source, one.event, one.service) for one in running.looked_at.declared.hearings}
    assert faults.keys() == {one for one in heard if one.endswith(">shelf")}
    assert faults[REQUESTED] == ["not read", f"no mapping takes messages from {QUEUE} to shelf"]
    assert running.looked_at.source.rules()["faults"] == {}
