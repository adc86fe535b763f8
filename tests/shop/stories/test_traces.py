"""One order is one trace of X-Ray: parents and children through publication, queue, redelivery and replay."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ensemble.command_line.run.look import names_of
from ensemble.laptop import Killed
from infrastructure.services import discover
from scenarios.shop.scenario import SCENARIO
from scenarios.shop.stories import STORIES
from tests.conftest import ROOT
from tests.kit.daemon import assert_is_of_the_form
from tests.shop.stories.conftest import ShopLaptop, example, laptop_on, play, playing
from tests.shop.stories.test_faults import put, start_replay
from tests.shop.stories.test_versions import call

HEARERS = {
    service.name: None if service.stores_events else {reaction.event for reaction in service.reactions}
    for service in discover(ROOT)
}
"""What each service hears; None: all."""

Document = dict[str, Any]


class Traced:
    """A traced laptop, and the events on its bus by their ids."""

    def __init__(self, laptop: ShopLaptop) -> None:
        self.laptop = laptop
        self.events: dict[str, dict[str, Any]] = {}
        laptop.on_event(lambda _, event: self._note(event))

    def _note(self, event: dict[str, Any]) -> None:
        self.events[event["detail"].get("event_id", event["id"])] = event

    def traces(self, expression: str) -> list[list[Document]]:
        """Return the documents of the traces that a filter finds, by X-Ray's own operations."""
        end = self.laptop.now() + 1
        asked = {"StartTime": end - 86_400, "EndTime": end, "FilterExpression": expression}
        ids = [one["Id"] for one in call(self.laptop, "xray.GetTraceSummaries", asked)["TraceSummaries"]]
        found = [call(self.laptop, "xray.BatchGetTraces", {"TraceIds": [id]})["Traces"][0] for id in ids]
        return [[json.loads(one["Document"]) for one in trace["Segments"]] for trace in found]

    def of_workflow(self, workflow: str) -> list[list[Document]]:
        """Return the traces of one order: each command and each timer begins one."""
        return self.traces(f'annotation.correlation_id = "{workflow}"')

    @property
    def workflows(self) -> set[str]:
        """The workflows of all orders."""
        placed = [one["detail"] for one in self.events.values() if one["detail-type"] == "OrderPlaced"]
        return {detail["correlation_id"] for detail in placed}

    def place(self, order: str, **fields: Any) -> list[list[Document]]:
        """Place an order, and return the traces of its workflow."""
        before = self.workflows
        put(self.laptop, "storefront", "PlaceOrder", {**example("PlaceOrder"), "order_id": order, **fields})
        self.laptop.run_until_idle()
        return [trace for workflow in self.workflows - before for trace in self.of_workflow(workflow)]


@pytest.fixture(scope="module")
def traced(assembly: Path) -> Iterator[Traced]:
    """A traced laptop on which all stories were played."""
    with laptop_on(assembly, is_traced=True) as laptop:
        made = Traced(laptop)
        play(laptop, SCENARIO)
        yield made


def assert_each_comes_after_its_cause(traced: Traced, documents: list[Document]) -> None:
    """In one trace the parent of each segment is that of the event's publisher, about the event's cause."""
    known = {one["id"]: one for one in documents}
    for document in documents:
        event = traced.events.get(document["annotations"]["event_id"])
        if event is None or event["source"] not in HEARERS:  # a timer or a command
            assert "parent_id" not in document
            continue
        parent = known[document["parent_id"]]
        of_parent = parent["name"], parent["annotations"]["event_id"], parent["trace_id"]
        assert of_parent == (event["source"], event["detail"]["causation_id"], document["trace_id"])


def test_each_event_that_a_service_handled_is_in_a_trace_of_its_order_after_what_published_it(traced: Traced) -> None:
    traces = [trace for workflow in traced.workflows for trace in traced.of_workflow(workflow)]
    handled = {
        (one["name"], one["annotations"]["event_id"])
        for documents in traces
        for one in documents
        if one["annotations"]["outcome"] == "EventHandled"
    }

    assert len(traced.workflows) == len(STORIES)
    assert handled >= {
        (service, id)
        for id, event in traced.events.items()
        if event["detail"].get("correlation_id") in traced.workflows
        for service, heard in HEARERS.items()
        if heard is None or event["detail-type"] in heard
    }
    for documents in traces:
        assert_each_comes_after_its_cause(traced, documents)
        for document in documents:
            assert_is_of_the_form(document)


def test_one_order_is_one_trace_from_its_command_to_the_last_reaction(traced: Traced) -> None:
    (documents,) = traced.place("o-1")

    assert {one["name"] for one in documents} == set(HEARERS)
    assert len({one["id"] for one in documents}) == len(documents)
    roots = [one["annotations"]["type"] for one in documents if "parent_id" not in one]
    assert roots == ["PlaceOrder"] * 2  # the service's, and the event store's
    assert {one["annotations"].get("row_key") for one in documents} >= {"order_id#o-1"}
    assert all(traced.laptop.now() - 60 < one["start_time"] <= one["end_time"] for one in documents)


def test_an_order_that_is_given_up_is_a_fault_in_its_trace_and_found_as_one(traced: Traced) -> None:
    traced.place("o-2", email=4242_4242)

    (documents,) = traced.traces('fault AND annotation.row_key = "order_id#o-2"')

    (document,) = [one for one in documents if one.get("fault")]
    assert (document["name"], document["annotations"]["outcome"]) == ("order", "EventDeadLettered")
    assert document["cause"]["exceptions"][0]["type"] == "ContractViolation"
    assert "42424242" not in json.dumps(documents)


def test_a_replay_has_lost_its_header_and_is_in_the_trace_by_its_traceparent(traced: Traced) -> None:
    (before,) = traced.place("o-3")
    (workflow,) = {one["annotations"]["correlation_id"] for one in before}
    start_replay(traced.laptop, names_of(traced.laptop).bus)
    traced.laptop.run_until_idle()

    (documents,) = traced.of_workflow(workflow)

    again = [one for one in documents if one not in before]
    assert {(one["name"], one["annotations"]["outcome"]) for one in again} == {("analytics", "EventDuplicate")}
    assert_each_comes_after_its_cause(traced, documents)


def test_whatever_comes_twice_or_ends_the_function_leaves_one_tree(assembly: Path) -> None:
    ended: Counter[str] = Counter()

    def end_once(function: str, _: Any) -> None:
        ended[function] += 1
        if ended[function] == 1:
            raise Killed(function)

    with laptop_on(assembly, is_traced=True) as laptop:
        traced = Traced(laptop)
        play(laptop, playing())
        laptop.duplicate_deliveries = 2
        laptop.after_invoke(end_once)

        (documents,) = traced.place("o-1")

        outcomes = Counter(one["annotations"]["outcome"] for one in documents)
        assert outcomes["EventDuplicate"] > 5
        assert_each_comes_after_its_cause(traced, documents)


def test_a_laptop_that_is_not_traced_has_no_trace_and_no_event_has_one(assembly: Path) -> None:
    with laptop_on(assembly) as laptop:
        untraced = Traced(laptop)
        put(laptop, "storefront", "PlaceOrder", {**example("PlaceOrder"), "order_id": "o-1"})
        laptop.run_until_idle()

        assert untraced.traces("") == []
        assert untraced.workflows
        assert not any("traceparent" in event["detail"] for event in untraced.events.values())
