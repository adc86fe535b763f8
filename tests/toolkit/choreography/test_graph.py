"""The graph is what the templates do, by the real matcher and the real policies."""

from __future__ import annotations

from typing import Any

from ensemble.choreography.graph import Edge
from tests.toolkit.choreography.conftest import SCHEMAS, SERVICES, GraphOf


def test_the_shops_edges_are_its_reactions(graph_of: GraphOf) -> None:
    graph = graph_of()

    declared = {
        (SCHEMAS.publishers[reaction.event], reaction.event, service.name)
        for service in SERVICES
        for reaction in service.subscriptions
        if reaction.event != "*"
    }
    live = {(edge.publisher, edge.event, edge.service) for edge in graph.edges if not edge.replay}
    assert {edge for edge in live if edge[2] != "audit"} == declared
    assert {edge[1] for edge in live if edge[2] == "audit"} == set(SCHEMAS.publishers)


def test_the_replay_lane_leads_only_to_those_who_asked_for_it(graph_of: GraphOf) -> None:
    replayed = {(edge.event, edge.service) for edge in graph_of().edges if edge.replay}

    assert replayed == {
        (reaction.event, service.name) for service in SERVICES for reaction in service.subscriptions if reaction.replay
    }


def test_an_edge_is_there_because_the_pattern_matches_not_because_the_names_do(graph_of: GraphOf) -> None:
    def only_rich_orders(_: str, resource: dict[str, Any]) -> None:
        pattern = resource["Properties"].get("EventPattern", {})
        if "OrderPlaced" in pattern.get("detail-type", []):
            pattern["detail"] = {"total": {"minor_units": [{"numeric": [">", 10**9]}]}}

    assert not [
        edge for edge in graph_of(only_rich_orders).edges if edge.event == "OrderPlaced" and edge.service != "audit"
    ]


def test_a_publisher_that_the_policy_does_not_allow_has_no_edges(graph_of: GraphOf) -> None:
    def forbid(stack: str, resource: dict[str, Any]) -> None:
        if stack == "dev-payment" and resource["Type"] == "AWS::IAM::Role":
            for policy in resource["Properties"]["Policies"]:
                statements = policy["PolicyDocument"]["Statement"]
                statements.append({"Effect": "Deny", "Action": "events:Put*", "Resource": "*"})

    assert not [edge for edge in graph_of(forbid).edges if edge.publisher == "payment"]


def test_a_rule_may_lead_to_a_function_without_a_queue(graph_of: GraphOf) -> None:
    def straight(stack: str, resource: dict[str, Any]) -> None:
        if stack == "dev-shipping" and "EventPattern" in resource["Properties"]:
            resource["Properties"]["Targets"][0]["Arn"] = {
                "Fn::Sub": "arn:aws:lambda:eu-west-1:000000000000:function:dev-shipping"
            }

    edges = graph_of(straight).edges

    assert Edge("payment", "PaymentCharged", "shipping") in edges
