"""The checks leave ordinary CDK resources alone, and give what is opaque the benefit of the doubt."""

from __future__ import annotations

import json
import os
import subprocess
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ensemble.aws.resource_types import ROLE
from ensemble.choreography.checks import violations
from ensemble.choreography.gate import refuse_what_breaks
from ensemble.choreography.graph import Graph, read_graph
from ensemble.choreography.retention import longest_delivery_days
from tests.conftest import NAMES
from tests.synthesizing import ensemble_command
from tests.toolkit.choreography.conftest import SCHEMAS, SERVICES, Edit, GraphOf, with_reaction

Resource = dict[str, Any]
FOREIGN = {"Fn::ImportValue": "elsewhere"}


@pytest.fixture(scope="module")
def beside(assembly_beside: Path) -> Graph:
    return read_graph(assembly_beside, SERVICES, SCHEMAS)


def test_the_gate_lets_every_ordinary_resource_and_intrinsic_pass(project_beside: Path) -> None:
    refuse_what_breaks(project_beside / "cdk.out", SERVICES, SCHEMAS, date.today())


def test_the_graph_is_the_same_with_ordinary_resources_beside_the_services(beside: Graph, graph_of: GraphOf) -> None:
    alone = graph_of()

    assert beside.edges == alone.edges
    assert beside.rules == alone.rules
    assert beside.publishable == alone.publishable
    assert longest_delivery_days(beside.resources) == longest_delivery_days(alone.resources)


def test_check_passes_with_ordinary_resources_beside_the_services(project_beside: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "CDK_"))}

    run = subprocess.run(
        ensemble_command("check"),
        cwd=project_beside,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (run.returncode, run.stderr) == (0, "")
    assert "compatible, delivered, compensated" in run.stdout


# What is opaque in a service's own resources


def at(type: str, stack: str, change: Any) -> Edit:
    """Return an edit of the properties of the resources of one type in one stack, of roles those with policies."""

    def edit(name: str, resource: Resource) -> None:
        if (name, resource["Type"]) == (stack, type) and (type != ROLE or "Policies" in resource["Properties"]):
            change(resource["Properties"])

    return edit


def opaque_bus(properties: Resource) -> None:
    for policy in properties["Policies"]:
        for statement in policy["PolicyDocument"]["Statement"]:
            if statement["Action"] == ["events:PutEvents"]:
                statement["Resource"] = FOREIGN


def opaque_source(properties: Resource) -> None:
    text = json.dumps(properties["Policies"]).replace('["shelf"]', json.dumps([FOREIGN]))
    properties["Policies"] = json.loads(text)


def opaque_deny(properties: Resource) -> None:
    deny = {"Effect": "Deny", "Action": "events:PutEvents", "Resource": FOREIGN}
    properties["Policies"][0]["PolicyDocument"]["Statement"].append(deny)


def may_put_elsewhere(properties: Resource) -> None:
    allow = {"Effect": "Allow", "Action": "events:PutEvents", "Resource": FOREIGN}
    properties["Policies"][0]["PolicyDocument"]["Statement"].append(allow)


def opaque_policy(properties: Resource) -> None:
    properties["Policies"].append({"PolicyName": "more", "PolicyDocument": FOREIGN})


@pytest.mark.parametrize("change", [opaque_bus, opaque_source, opaque_deny, may_put_elsewhere, opaque_policy])
def test_a_policy_of_which_only_a_deployment_knows_what_it_permits_is_not_refused(
    change: Any, graph_of: GraphOf
) -> None:
    assert not violations(graph_of(at(ROLE, NAMES.stack("shelf"), change)))


def may_only_put_elsewhere(properties: Resource) -> None:
    opaque_bus(properties)
    for statement in properties["Policies"][0]["PolicyDocument"]["Statement"]:
        statement.pop("Condition", None)


@pytest.mark.parametrize("change", [may_only_put_elsewhere, opaque_bus])
def test_what_a_service_may_put_on_a_bus_that_only_a_deployment_knows_is_not_said_to_be_too_much(
    change: Any, graph_of: GraphOf
) -> None:
    silent = with_reaction("shelf", "LoanRequested", refusals=())

    messages = violations(graph_of(at(ROLE, NAMES.stack("shelf"), change), silent))

    assert not [message for message in messages if "lets it put" in str(message)]


@pytest.mark.parametrize(
    "opaque", [{"source": [FOREIGN]}, {"detail-type": [FOREIGN]}, {"detail": {"version": [FOREIGN]}}]
)
def test_a_pattern_of_which_only_a_deployment_knows_a_part_is_not_refused(opaque: Resource, graph_of: GraphOf) -> None:
    def change(properties: Resource) -> None:
        if "DeliveryRefused" in properties.get("EventPattern", {}).get("detail-type", []):
            properties["EventPattern"].update(opaque)

    graph = graph_of(at("AWS::Events::Rule", NAMES.stack("shelf"), change))

    assert not violations(graph)
    assert {edge.event for edge in graph.edges if edge.service == "shelf"} == {
        "LoanRequested",
        "DeliveryRefused",
        "AddCopies",
    }


@pytest.mark.parametrize(
    ("type", "stack", "change"),
    [
        ("AWS::SQS::Queue", NAMES.stack("shelf"), {"MessageRetentionPeriod": FOREIGN}),
        ("AWS::Events::Archive", NAMES.stack("platform"), {"RetentionDays": FOREIGN}),
        ("AWS::S3::Bucket", NAMES.stack("shelf"), {"LifecycleConfiguration": FOREIGN}),
        ("AWS::DynamoDB::Table", NAMES.stack("shelf"), {"TimeToLiveSpecification": FOREIGN}),
        ("AWS::Lambda::EventSourceMapping", NAMES.stack("shelf"), {"MaximumRecordAgeInSeconds": FOREIGN}),
    ],
)
def test_a_time_that_only_a_deployment_knows_is_not_refused(
    type: str, stack: str, change: Resource, graph_of: GraphOf
) -> None:
    assert not violations(graph_of(at(type, stack, lambda properties: properties.update(change))))


def test_an_archive_of_the_domain_bus_counts_whoever_made_it(graph_of: GraphOf) -> None:
    """It can deliver again what its bus took, so what it keeps for ever is known to be wrong."""

    def unbounded(properties: Resource) -> None:
        del properties["RetentionDays"]

    messages = violations(graph_of(at("AWS::Events::Archive", NAMES.stack("platform"), unbounded)))

    assert all("remembers the id of an event for" in str(message) for message in messages)
    assert messages
