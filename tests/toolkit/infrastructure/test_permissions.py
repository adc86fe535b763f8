"""Each function may do what its service declares, to what its service owns, and nothing more."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from ensemble.contracts.schemas import Schemas
from functions.kit.model import Service
from infrastructure.counters import moves_counters
from tests.conftest import NAMES
from tests.toolkit.infrastructure.templates import Template, statements

Json = dict[str, Any]

TRACES = {"xray:PutTraceSegments", "xray:PutTelemetryRecords"}
"""X-Ray knows no resource for these (Service Authorization Reference)."""


def granted(template: Template, function: str) -> dict[str, Json]:
    """The statements of a function's role by action; `function` starts the logical id of its role."""
    return {
        action: statement
        for id, statement in statements(template)
        if id.startswith(function)
        for action in statement["Action"]
    }


def owned(template: Template, resource: Any) -> bool:
    """Whether the resource belongs to a resource of the same template."""
    match resource:
        case {"Fn::GetAtt": [str(id), _]}:
            return id in template.resources
        case {"Ref": str(id)}:
            return id in template.resources
        case {"Fn::Sub": str(path)}:
            owner = re.match(r"\$\{(\w+)\.Arn\}/", path)
            return owner is not None and owner[1] in template.resources
    return False


def test_no_action_is_a_wildcard_and_only_traces_have_no_resource(dev: dict[str, Template]) -> None:
    for template in dev.values():
        for _, statement in statements(template):
            assert not [action for action in statement["Action"] if "*" in action]
            if statement["Resource"] == "*":
                assert set(statement["Action"]) == TRACES


def test_a_role_reaches_only_its_own_stack_its_own_secrets_and_the_domain_bus(
    dev: dict[str, Template], services: tuple[Service, ...]
) -> None:
    for service in services:
        template = dev[service.name]
        for _, statement in statements(template):
            if statement["Resource"] == "*":
                continue
            for resource in statement["Resource"]:
                if statement["Action"] == ["events:PutEvents"]:
                    assert resource["Fn::Sub"].endswith(f":event-bus/{NAMES.bus}")
                elif statement["Action"] == ["ssm:GetParameter"]:
                    assert f":parameter/{NAMES.beginning}/{service.name}/" in resource["Fn::Sub"]
                else:
                    assert owned(template, resource)


def test_a_consumer_may_put_only_its_services_own_events_under_its_own_name(
    dev: dict[str, Template], services: tuple[Service, ...]
) -> None:
    for service in services:
        put = granted(dev[service.name], "Consumer").get("events:PutEvents")
        if not service.emits:
            assert put is None
            continue
        assert put is not None
        assert put["Condition"] == {
            "ForAllValues:StringEquals": {"events:source": [service.name]},
            "StringEquals": {"events:detail-type": list(service.emits)},
            "Null": {"events:source": "false"},
        }


def test_a_consumer_reads_its_queues_and_sends_only_to_them_and_their_dlqs(
    dev: dict[str, Template], services: tuple[Service, ...]
) -> None:
    for service in services:
        template = dev[service.name]
        queues = template.of_type("AWS::SQS::Queue")

        def names(statement: Json, queues: dict[str, Json] = queues) -> set[str]:
            return {queues[arn["Fn::GetAtt"][0]]["QueueName"] for arn in statement["Resource"]}

        actions = granted(template, "Consumer")
        read, sent_to = names(actions["sqs:ReceiveMessage"]), names(actions["sqs:SendMessage"])

        assert not {name for name in read if name.endswith("-dlq")}
        assert sent_to == read | {f"{name}-dlq" for name in read}


def test_only_a_service_that_sweeps_may_query_its_index(
    dev: dict[str, Template], services: tuple[Service, ...]
) -> None:
    for service in services:
        query = granted(dev[service.name], "Consumer").get("dynamodb:Query")

        if service.sweeps:
            assert query is not None
            assert query["Resource"] == [{"Fn::Sub": "${Table.Arn}/index/index"}]
        else:
            assert query is None


def test_only_a_service_without_effects_may_read_its_rows_together(
    dev: dict[str, Template], services: tuple[Service, ...]
) -> None:
    may = {one.name for one in services if "dynamodb:BatchGetItem" in granted(dev[one.name], "Consumer")}

    assert may == {one.name for one in services if not one.effects and not one.stores_events}
    assert may < {one.name for one in services}


def test_only_a_service_that_publishes_or_moves_counters_may_update_its_rows(
    dev: dict[str, Template], services: tuple[Service, ...]
) -> None:
    may = {one.name for one in services if "dynamodb:UpdateItem" in granted(dev[one.name], "Consumer")}

    assert may == {one.name for one in services if one.emits} | {"figures", "shelf"}
    assert may < {one.name for one in services}


@pytest.mark.parametrize(
    ("source", "moves"),
    [
        ("Decision(state, gives={'a': 1})", True),
        ("Decision(state, totals={'all': {'a': 1}})", True),
        ("Decision(state, **{'takes': {'a': 1}})", True),
        ("def decide(state, takes):\n    return decide(state, takes)", True),
        ("partial(Decision).keywords['gives']", True),
        ("# it takes and gives\nDecision(state, text='he gives')", False),
    ],
)
def test_a_service_moves_counters_if_a_source_of_it_has_one_of_the_arguments(
    source: str, moves: bool, tmp_path: Path
) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "service.py").write_text("")
    (tmp_path / "inner" / "domain.py").write_text(source)

    assert moves_counters(tmp_path) is moves


def test_only_declared_topics_can_be_published_to(dev: dict[str, Template], services: tuple[Service, ...]) -> None:
    for service in services:
        template = dev[service.name]
        topics = template.of_type("AWS::SNS::Topic")
        publish = granted(template, "Consumer").get("sns:Publish", {"Resource": []})

        assert {topics[str(template.target_of(arn))]["TopicName"] for arn in publish["Resource"]} == {
            NAMES.topic(service.name, topic) for topic in service.topics
        }


def test_a_publisher_outside_is_given_leave_for_its_own_commands_only(
    dev: dict[str, Template], schemas: Schemas, services: tuple[Service, ...]
) -> None:
    policies = dev["platform"].of_type("AWS::IAM::ManagedPolicy").values()
    granted = {}
    for policy in policies:
        (statement,) = policy["PolicyDocument"]["Statement"]
        condition = statement["Condition"]
        (source,) = condition["ForAllValues:StringEquals"]["events:source"]
        granted[source] = condition["StringEquals"]["events:detail-type"]
        assert statement["Action"] == ["events:PutEvents"]
        assert condition["Null"] == {"events:source": "false"}

    outside = set(schemas.publishers.values()) - {service.name for service in services}
    assert granted == {source: list(schemas.published_by(source)) for source in outside}
