"""The graph is what the templates do, by the real matcher and the real policies."""

from __future__ import annotations

from typing import Any

from ensemble.choreography.graph import Edge
from tests.conftest import NAMES
from tests.toolkit.choreography.conftest import SCHEMAS, SERVICES, GraphOf


def test_the_edges_of_a_project_are_its_reactions(graph_of: GraphOf) -> None:
    graph = graph_of()

    declared = {
        (SCHEMAS.publishers[reaction.event], reaction.event, service.name)
        for service in SERVICES
        for reaction in service.subscriptions
        if reaction.event != "*"
    }
    live = {(edge.publisher, edge.event, edge.service) for edge in graph.edges if not edge.replay}
    assert {edge for edge in live if edge[2] != "journal"} == declared
    assert {edge[1] for edge in live if edge[2] == "journal"} == set(SCHEMAS.publishers)


def test_the_replay_lane_leads_only_to_those_who_asked_for_it(graph_of: GraphOf) -> None:
    replayed = {(edge.event, edge.service) for edge in graph_of().edges if edge.replay}

    assert replayed == {
        (reaction.event, service.name) for service in SERVICES for reaction in service.subscriptions if reaction.replay
    }


def test_an_edge_is_there_because_the_pattern_matches_not_because_the_names_do(graph_of: GraphOf) -> None:
    def only_dear_loans(_: str, resource: dict[str, Any]) -> None:
        pattern = resource["Properties"].get("EventPattern", {})
        if "LoanRequested" in pattern.get("detail-type", []):
            pattern["detail"] = {"deposit": {"minor_units": [{"numeric": [">", 10**9]}]}}

    assert not [
        edge for edge in graph_of(only_dear_loans).edges if edge.event == "LoanRequested" and edge.service != "journal"
    ]


def test_a_publisher_that_the_policy_does_not_allow_has_no_edges(graph_of: GraphOf) -> None:
    def forbid(stack: str, resource: dict[str, Any]) -> None:
        if stack == NAMES.stack("shelf") and resource["Type"] == "AWS::IAM::Role":
            for policy in resource["Properties"].get("Policies", ()):
                statements = policy["PolicyDocument"]["Statement"]
                statements.append({"Effect": "Deny", "Action": "events:Put*", "Resource": "*"})

    assert not [edge for edge in graph_of(forbid).edges if edge.publisher == "shelf"]


def test_a_rule_may_lead_to_a_function_without_a_queue(graph_of: GraphOf) -> None:
    def straight(stack: str, resource: dict[str, Any]) -> None:
        if stack == NAMES.stack("courier") and "EventPattern" in resource["Properties"]:
            resource["Properties"]["Targets"][0]["Arn"] = {
                "Fn::Sub": f"arn:aws:lambda:eu-west-1:000000000000:function:{NAMES.consumer('courier')}"
            }

    edges = graph_of(straight).edges

    assert Edge("shelf", "CopiesReserved", "courier") in edges
