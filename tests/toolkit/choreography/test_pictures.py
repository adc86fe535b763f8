"""The graph drawn: the same edges in every language, whole or around one name."""

from __future__ import annotations

import json
import re

import pytest

from ensemble.choreography.graph import Graph
from ensemble.choreography.pictures import as_json, dot, drawn, hearing_everything, mermaid
from tests.toolkit.choreography.conftest import GraphOf

MERMAID = re.compile(r"    (\w+)(?:\(\[\w+\]\))? (-->|-\.->)\|(\w+)\| (\w+)")
DOT = re.compile(r'    "(\w+)" -> "(\w+)" \[label="(\w+)"(, style=dotted)?\];')


@pytest.fixture
def graph(graph_of: GraphOf) -> Graph:
    return graph_of()


def edges(graph: Graph) -> set[tuple[str, str, str]]:
    hidden = hearing_everything(graph)
    return {(one.publisher, one.event, one.service) for one in graph.edges if one.service not in hidden}


def test_mermaid_draws_every_edge_but_to_those_who_hear_everything(graph: Graph) -> None:
    lines = mermaid(graph, drawn(graph)).splitlines()

    matches = [MERMAID.fullmatch(line) for line in lines[1:]]
    assert lines[0] == "flowchart LR"
    assert {(m[1], m[3], m[4]) for m in matches if m} == edges(graph)
    assert all(matches)


def test_failures_and_what_compensations_publish_are_dotted(graph: Graph) -> None:
    dotted = {m[3] for m in map(MERMAID.fullmatch, mermaid(graph, drawn(graph)).splitlines()) if m and m[2] == "-.->"}

    assert dotted == {"CopiesRefused", "CopiesReleased", "DeliveryRefused", "LoanRefused"}


def test_dot_draws_the_same(graph: Graph) -> None:
    text = dot(graph, drawn(graph))

    matches = [m for m in map(DOT.fullmatch, text.splitlines()) if m]
    assert {(m[1], m[3], m[2]) for m in matches} == edges(graph)
    assert {m[3] for m in matches if m[4]} >= {"DeliveryRefused"}
    assert text.startswith("digraph ensemble {\n")
    assert text.endswith("\n}")


def test_json_has_services_events_with_kind_and_path_and_edges(graph: Graph) -> None:
    content = json.loads(as_json(graph, drawn(graph)))

    assert {(one["from"], one["event"], one["to"]) for one in content["edges"]} == edges(graph)
    by_name = {one["name"]: one for one in content["events"]}
    assert by_name["RequestLoan"]["kind"] == "command"
    assert by_name["LoanRequested"] == {
        "name": "LoanRequested",
        "kind": "event",
        "publisher": "loan",
        "versions": ["1.0", "1.1", "2.0"],
        "path": "happy",
    }
    assert by_name["DeliveryRefused"]["path"] == "compensation"
    assert {"name": "desk", "outside": True} in content["services"]


def test_around_a_service_is_what_it_hears_and_publishes(graph: Graph) -> None:
    around = {(one.publisher, one.event, one.service) for one in drawn(graph, "courier")}

    assert around == {edge for edge in edges(graph) if "courier" in (edge[0], edge[2])}


def test_around_an_event_is_what_leads_to_it_and_what_it_leads_to(graph: Graph) -> None:
    assert {one.event for one in drawn(graph, "CopiesReserved")} == {
        "LoanRequested",
        "CopiesReserved",
        "CopiesSent",
        "DeliveryRefused",
    }


def test_a_picture_is_the_same_each_time(graph_of: GraphOf) -> None:
    assert mermaid(graph_of(), drawn(graph_of())) == mermaid(graph_of(), drawn(graph_of()))
